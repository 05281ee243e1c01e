// The metrics of FailoverGroups: what a group has no word on has no series, and a group that is gone leaves none.
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { METRICS } from '../../controller/model/names.ts'
import { type FailoverGroupView, registerFailoverMetrics } from '../../controller/record/failover-metrics.ts'

const AT = '1970-01-01T00:01:00.000Z'
const LATER = '1970-01-01T00:02:00.500Z'
const entry = { epoch: 2, from: 'db-0', to: 'db-1', startedAt: AT, by: 'evenkeel', reason: 'r' }
const DB: FailoverGroupView = {
  namespace: 'shop',
  name: 'db',
  status: {
    active: 'db-1',
    epoch: 3,
    members: [{ name: 'db-0', role: 'Replica', state: 'Answers', lag: 12 }],
    conditions: [
      { type: 'Available', status: 'True', reason: 'r', message: 'm', lastTransitionTime: AT },
      { type: 'FailoverReady', status: 'False', reason: 'r', message: 'm', lastTransitionTime: AT },
      { type: 'Observed', status: 'Unknown', reason: 'r', message: 'm', lastTransitionTime: AT },
    ],
    drill: { at: AT, mode: 'Observe', passed: true, message: 'm' },
    history: [
      { ...entry, kind: 'Failover', outcome: 'Done', endedAt: AT },
      { ...entry, kind: 'Failover', outcome: 'Abandoned', endedAt: AT },
      { ...entry, kind: 'Failover', outcome: 'Done', endedAt: LATER },
    ],
  },
  members: [
    { name: 'db-0', reach: { kind: 'silent', why: 'timeout' } },
    { name: 'db-1', reach: { kind: 'answers' }, role: 'Primary' },
  ],
  lagLimit: 1000,
  isRefused: false,
  isUnacknowledged: true,
}

async function linesOf(registry: Registry): Promise<string[]> {
  const text = await registry.metrics()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

it('a group tells all that is known of it, by the names that rules and boards ask for', async () => {
  const registry = new Registry()
  const metrics = registerFailoverMetrics(registry, () => [DB])
  metrics.ended(DB, { kind: 'Failover', outcome: 'Done', tookMs: 1500 })
  metrics.ended(DB, { kind: 'Failover', outcome: 'Abandoned', tookMs: 9000 })
  const of = (metric: string, labels: string, value: number) =>
    `${metric}{namespace="shop",group="db"${labels === '' ? '' : `,${labels}`}} ${value}`
  expect((await linesOf(registry)).toSorted()).toEqual(
    [
      of(METRICS.failoverGroupEpoch, '', 3),
      of(METRICS.failoverGroupActive, 'member="db-0"', 0),
      of(METRICS.failoverGroupActive, 'member="db-1"', 1),
      of(METRICS.failoverGroupMemberUp, 'member="db-0"', 0),
      of(METRICS.failoverGroupMemberUp, 'member="db-1"', 1),
      of(METRICS.failoverGroupLag, 'member="db-0"', 12),
      of(METRICS.failoverGroupLagLimit, '', 1000),
      of(METRICS.failoverGroupSwitching, '', 0),
      of(METRICS.failoverGroupCondition, 'condition="Available"', 1),
      of(METRICS.failoverGroupCondition, 'condition="FailoverReady"', 0),
      of(METRICS.failoverGroupCondition, 'condition="Observed"', -1),
      of(METRICS.failoverGroupDrill, '', 1),
      of(METRICS.failoverGroupRefused, '', 0),
      of(METRICS.failoverGroupUnacknowledged, '', 1),
      of(METRICS.failoverGroupLastSwitch, 'kind="Failover",outcome="Done"', 120.5),
      of(METRICS.failoverGroupLastSwitch, 'kind="Failover",outcome="Abandoned"', 60),
      of(METRICS.failovers, 'kind="Failover",outcome="Done"', 1),
      of(METRICS.failovers, 'kind="Failover",outcome="Abandoned"', 1),
      of(METRICS.failoverDuration, 'kind="Failover"', 1.5),
    ].toSorted(),
  )
})

it('a group that is refused says so, and nothing that nobody knows', async () => {
  const registry = new Registry()
  const refused = { ...DB, status: {}, members: [], lagLimit: undefined, isRefused: true, isUnacknowledged: false }
  registerFailoverMetrics(registry, () => [refused])
  expect((await linesOf(registry)).map((line) => line.replace(/\{.*\}/, ''))).toEqual([
    `${METRICS.failoverGroupSwitching} 0`,
    `${METRICS.failoverGroupRefused} 1`,
    `${METRICS.failoverGroupUnacknowledged} 0`,
  ])
})

it('a group that is gone leaves no gauge', async () => {
  const registry = new Registry()
  let groups = [DB]
  registerFailoverMetrics(registry, () => groups)
  expect((await linesOf(registry)).length).toBeGreaterThan(10)
  groups = []
  expect(await linesOf(registry)).toEqual([])
})
