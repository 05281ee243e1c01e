// A group for tables: three members, of which db-0 is the primary, all well; each case changes what it is about.
import { judgeGroup } from '../../../controller/decide/failover/judge.ts'
import type { GroupDecision, GroupInput, MemberReading } from '../../../controller/model/failover.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'
import type { FailoverGroupStatus, HistoryEntry, Switch } from '../../../controller/model/failover-group-status.ts'

export const NOW = Date.parse('2026-01-01T12:00:00Z')
export const ago = (ms: number) => new Date(NOW - ms).toISOString()

export const spec = (change: object = {}) =>
  FAILOVER_GROUP_SPEC.parse({
    mode: 'Enforce',
    method: { redis: {} },
    service: 'db',
    members: [{ name: 'db-0' }, { name: 'db-1' }, { name: 'db-2' }],
    ...change,
  })

export const primary = (name: string, change: Partial<MemberReading> = {}): MemberReading => ({
  name,
  reach: { kind: 'answers' },
  role: 'Primary',
  isWritable: true,
  position: 1000,
  replicas: 2,
  starves: { replicas: 1, afterMs: 1000 },
  instance: `${name}-a`,
  ...change,
})
export const replica = (name: string, change: Partial<MemberReading> = {}): MemberReading => ({
  name,
  reach: { kind: 'answers' },
  role: 'Replica',
  isWritable: false,
  position: 1000,
  follows: 'db-0',
  link: 'Up',
  primarySilentMs: 100,
  instance: `${name}-a`,
  ...change,
})
export const lost = (name: string, kind: 'silent' | 'refused' | 'gone' | 'unknown' = 'silent'): MemberReading => ({
  name,
  reach: { kind, why: 'a test' },
})

export const WELL = [primary('db-0'), replica('db-1'), replica('db-2')]
/** They hear nothing from the primary; the second has more. */
export const LESS = replica('db-1', { link: 'Down', position: 990 })
export const MORE = replica('db-2', { link: 'Down', position: 1000 })
/** The primary is lost, and both replicas say so. */
export const DOWN = [lost('db-0'), LESS, MORE]

/** Without what it does not say. */
export function mute(reading: MemberReading, ...fields: (keyof MemberReading)[]): MemberReading {
  const { name, reach } = reading
  return {
    ...Object.fromEntries(Object.entries(reading).filter(([key]) => !fields.some((one) => one === key))),
    name,
    reach,
  }
}

export const member = (name: string, change: object = {}) => ({
  name,
  role: 'Replica' as const,
  state: 'Answers',
  instance: `${name}-a`,
  ...change,
})
export const STATUS: FailoverGroupStatus = {
  active: 'db-0',
  epoch: 1,
  lastSeen: {
    at: ago(6000),
    podUid: 'u0',
    containerId: 'c0',
    instance: 'db-0-a',
    position: 1000,
    starves: { replicas: 1, afterMs: 1000 },
  },
  members: [
    member('db-0', { role: 'Primary' }),
    member('db-1', { follows: 'db-0' }),
    member('db-2', { follows: 'db-0' }),
  ],
}
export const entry = (change: Partial<HistoryEntry> = {}): HistoryEntry => ({
  epoch: 1,
  kind: 'Failover',
  from: 'db-0',
  to: 'db-2',
  startedAt: ago(2000),
  endedAt: ago(1000),
  outcome: 'Done',
  by: 'evenkeel',
  reason: 'a test',
  ...change,
})

/** As long as downAfter, and three looks. */
export const DOWN_LONG = {
  active: 'db-0',
  activePosition: 1000,
  downSince: NOW - 5000,
  looksDown: 2,
  soakSince: undefined,
}
export const CALM = { active: 'db-0', activePosition: 1000, downSince: undefined, looksDown: 0, soakSince: undefined }

export interface Case extends Partial<Omit<GroupInput, 'spec' | 'look'>> {
  readonly spec?: object
  readonly members?: readonly MemberReading[]
  readonly routed?: string | undefined
  readonly managerFault?: string
}

/** Whoever else is there, the primary has been lost for long enough. */
export const downWith = (...others: NonNullable<Case['members']>): Case => ({
  members: [lost('db-0'), ...others],
  memory: DOWN_LONG,
})
export const BLOCKED: FailoverGroupStatus = { ...STATUS, block: { epoch: 1, until: ago(-60_000) } }

export function underWay(change: Partial<Switch> = {}): Switch {
  return {
    epoch: 2,
    kind: 'Failover',
    from: 'db-0',
    to: 'db-2',
    step: 'Fencing',
    stepSince: ago(1000),
    startedAt: ago(1000),
    by: 'evenkeel',
    reason: 'a test',
    ...change,
  }
}

/** db-1 has taken over, and db-0 follows it. */
export const away = (): Case => ({
  status: { ...STATUS, active: 'db-1', epoch: 2 },
  members: [replica('db-0', { follows: 'db-1' }), primary('db-1'), replica('db-2', { follows: 'db-1' })],
  memory: { ...CALM, active: 'db-1' },
})
export const soaked = (ms: number) => ({ ...CALM, active: 'db-1', soakSince: NOW - ms })

export function inputOf({ spec: change, members = WELL, managerFault, ...rest }: Case = {}): GroupInput {
  const { routed = 'db-0', ...input } = 'routed' in rest ? rest : { ...rest, routed: rest.status?.active ?? 'db-0' }
  return {
    spec: spec(change),
    status: STATUS,
    look: {
      at: NOW,
      members,
      routed: 'routed' in rest ? rest.routed : routed,
      ...(managerFault === undefined ? {} : { managerFault }),
    },
    memory: members === DOWN ? DOWN_LONG : CALM,
    now: NOW,
    isLeading: true,
    clockUnsteadyUntil: 0,
    panic: undefined,
    acknowledgedEpoch: undefined,
    request: undefined,
    isDrillDue: false,
    ...input,
  }
}

export const judge = (one: Case = {}): GroupDecision => judgeGroup(inputOf(one))

/** "begin db-2", "refuse", "none" … */
export function said({ step }: GroupDecision): string {
  switch (step.kind) {
    case 'begin':
      return `begin ${step.plan.kind} ${step.plan.to}`
    case 'refuse':
      return `refuse ${step.plan.kind}`
    case 'adopt':
      return `adopt ${step.active} ${step.how}`
    case 'rejoin':
      return `rejoin ${step.member}`
    case 'route':
      return `route ${step.to}`
    case 'drill':
      return `drill ${step.passed ? 'passed' : 'failed'}`
    default:
      return step.kind
  }
}

export const whyOf = ({ step }: GroupDecision): string =>
  step.kind === 'refuse' ? step.why.join(' ') : 'why' in step ? step.why : ''

export const conditionOf = ({ conditions }: GroupDecision, type: string) => {
  const { status, reason } = conditions.find((one) => one.type === type) ?? { status: '', reason: '' }
  return `${status} ${reason}`
}
