// One run of a simulated group: faults come, leaders come and go between any two of their writes, and what must hold is watched.
import { isAutomatic } from '../../../controller/decide/failover/history.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'
import type { FailoverGroupStatus, Switch } from '../../../controller/model/failover-group-status.ts'
import { createLeader, restartLeader, type World } from './leaders.ts'
import {
  createStore,
  deletePod,
  isWritable,
  type Kind,
  kill,
  live,
  type Member,
  restart,
  takesWrites,
} from './store.ts'

export const START = Date.parse('2026-01-01T12:00:00Z')
const TICK_MS = 500

export const FAULTS = [
  'kill',
  'hang',
  'cut',
  'hide',
  'blind',
  'slow',
  'delete',
  'heal',
  'killLeader',
  'moveLease',
  'twoLeaders',
  'clockJump',
  'switchover',
  'failback',
  'guardAsks',
  'acknowledge',
  'drill',
] as const
export type Fault = (typeof FAULTS)[number]

export interface Event {
  /** In ticks after the one before. */
  readonly after: number
  readonly fault: Fault
  readonly member: number
}

export interface Run {
  readonly kind: Kind
  readonly members: number
  readonly mode: 'Observe' | 'Enforce' | 'Paused'
  readonly failback: 'Manual' | 'Automatic'
  readonly deletePod: boolean
  readonly seed: number
  readonly events: readonly Event[]
  /** A person acknowledges each failover in the end, and sees all come to rest; else it is left as it is. */
  readonly acknowledges?: boolean
  /** The leader dies before its read or write of this number after the first event, and another takes over. */
  readonly killAt?: number
}

export interface Result {
  readonly broken: readonly string[]
  readonly status: FailoverGroupStatus
  readonly switches: readonly {
    readonly kind: string
    readonly outcome: string
    readonly by: string
    readonly at: number
  }[]
  readonly steps: ReadonlySet<string>
  /** How many reads and writes the leaders made from the first event to the end of the last switch. */
  readonly points: number
  readonly refusals: number
}

const STEP_ORDER = ['Fencing', 'Unfencing', 'Promoting', 'Following', 'Routing']

