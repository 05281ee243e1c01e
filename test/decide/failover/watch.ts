// What must hold in a simulated run, asked of every status that is written, every decision and every promotion.
import type { GroupDecision, Look } from '../../../controller/model/failover.ts'
import type { FailoverGroupStatus, Switch } from '../../../controller/model/failover-group-status.ts'
import type { World } from './leaders.ts'
import { type Result, type Run, START } from './run.ts'

const STEP_ORDER = ['Fencing', 'Unfencing', 'Promoting', 'Following', 'Routing']

export interface Seen {
  readonly broken: string[]
  readonly steps: Set<string>
  readonly switches: Result['switches'][number][]
  /** What the one that was promoted last had: nothing of it may be lost. */
  kept: { readonly epoch: number; readonly log: readonly number[] }
  refusals: number
  points: number
  pointsToEnd: number
  /** Leases that overlap are the worst that may be; then it is only the epochs that hold, and the end. */
  hadTwoLeaders: boolean
}

type Watch = Pick<World, 'onWrite' | 'onDecision' | 'onPromote'> & {
  readonly seen: Seen
  readonly fail: (what: string) => void
}

export function watchRules(run: Run, worldNow: () => World): Watch {
  const seen: Seen = {
    broken: [],
    steps: new Set(),
    switches: [],
    kept: { epoch: 0, log: [] },
    refusals: 0,
    points: Number.NEGATIVE_INFINITY,
    pointsToEnd: 0,
    hadTwoLeaders: false,
  }
  const fail = (what: string) => seen.broken.push(`${(worldNow().at - START) / 1000} s: ${what}`)
  const promoted = new Map<number, Set<string>>()
  const chosen = new Map<number, string>()
  /** Since when each member has been without lag, as the looks have it. */
  const soak = new Map<string, number | undefined>()
  const positionBefore = new Map<object, number | undefined>()

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

  return {
    seen,
    fail,
    onWrite(before, after) {
      const [was, is] = [before.switch, after.switch]
      if (is !== undefined) seen.steps.add(is.step)
      if (was !== undefined && is === undefined) seen.pointsToEnd = seen.points
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
        if (outcome === 'Refused') seen.refusals++
        seen.switches.push({ kind, outcome, by, at: worldNow().at })
      }
      if (before.active !== after.active) soak.clear()
    },
    onDecision({ step, verdict }: GroupDecision, look: Look, status, leader) {
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
        if (worldNow().unsteadyUntil > look.at && !isFinishing) fail(`acts while the clock is unsteady: ${step.kind}`)
      }
      if (step.kind !== 'begin') return
      if (reachOf(step.plan.from) === 'unknown') fail('begins while the primary is unknown')
      if (reachOf(step.plan.to) !== 'answers') fail(`begins to ${step.plan.to}, which does not answer`)
      const since = soak.get(step.plan.to)
      if (
        !seen.hadTwoLeaders &&
        step.plan.kind === 'Failback' &&
        (since === undefined || look.at - since < worldNow().spec.failback.soak)
      )
        fail(`failback to ${step.plan.to} without a soak`)
    },
    onPromote(epoch, member) {
      const all = promoted.get(epoch) ?? new Set()
      promoted.set(epoch, all.add(member))
      seen.kept = { epoch, log: [...worldNow().store.named(member).log] }
      if (all.size > 1) fail(`epoch ${epoch} promoted ${[...all].join(' and ')}`)
      if (chosen.get(epoch) !== member) fail(`epoch ${epoch} promoted ${member}, which it had not chosen`)
      const { switch: underWay } = worldNow().status
      if (seen.hadTwoLeaders || underWay?.epoch !== epoch) return
      const { from, fenced } = underWay
      if (fenced === undefined) fail('promotes before a fence is reported')
      const old = worldNow().store.named(from)
      if (old.process === 'up' && old.hasClients && !old.isReadOnly && old.role === 'Primary' && run.kind === 'mysql')
        fail(`promotes ${member} while ${from} takes writes`)
    },
  }
}
