// One tick of one group: look, judge, write down what is meant to be done, do it, and write down what came of it.
import { routeTo } from '../../act/failover/route.ts'
import {
  type AdvanceFacts,
  abandonSwitch,
  adoptPrimary,
  afterStep,
  beginSwitch,
  noteDrill,
  refuseSwitch,
} from '../../decide/failover/advance.ts'
import { acknowledgeBlock } from '../../decide/failover/block.ts'
import { judgeGroup } from '../../decide/failover/judge.ts'
import { freshMemory } from '../../decide/failover/memory.ts'
import { noteLook } from '../../decide/failover/note-look.ts'
import type { GroupDecision, GroupInput, GroupStep, StepOutcome } from '../../model/failover.ts'
import type { FailoverGroupStatus } from '../../model/failover-group-status.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { POSITIONS_EVERY_MS, withConditions, worthWriting } from '../../record/failover-status.ts'
import type { SteadyClock } from '../../runtime/steady-clock.ts'
import { type LookDeps, lookAt, type Sight } from './look.ts'
import type { GroupSession } from './session.ts'
import { doStep } from './step.ts'
import {
  forget,
  isNews,
  type TellDeps,
  tellChange,
  tellDecision,
  tellRejoined,
  tellResumed,
  tellWaiting,
} from './tell.ts'
import { type GroupWriterDeps, mayWrite, writeGroup } from './write.ts'

export interface GroupTickDeps extends GroupWriterDeps, LookDeps, TellDeps {
  readonly clock: SteadyClock
  /** Why the observer itself is suspected. */
  readonly panic: () => string | undefined
}

/** While a switch is under way, and right after one. */
const QUICK_MS: Milliseconds = 50
/** So that a moment is past when it is looked at. */
const SOON_MS: Milliseconds = 10
const REJOINED = 'rejoined'

/** When to look again. Throws KubeError, and Outdated when somebody else was faster. */
export async function tickGroup(deps: GroupTickDeps, session: GroupSession): Promise<Milliseconds> {
  forgetAfterJump(deps, session)
  const sight = await lookAt(deps, session)
  const decision = judgeGroup(inputOf(deps, session, sight))
  session.memory = decision.memory
  if (decision.step.kind !== 'rejoin') forget(session, REJOINED)
  tellDecision(deps, session, decision)
  if (!deps.isLeading()) return session.spec.interval
  const facts = factsOf(deps, session, sight)
  const isMoving = await act(deps, session, sight, facts, decision)
  return isMoving || session.known.status.switch !== undefined ? QUICK_MS : untilDue(session, deps.clock.now())
}

/** A primary that is down is looked at again right when it has been for long enough. */
function untilDue({ spec, memory: { downSince } }: GroupSession, now: EpochMs): Milliseconds {
  const dueInMs = downSince === undefined ? spec.interval : downSince + spec.downAfter - now
  // Past due, what stands against a switch is looked for no more often than anything else.
  return dueInMs < -QUICK_MS ? spec.interval : Math.min(spec.interval, Math.max(dueInMs, 0) + SOON_MS)
}

/** Timers of another clock say nothing. */
function forgetAfterJump({ clock }: GroupTickDeps, session: GroupSession): void {
  if (session.jumps === clock.jumps) return
  session.jumps = clock.jumps
  session.memory = freshMemory({}, clock.now())
}

function inputOf(deps: GroupTickDeps, session: GroupSession, { look }: Sight): GroupInput {
  const { known, spec, memory, isDrillDue } = session
  const isAnswered = known.request === undefined || known.request.id === known.status.request?.id
  return {
    spec,
    status: statusNow(session),
    look,
    memory,
    now: deps.clock.now(),
    isLeading: deps.isLeading(),
    clockUnsteadyUntil: deps.clock.unsteadyUntil,
    panic: deps.panic(),
    acknowledgedEpoch: known.acknowledgedEpoch,
    request: isAnswered ? undefined : known.request,
    isDrillDue,
  }
}

/** What is written, with the last sight of the active member, which is written now and then only. */
function statusNow({ known, seen }: GroupSession): FailoverGroupStatus {
  const { status } = known
  const isOurs = seen !== undefined && seen.active === status.active && seen.epoch === status.epoch
  return isOurs ? { ...status, lastSeen: seen.lastSeen } : status
}

function factsOf({ clock }: GroupTickDeps, { spec, identities }: GroupSession, { look }: Sight): AdvanceFacts {
  return { spec, look, now: clock.now(), identityOf: (member) => identities.of(member) }
}

/** True when something has been done, so that a new look is worth while at once. */
async function act(
  deps: GroupTickDeps,
  session: GroupSession,
  sight: Sight,
  facts: AdvanceFacts,
  decision: GroupDecision,
): Promise<boolean> {
  const noted = noteAll(session, facts, decision)
  const { step, verdict } = decision
  if (verdict !== 'act') {
    await keep(deps, session, noted)
    return false
  }
  const next = announced(noted, step, facts)
  if (next !== undefined) {
    await write(deps, session, next)
    if (isAboutDrill(step)) session.isDrillDue = false
  } else await keep(deps, session, noted)
  switch (step.kind) {
    case 'begin':
    case 'abandon':
    case 'continue':
      await goOn(deps, session, sight)
      return true
    case 'route':
      return told(deps, session, 'route', await routeTo({ ...deps, ...handsMay(deps, session) }, sight.target, step.to))
    case 'resume':
      return resume(deps, session, sight, step)
    case 'rejoin':
      return rejoin(deps, session, sight, step)
    case 'adopt':
      return true
    default:
      return false
  }
}