export function simulate(run: Run): Result {
  const random = mulberry32(run.seed)
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)]
  const names = Array.from({ length: run.members }, (_, index) => `db-${index}`)
  const store = createStore(run.kind, names)
  const spec = FAILOVER_GROUP_SPEC.parse({
    mode: run.mode,
    method: run.kind === 'redis' ? { redis: {} } : { mysql: {} },
    service: 'db',
    members: names.map((name) => ({ name })),
    interval: '500ms',
    downAfter: '2s',
    lagLimit: { bytes: 50, transactions: 50 },
    fencing: { within: '8s', deletePod: run.deletePod },
    recoveryBlock: '5m',
    failback: { mode: run.failback, soak: '15s' },
    drill: { cron: '0 3 * * *', mode: 'Enforce' },
  })
  const broken: string[] = []
  const steps = new Set<string>()
  const switches: { kind: string; outcome: string; by: string; at: number }[] = []
  /** What the one that was promoted last had: nothing of it may be lost. */
  let kept: { readonly epoch: number; readonly log: readonly number[] } | undefined
  const promoted = new Map<number, Set<string>>()
  const chosen = new Map<number, string>()
  let refusals = 0
  let points = Number.NEGATIVE_INFINITY
  let pointsToEnd = 0
  /** Leases that overlap are the worst that may be; then it is only the epochs that hold, and the end. */
  let hadTwoLeaders = false
  const fail = (what: string) => broken.push(`${(world.at - START) / 1000} s: ${what}`)
  /** Since when each member has been without lag, as the looks have it. */
  const soak = new Map<string, number | undefined>()
  const positionBefore = new Map<object, number | undefined>()

  const world: World = {
    store,
    spec,
    random,
    at: START,
    version: 1,
    status: {},
    unsteadyUntil: 0,
    acknowledgedEpoch: undefined,
    request: undefined,
    isDrillDue: false,
    onWrite(before, after) {
      const [was, is] = [before.switch, after.switch]
      if (is !== undefined) steps.add(is.step)
      if (was !== undefined && is === undefined) pointsToEnd = points
      if ((after.epoch ?? 0) < (before.epoch ?? 0)) fail('the epoch fell')
      if (is !== undefined && was === undefined && is.epoch <= (before.epoch ?? 0)) fail(`epoch ${is.epoch} used twice`)
      if (is !== undefined) {
        const to = chosen.get(is.epoch)
        if (to !== undefined && to !== is.to) fail(`epoch ${is.epoch}: to changed from ${to} to ${is.to}`)
        chosen.set(is.epoch, is.to)
      }
      watchSteps(was, is, after)
      const entry = after.history?.at(-1)
      if (entry !== undefined && JSON.stringify(entry) !== JSON.stringify(before.history?.at(-1))) {
        const { kind, outcome, by } = entry
        if (outcome === 'Refused') refusals++
        switches.push({ kind, outcome, by, at: world.at })
      }
      if (before.active !== after.active) soak.clear()
    },
    onDecision({ step, verdict }, look, status, leader) {
      const reachOf = (name: string | undefined) => look.members.find((one) => one.name === name)?.reach.kind
      const active = look.members.find(({ name }) => name === status.active)
      for (const one of look.members) {
        const isCaughtUp =
          one.role === 'Replica' &&
          one.link === 'Up' &&
          one.follows === status.active &&
          active?.role === 'Primary' &&
          (one.position ?? 0) >= Math.min(active.position ?? 0, positionBefore.get(leader) ?? active.position ?? 0)
        soak.set(one.name, isCaughtUp ? (soak.get(one.name) ?? look.at) : undefined)
      }
      positionBefore.set(leader, active?.position)
      if (verdict !== 'act') return
      if (step.kind === 'begin' || step.kind === 'rejoin' || step.kind === 'route' || step.kind === 'continue') {
        if (run.mode !== 'Enforce') fail(`acts in mode ${run.mode}: ${step.kind}`)
        const isFinishing = step.kind === 'continue' && step.switch.step !== 'Fencing'
        if (world.unsteadyUntil > look.at && !isFinishing) fail(`acts while the clock is unsteady: ${step.kind}`)
      }
      if (step.kind !== 'begin') return
      if (reachOf(step.plan.from) === 'unknown') fail('begins while the primary is unknown')
      if (reachOf(step.plan.to) !== 'answers') fail(`begins to ${step.plan.to}, which does not answer`)
      const since = soak.get(step.plan.to)
      if (
        !hadTwoLeaders &&
        step.plan.kind === 'Failback' &&
        (since === undefined || look.at - since < spec.failback.soak)
      )
        fail(`failback to ${step.plan.to} without a soak`)
    },
    onPromote(epoch, member) {
      const all = promoted.get(epoch) ?? new Set()
      promoted.set(epoch, all.add(member))
      kept = { epoch, log: [...store.named(member).log] }
      if (all.size > 1) fail(`epoch ${epoch} promoted ${[...all].join(' and ')}`)
      if (chosen.get(epoch) !== member) fail(`epoch ${epoch} promoted ${member}, which it had not chosen`)
      if (hadTwoLeaders || world.status.switch?.epoch !== epoch) return
      const { from, fenced } = world.status.switch
      if (fenced === undefined) fail('promotes before a fence is reported')
      const old = store.named(from)
      if (old.process === 'up' && old.hasClients && !old.isReadOnly && old.role === 'Primary' && run.kind === 'mysql')
        fail(`promotes ${member} while ${from} takes writes`)
    },
  }

  const watchSteps = (was: Switch | undefined, is: Switch | undefined, after: FailoverGroupStatus) => {
    if (is?.step === 'Promoting' && is.fenced === undefined) fail('Promoting without a fence')
    if (was === undefined) {
      if (is !== undefined && is.step !== 'Fencing') fail(`begins with ${is.step}`)
      return
    }
    const isPast = STEP_ORDER.indexOf(was.step) >= STEP_ORDER.indexOf('Promoting')
    if (is === undefined) {
      const outcome = after.history?.at(-1)?.outcome
      if (isPast && outcome === 'Abandoned') fail('abandoned past Promoting')
      if (isPast && after.active !== was.to) fail('ended past Promoting without its primary')
      if (!isPast && outcome !== 'Abandoned') fail(`ended as ${outcome} before Promoting`)
      return
    }
    if (was.epoch !== is.epoch) fail('one switch replaced by another')
    if (STEP_ORDER.indexOf(is.step) < STEP_ORDER.indexOf(was.step)) fail(`${was.step} → ${is.step}`)
    if (was.step === 'Unfencing' && is.step !== 'Unfencing') fail('goes on though it was abandoned')
  }

  const leaders = [createLeader(world), createLeader(world)]
  const lead = (index: number) => {
    for (const [one, leader] of leaders.entries()) leader.isLeading = one === index
  }
  lead(0)

  const watch = () => {
    const taking = store.members.filter((one) => takesWrites(store, one))
    if (!hadTwoLeaders && taking.length > 1)
      fail(`${taking.map(({ name }) => name).join(' and ')} take writes of clients`)
  }

  const passTick = () => {
    world.at += TICK_MS
    live(store, world.at, random)
    watch()
    // Several reads and writes of each leader in a tick, in any order.
    const count = 4 + Math.floor(random() * 20)
    for (let index = 0; index < count; index++) {
      pick(leaders)?.run.next()
      points++
      if (points === run.killAt) {
        for (const leader of leaders) restartLeader(world, leader)
        lead(leaders.findIndex(({ isLeading }) => !isLeading))
      }
      watch()
    }
    // The kubelet starts again what has ended.
    for (const one of store.members)
      if ((one.process === 'dead' || one.isDeleted) && !one.isCut && random() < 0.04)
        restart(store, one, random() < 0.3)
    watch()
  }

  const strike = ({ fault, member }: Event) => {
    const one = store.members[member % store.members.length]
    if (one === undefined) return
    // Half of them meet whoever is the primary.
    const victim = member % 2 === 0 ? (store.members.find(({ role }) => role === 'Primary') ?? one) : one
    strikeMember(fault, victim)
    switch (fault) {
      case 'killLeader':
        for (const leader of leaders) restartLeader(world, leader)
        break
      case 'moveLease':
        lead(leaders.findIndex(({ isLeading }) => !isLeading))
        break
      case 'twoLeaders':
        for (const leader of leaders) leader.isLeading = true
        hadTwoLeaders = true
        break
      case 'clockJump':
        world.at += member % 3 === 0 ? 3_600_000 : member * 1_000 + 2_000
        world.unsteadyUntil = world.at + 30_000
        break
      case 'acknowledge':
        world.acknowledgedEpoch = world.status.block?.epoch
        break
      case 'drill':
        world.isDrillDue = true
        break
      case 'switchover':
      case 'failback':
      case 'guardAsks':
        world.request = {
          id: `${world.at}-${member}`,
          kind: fault === 'failback' ? 'Failback' : 'Switchover',
          by: fault === 'guardAsks' ? 'Guard/shop' : 'ann',
          ...(member % 2 === 1 && fault === 'switchover' ? { to: one.name } : {}),
        }
        break
      default:
    }
  }

  const strikeMember = (fault: Fault, victim: Member) => {
    if (fault === 'kill') kill(victim)
    if (fault === 'hang' && victim.process === 'up') victim.process = 'hung'
    if (fault === 'cut') victim.isCut = true
    // A Redis that has ended is kept from writes by its replicas alone. One of them that comes back to it, while only we reach
    // neither, is beyond what anybody can know: so only we are cut off only while all are well.
    const areAllUp = store.members.every((one) => one.process === 'up' && !one.isCut && !one.isDeleted)
    if (run.kind === 'redis') for (const one of store.members) one.isHidden = false
    if (fault === 'hide' && (run.kind === 'mysql' || (areAllUp && victim.role === 'Primary'))) victim.isHidden = true
    if (fault === 'blind') victim.isBlind = true
    if (fault === 'slow') victim.isSlow = !victim.isSlow
    if (fault === 'delete') deletePod(store, victim.name)
    if (fault === 'heal') heal(victim)
  }

  // Who is the primary is seen before anything fails.
  while (world.status.active === undefined && run.mode !== 'Paused') passTick()
  for (const event of run.events) {
    for (let tick = 0; tick < event.after; tick++) passTick()
    strike(event)
    if (points < 0) points = 0
  }
  for (let tick = 0; tick < 10; tick++) passTick()

  if (run.mode !== 'Enforce' || run.acknowledges === false)
    return { broken, status: world.status, switches, steps, refusals, points: pointsToEnd }
  const isAtRest = () => {
    const { active, switch: underWay } = world.status
    return (
      underWay === undefined &&
      active !== undefined &&
      store.routed === active &&
      store.members.every((one) => (one.name === active ? isWritable(store, one) : one.follows === active))
    )
  }
  // All is well again, one leader leads, and a person looks into what was.
  lead(0)
  world.request = undefined
  for (let tick = 0; tick < 600 && !(tick > 30 && isAtRest()); tick++) {
    for (const one of store.members) heal(one)
    for (const one of store.members) if (one.process === 'dead' || one.isDeleted) restart(store, one, false)
    world.acknowledgedEpoch = world.status.block?.epoch
    passTick()
  }
  const primaries = store.members.filter((one) => isWritable(store, one)).map(({ name }) => name)
  const { active, switch: underWay } = world.status
  const { epoch, log } = kept ?? { epoch: 0, log: [] }
  const now = active === undefined ? [] : store.named(active).log
  if (!hadTwoLeaders && epoch === world.status.epoch && log.some((id, index) => now[index] !== id))
    fail('the new primary lost writes that it had')
  if (underWay !== undefined) fail(`a switch never ends: ${JSON.stringify(underWay)}`)
  if (primaries.length !== 1 || primaries[0] !== active)
    fail(`writable in the end: ${primaries.join(' and ')}; active ${active}`)
  if (store.routed !== active) fail(`routed to ${store.routed} in the end, not ${active}`)
  for (const one of store.members)
    if (one.name !== active && one.follows !== active) fail(`${one.name} follows ${one.follows} in the end`)
  return { broken, status: world.status, switches, steps, refusals, points: pointsToEnd }
}

export function automaticFailovers(switches: Result['switches']): number {
  return switches.filter(({ kind, outcome, by }) => kind === 'Failover' && outcome === 'Done' && isAutomatic(by)).length
}

function heal(one: Member): void {
  if (one.process === 'hung') one.process = 'up'
  one.isCut = false
  one.isHidden = false
  one.isBlind = false
  one.isSlow = false
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
