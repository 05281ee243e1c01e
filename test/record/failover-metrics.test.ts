// The metrics of FailoverGroups: what a group has no word on has no series, and a group that is gone leaves none.
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { METRICS } from '../../controller/model/names.ts'
import { registerFailoverMetrics } from '../../controller/record/failover-metrics.ts'
import { DB } from './a-group.ts'

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