function noteAll(
  session: GroupSession,
  facts: AdvanceFacts,
  { memory, conditions }: GroupDecision,
): FailoverGroupStatus {
  const { known, generation, method } = session
  const looked = noteLook(statusNow(session), memory, facts)
  const { active, epoch, lastSeen } = looked
  session.seen = active === undefined || lastSeen === undefined ? undefined : { active, epoch, lastSeen }
  const blocked = withBlock(looked, known.acknowledgedEpoch, facts.now)
  return withConditions(blocked, conditions, { generation, method, now: facts.now })
}

/** A block that somebody has acknowledged says so, and one that is over goes. */
function withBlock(
  status: FailoverGroupStatus,
  acknowledgedEpoch: number | undefined,
  now: EpochMs,
): FailoverGroupStatus {
  const { block, ...rest } = status
  if (block !== undefined && Date.parse(block.until) <= now) return rest
  return acknowledgeBlock({ status, now, acknowledgedEpoch })
}

/** What is to be written before a step is done; undefined when nothing needs to be. */
function announced(status: FailoverGroupStatus, step: GroupStep, facts: AdvanceFacts): FailoverGroupStatus | undefined {
  switch (step.kind) {
    case 'begin':
      return beginSwitch(status, step.plan, facts)
    case 'abandon':
      return abandonSwitch(status, step.why, facts)
    case 'adopt':
      return adoptPrimary(status, step, facts)
    case 'refuse': {
      const refused = refuseSwitch(status, step, facts.now)
      return refused === status ? undefined : refused
    }
    case 'drill':
      return noteDrill(status, step, facts)
    default:
      return undefined
  }
}

function isAboutDrill(step: GroupStep): boolean {
  return step.kind === 'drill' || ((step.kind === 'begin' || step.kind === 'refuse') && step.plan.kind === 'Drill')
}

/** From step to step, as far as it goes without waiting. Each step is written before it is begun. */
async function goOn(deps: GroupTickDeps, session: GroupSession, sight: Sight): Promise<void> {
  for (;;) {
    const status = statusNow(session)
    const { switch: under, lastSeen } = status
    if (under === undefined) return
    const { target, look } = sight
    const context = { target, switch: under, look, lastSeen, clock: deps.clock, ...handsMay(deps, session) }
    const outcome = await doStep(deps.client, session, context)
    const next = afterStep(status, outcome, factsOf(deps, session, sight))
    if (outcome.kind !== 'done' && outcome.kind !== 'fenced')
      tellWaiting(deps, session, under.step, outcome.kind, outcome.why)
    if (next === status) return
    forget(session, under.step)
    await write(deps, session, next)
  }
}

async function resume(
  deps: GroupTickDeps,
  session: GroupSession,
  { target }: Sight,
  { member, why }: Extract<GroupStep, { kind: 'resume' }>,
): Promise<boolean> {
  const { hands } = session
  if (hands.kind !== 'own' || hands.resume === undefined) return false
  const outcome = await hands.resume(target, member, { clock: deps.clock, ...handsMay(deps, session) })
  if (outcome.kind === 'done') tellResumed(deps, session, member, why)
  return told(deps, session, `resuming ${member}`, outcome)
}

async function rejoin(
  deps: GroupTickDeps,
  session: GroupSession,
  { target }: Sight,
  { member, why }: Extract<GroupStep, { kind: 'rejoin' }>,
): Promise<boolean> {
  const { hands, known } = session
  const { active } = known.status
  if (hands.kind !== 'own' || active === undefined || member === active) return false
  const outcome = await hands.follow(target, member, active, { clock: deps.clock, ...handsMay(deps, session) })
  if (outcome.kind === 'done' && isNews(session, REJOINED, `${member} ${why}`))
    tellRejoined(deps, session, member, active, why)
  return told(deps, session, `rejoin of ${member}`, outcome)
}

function told(deps: GroupTickDeps, session: GroupSession, step: string, outcome: StepOutcome): boolean {
  if (outcome.kind === 'done') forget(session, step)
  else tellWaiting(deps, session, step, outcome.kind, outcome.why)
  return outcome.kind === 'done'
}

function handsMay(deps: GroupTickDeps, session: GroupSession) {
  return { mayWrite: () => mayWrite(deps, session), signal: deps.signal }
}

/** Writes what people and successors act on at once, and mere positions now and then. */
async function keep(deps: GroupTickDeps, session: GroupSession, next: FailoverGroupStatus): Promise<void> {
  const worth = worthWriting(session.known.status, next)
  const isDue = deps.clock.now() - session.writtenAt >= POSITIONS_EVERY_MS
  if (worth === 'now' || (worth === 'later' && isDue)) await write(deps, session, next)
}

async function write(deps: GroupTickDeps, session: GroupSession, next: FailoverGroupStatus): Promise<void> {
  const before = await writeGroup(deps, session, next)
  if (before !== undefined) tellChange(deps, session, before)
}
