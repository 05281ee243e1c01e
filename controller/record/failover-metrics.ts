// Metrics of FailoverGroups.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { MemberReading } from '../model/failover.ts'
import type { FailoverGroupStatus, SwitchKind, SwitchOutcome } from '../model/failover-group-status.ts'
import { METRICS } from '../model/names.ts'
import type { Milliseconds } from '../model/units.ts'

/** A group as the leader runs it. */
export interface FailoverGroupView {
  readonly namespace: string
  readonly name: string
  readonly status: FailoverGroupStatus
  /** The last look; empty before the first. */
  readonly members: readonly MemberReading[]
  /** In the unit of its method; undefined when the spec can't be used. */
  readonly lagLimit: number | undefined
  /** Its spec can't be used, or its status can't be read: nothing is done about it. */
  readonly isRefused: boolean
  /** Whether nobody has acknowledged the last automatic failover. */
  readonly isUnacknowledged: boolean
}

export interface FailoverMetrics {
  /** Tells of a switch that has ended. */
  ended(
    group: { readonly namespace: string; readonly name: string },
    how: { readonly kind: SwitchKind; readonly outcome: SwitchOutcome; readonly tookMs: Milliseconds },
  ): void
}

/** Adds them to the registry of createMetrics. */
export function registerFailoverMetrics(
  registry: Registry,
  groups: () => Iterable<FailoverGroupView>,
): FailoverMetrics {
  const registers = [registry]
  const gauge = (
    name: string,
    help: string,
    labels: readonly string[],
    values: (group: FailoverGroupView) => Iterable<readonly [Readonly<Record<string, string>>, number]>,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ['namespace', 'group', ...labels],
      registers,
      collect() {
        this.reset()
        for (const group of groups())
          for (const [own, value] of values(group))
            this.set({ namespace: group.namespace, group: group.name, ...own }, value)
      },
    })
  gauge(METRICS.failoverGroupEpoch, 'The epoch, which grows with each switch.', [], function* ({ status }) {
    if (status.epoch !== undefined) yield [{}, status.epoch]
  })
  gauge(METRICS.failoverGroupActive, '1 for the active member, 0 for the others.', ['member'], function* (group) {
    for (const { name } of group.members) yield [{ member: name }, name === group.status.active ? 1 : 0]
  })
  gauge(METRICS.failoverGroupMemberUp, '1 for a member that answers, 0 for the others.', ['member'], function* (group) {
    for (const { name, reach } of group.members) yield [{ member: name }, reach.kind === 'answers' ? 1 : 0]
  })
  gauge(
    METRICS.failoverGroupLag,
    'How far a replica is behind the primary, in bytes or transactions, as its method counts; absent when that is not known.',
    ['member'],
    function* ({ status }) {
      for (const { name, lag } of status.members ?? []) if (lag !== undefined) yield [{ member: name }, lag]
    },
  )
  gauge(METRICS.failoverGroupSwitching, '1 while a switch is under way.', [], function* ({ status }) {
    yield [{}, status.switch === undefined ? 0 : 1]
  })
  gauge(
    METRICS.failoverGroupCondition,
    'Conditions of a FailoverGroup: 1 True, 0 False, -1 Unknown.',
    ['condition'],
    function* ({ status }) {
      for (const { type, status: value } of status.conditions ?? [])
        yield [{ condition: type }, value === 'True' ? 1 : value === 'False' ? 0 : -1]
    },
  )
  gauge(METRICS.failoverGroupDrill, '1 when the last rehearsal passed, 0 when it did not.', [], function* ({ status }) {
    if (status.drill !== undefined) yield [{}, status.drill.passed ? 1 : 0]
  })
  gauge(
    METRICS.failoverGroupLagLimit,
    'A replica that is further behind than this does not take over, in bytes or transactions.',
    [],
    function* ({ lagLimit }) {
      if (lagLimit !== undefined) yield [{}, lagLimit]
    },
  )
  gauge(
    METRICS.failoverGroupRefused,
    '1 for a group whose spec is refused or whose status can’t be read, so that nothing is done about it; 0 for those that run.',
    [],
    function* ({ isRefused }) {
      yield [{}, isRefused ? 1 : 0]
    },
  )
  gauge(
    METRICS.failoverGroupUnacknowledged,
    '1 while nobody has acknowledged the last automatic failover, however long ago it was.',
    [],
    function* ({ isUnacknowledged }) {
      yield [{}, isUnacknowledged ? 1 : 0]
    },
  )
  gauge(
    METRICS.failoverGroupLastSwitch,
    'When the last switch of this kind ended so, of the last twenty switches of the group.',
    ['kind', 'outcome'],
    function* ({ status }) {
      // The newest is last, and wins.
      for (const { kind, outcome, endedAt } of status.history ?? [])
        yield [{ kind, outcome }, Date.parse(endedAt) / 1000]
    },
  )
  const failovers = new Counter({
    name: METRICS.failovers,
    help: 'Switches that ended, by kind and by what became of them.',
    labelNames: ['namespace', 'group', 'kind', 'outcome'],
    registers,
  })
  const duration = new Gauge({
    name: METRICS.failoverDuration,
    help: 'How long the last switch of this kind took that was done, from its first write to its last.',
    labelNames: ['namespace', 'group', 'kind'],
    registers,
  })
  return {
    ended({ namespace, name }, { kind, outcome, tookMs }) {
      failovers.inc({ namespace, group: name, kind, outcome })
      if (outcome === 'Done') duration.set({ namespace, group: name, kind }, tookMs / 1000)
    },
  }
}
