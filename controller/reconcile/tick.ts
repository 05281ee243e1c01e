// One tick of a Guard: observe → evaluate → decide → act → record.
import { isDoubtful } from '../decide/fleet.ts'
import { forgetLadderTimers } from '../decide/ladder/state.ts'
import { isUnderWay } from '../decide/under-way.ts'
import { forgetCircuitTimers } from '../evaluate/circuit/timers.ts'
import { evaluate, forgetTimers } from '../evaluate/evaluate.ts'
import type { Assessment } from '../model/assessment.ts'
import type { TargetRef } from '../model/command.ts'
import { transition } from '../model/conditions.ts'
import { CONDITIONS } from '../model/names.ts'
import { scaleOf } from '../model/remedies.ts'
import { type Observations, withReplicas } from '../model/signal.ts'
import type { Milliseconds } from '../model/units.ts'
import type { Workload } from '../model/workload.ts'
import * as events from '../record/events.ts'
import { judgeConditions, timestamp } from '../record/status.ts'
import { READINGS_EVERY_MS } from '../record/status-pace.ts'
import { withSpan } from '../record/traces.ts'
import { untilTurn } from '../runtime/phase.ts'
import type { ReconcileResult } from '../runtime/workqueue.ts'
import { actOn, decideOn } from './act-on.ts'
import { noteBar } from './bar.ts'
import { carryCircuit } from './carry-circuit.ts'
import { carryDiagnosis } from './carry-diagnosis.ts'
import { carryIsolation } from './carry-isolation.ts'
import { carryLadder } from './carry-ladder.ts'
import { carryCounts } from './counts.ts'
import type { Fleet } from './fleet.ts'
import type { GuardLoopDeps } from './guard.ts'
import { targetOf } from './guard-plan.ts'
import { carryLedger } from './ledger.ts'
import { aimSides } from './observers.ts'
import { settlePending } from './restore.ts'
import type { Session } from './session.ts'
import type { SurroundingsFinder } from './surroundings.ts'
import type { TargetFinder } from './targets.ts'
import { carryIncident, guardStatusOf, tellDecision } from './tell.ts'
import { keepIncident, keepStatus } from './write-status.ts'

/** What is kept over all Guards. */
export interface Around {
  readonly targets: TargetFinder
  readonly surroundings: SurroundingsFinder
  readonly fleet: Fleet
}

/** How soon a Guard whose target is missing is looked at again. */
const MISSING_TARGET_RETRY_MS: Milliseconds = 5_000

/** Runs one tick in a span, and measures it. Throws Superseded when another leader has written the status. */
export async function tickWithin(deps: GuardLoopDeps, session: Session, around: Around): Promise<ReconcileResult> {
  const endTimer = deps.metrics.tickDuration.startTimer()
  const start = deps.clock.monotonic()
  const { intervalMs } = session.plan.scrape
  const lateMs = session.dueAt === undefined ? 0 : Math.max(0, start - session.dueAt)
  deps.metrics.tickLag.observe(lateMs / 1000)
  // A tick that was left out is made up for by none: the next is due an interval after this one.
  const isFirst = session.dueAt === undefined
  session.dueAt = (session.dueAt === undefined || lateMs >= intervalMs ? start : session.dueAt) + intervalMs
  try {
    const result = await withSpan('evenkeel.tick', { 'evenkeel.guard': session.key }, () => tick(deps, session, around))
    if (!isFirst || result.requeueAfterMs !== intervalMs) return result
    const requeueAfterMs = untilTurn(session.key, start, intervalMs)
    session.dueAt = start + requeueAfterMs
    return { requeueAfterMs }
  } finally {
    endTimer()
  }
}

async function tick(deps: GuardLoopDeps, session: Session, around: Around): Promise<ReconcileResult> {
  const { plan, namespace } = session
  const { targets } = around
  const target = targetOf(namespace, plan.spec.target)
  const targetKey = `${namespace}/${target.name}`
  const again = { requeueAfterMs: plan.scrape.intervalMs }

  // observe
  const workload = deps.workloads[target.kind].get(targetKey)
  if (workload === undefined) {
    session.observer.setTargets([])
    targets.forget(session.key)
    const blind = blindTo(session, deps.clock.now(), `${target.kind} ${targetKey} does not exist`)
    around.fleet.forget(session.key)
    carryCircuit(deps, session, blind)
    await record(deps, session, blind, undefined)
    return { requeueAfterMs: Math.max(again.requeueAfterMs, MISSING_TARGET_RETRY_MS) }
  }
  const { discovery, changed } = targets.find(session.key, workload, plan.endpoint)
  if (changed) session.observer.setTargets(discovery.targets)
  if (session.several !== undefined) aimSides(session.several, namespace, plan, targets)
  const round = await session.observer.observe(deps.signal)
  // Shutting down: a reading cut short is no ground for a judgement.
  if (deps.signal.aborted) return {}
  for (const report of round.targets) deps.metrics.scrapes.inc({ outcome: report.ok ? 'ok' : 'failed' })
  const seen = deps.workloads[target.kind].get(targetKey) ?? workload
  const observed = withMissed(round.observations, discovery.reasons)
  // The load was read from the pods that the watch knows: capacity counts no other pod, however many the workload has.
  const ready = Math.min(seen.readyReplicas, discovery.readyPods)
  const observations = withReplicas(observed, seen.replicas, ready)

  // evaluate
  if (session.jumps !== deps.clock.jumps) {
    session.jumps = deps.clock.jumps
    const circuit = forgetCircuitTimers(session.state.circuit, plan.circuit, deps.clock.now())
    const [limits, ladder] = [forgetTimers(session.state.limits), forgetLadderTimers(session.state.ladder)]
    session.state = { ...session.state, limits, circuit, ladder }
  }
  const assessment = evaluate(observations, plan.rules, session.state.limits, round.at)
  session.last = { observations, assessment }
  if (assessment.limits !== session.state.limits) session.state = { ...session.state, limits: assessment.limits }
  carryCircuit(deps, session, assessment)
  carryIncident(deps, session, assessment)
  carryDiagnosis(deps, session, assessment)

  // decide
  session.surroundings = around.surroundings.find(session.key, seen, plan, discovery)
  carryIsolation(session, assessment)
  lookAtFleet(deps, session, assessment, around.fleet)
  const mayWrite = deps.isLeading() && plan.spec.mode === 'Enforce'
  const climbed = carryLadder(session, assessment, seen.replicas, ready, mayWrite)
  const { proposal } = climbed
  const mayDecide =
    proposal !== undefined &&
    deps.clock.monotonic() >= session.status.notBefore &&
    !isUnderWay(proposal, session.state.recentActions, assessment.at, scaleOf(plan.spec.remedies)?.effectWithin ?? 0)
  const decision = mayDecide ? await decideOn(deps, session, proposal, target, around.fleet.panic) : undefined
  if (decision !== undefined) noteBar(session, decision)

  // act
  if (decision?.verdict === 'act') {
    const deed = await actOn(deps, session, decision, (now) => guardStatusOf(now, seen))
    if (deed.kind === 'conflict') deps.log.info({ guard: session.key }, `${session.key}: ${deed.why}`)
    else tellDecision(deps, session, target, decision, deed.kind === 'failed' ? deed.why : undefined)
  } else tellDecision(deps, session, target, decision, undefined)
  await settleLost(deps, session, target, assessment)

  // record
  await record(deps, session, assessment, climbed.exhausted, seen)
  return again
}

/** Finds out about acts whose answer was lost. */
async function settleLost(
  deps: GuardLoopDeps,
  session: Session,
  target: TargetRef,
  assessment: Assessment,
): Promise<void> {
  const { recentActions, flows, isolations } = session.state
  // Not in the tick of the act itself: a write whose answer was lost may still be on its way.
  const isOld = recentActions.some((one) => one.outcome === 'Pending' && assessment.at - Date.parse(one.at) > 10_000)
  if (!isOld || !deps.isLeading()) return
  const guard = { target, name: session.name, flows, isolations }
  const actions = await settlePending(deps.client, deps.clock, guard, recentActions)
  if (actions !== recentActions) session.state = { ...session.state, recentActions: actions }
}

/** One Guard's trouble is a breach; that of most of them at once is rather ours. */
function lookAtFleet(deps: GuardLoopDeps, session: Session, assessment: Assessment, fleet: Fleet): void {
  if (assessment.blind.length === 0) session.wasSeen = true
  if (!fleet.note(session.key, isDoubtful(assessment, session.wasSeen))) return
  const { panic } = fleet
  if (panic === undefined) {
    deps.log.info('Most Guards are well again: replicas may be changed')
    return
  }
  deps.log.error({ guard: session.key }, `${panic}: the observer is suspected, and no replicas are changed`)
  deps.events.record(events.fleetPanic(events.subjectOf(session), panic))
}

async function record(
  deps: GuardLoopDeps,
  session: Session,
  assessment: Assessment,
  exhausted: string | undefined,
  workload?: Workload,
): Promise<void> {
  const wasExhausted = session.state.conditions.some(
    (one) => one.type === CONDITIONS.exhausted && one.status === 'True',
  )
  if (exhausted !== undefined && !wasExhausted)
    deps.events.record(events.remediesExhausted(events.subjectOf(session), exhausted))
  const judged = judgeConditions(assessment, exhausted, session.generation)
  session.state = {
    ...session.state,
    conditions: transition(session.state.conditions, judged, timestamp(assessment.at)),
  }
  if ((exhausted !== undefined) !== wasExhausted) deps.onExhausted?.()
  carryIncident(deps, session, assessment)
  carryLedger(deps, session, assessment)
  carryCounts(deps, session)
  await keepIncident(deps, session, session.state.incident)
  await keepStatusInStep(deps, session, workload)
}

/** Making a status costs more than all the rest of a calm tick: it is made only when what it rests on has changed, or is old. */
async function keepStatusInStep(deps: GuardLoopDeps, session: Session, workload: Workload | undefined): Promise<void> {
  const { limits, circuit, recentActions, lastDecision, raisedMinimum, conditions, incident, ledger, objectives } =
    session.state
  const { flows, ladder, isolations } = session.state
  const replicas = [workload?.replicas, workload?.readyReplicas]
  const judged = conditions.flatMap(({ status, reason }) => [status, reason])
  const gist: unknown[] = [
    limits,
    circuit,
    recentActions,
    lastDecision,
    raisedMinimum,
    incident,
    ledger?.book,
    ...objectives.map(({ burningSince }) => burningSince),
    flows,
    isolations,
    ladder.since,
    ladder.calmSince,
    ladder.restoredAt,
    ladder.relapses,
    session.surroundings.features,
    session.surroundings.groups,
    ...replicas,
    ...judged,
  ]
  const isSame = gist.length === session.gist.length && gist.every((one, index) => one === session.gist[index])
  if (isSame && deps.clock.now() - session.status.at < READINGS_EVERY_MS) return
  if (await keepStatus(deps, session, guardStatusOf(session, workload))) session.gist = gist
}

function blindTo(session: Session, now: number, why: string): Assessment {
  const { rules } = session.plan
  const observations: Observations = { rps: { kind: 'unknown', why }, replicasReady: { kind: 'unknown', why } }
  const assessment = evaluate(observations, rules, session.state.limits, now)
  session.last = { observations, assessment }
  return assessment
}

/** Pods that could not even become targets are pods not seen. */
function withMissed(observations: Observations, reasons: readonly string[]): Observations {
  const { rps } = observations
  if (reasons.length === 0 || rps?.kind !== 'ok') return observations
  return { ...observations, rps: { ...rps, missing: [rps.missing, ...reasons].filter(Boolean).join('; ') } }
}
