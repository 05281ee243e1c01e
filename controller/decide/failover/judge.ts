// What to do about a group: every rule of failover, in order, on one look.
import type { GroupDecision, GroupInput, GroupStep, SwitchPlan } from '../../model/failover.ts'
import { adoptFirst, adoptFromOthers } from './adopt.ts'
import { describeChoice } from './candidates.ts'
import { conditionsOf } from './conditions.ts'
import { corroborate } from './corroborate.ts'
import { rehearse } from './drill.ts'
import { memberToFailBackTo } from './failback.ts'
import { EVENKEEL } from './history.ts'
import { remember } from './memory.ts'
import { planSwitch, type Want } from './plan.ts'
import { isNotWell, isOwn, isWellPrimary, lookWithRoles, readingOf, whyNotWell } from './reading.ts'
import { findRejoin, strayPrimaries } from './rejoin.ts'
import { describeDown, isDownLongEnough, wantOf, whyNotTakenUp } from './request.ts'
import { findResume } from './resume.ts'
import { findRoute } from './route.ts'
import { goOn } from './under-way.ts'
import { giveVerdict } from './verdict.ts'

/** The one thing to do next, and whether it may be done. Pure. */
export function judgeGroup(input: GroupInput): GroupDecision {
  const look = lookWithRoles(input)
  const memory = remember(input, look)
  const facts: Facts = { ...input, look, memory }
  const step = firstOf(RULES, facts)
  const { verdict, why } = giveVerdict(step, input)
  return { step, verdict, why, memory, conditions: conditionsOf(facts, step) }
}

/** `look` as lookWithRoles reads it, and `memory` with this look in it. */
export type Facts = GroupInput

type JudgeRule = (facts: Facts) => GroupStep | undefined

function firstOf(rules: readonly JudgeRule[], facts: Facts): GroupStep {
  for (const rule of rules) {
    const step = rule(facts)
    if (step !== undefined) return step
  }
  return { kind: 'none' }
}

const finishOrAbandon: JudgeRule = (facts) =>
  facts.status.switch === undefined ? undefined : goOn(facts, facts.look, facts.memory, facts.status.switch)

const adopt: JudgeRule = (facts) => adoptFirst(facts, facts.look) ?? adoptFromOthers(facts, facts.look)

/** Before what we would do by ourselves: a person may have another member in mind. */
const answerRequest: JudgeRule = (facts) => {
  const { request, spec, look, memory, status } = facts
  if (request === undefined) return undefined
  const lapsed = whyNotTakenUp(request, facts)
  const want = wantOf(request, facts, look, memory) ?? (lapsed.length > 0 ? request : undefined)
  if (want === undefined) return undefined
  const why = [...(spec.mode === 'Enforce' ? [] : [`The mode of the group is ${spec.mode}.`]), ...lapsed]
  const reasons =
    want.kind === 'Failover' ? [`${request.by} asked for it.`, ...reasonsOf(facts)] : [`${request.by} asked for it.`]
  return beginOrRefuse(facts, want, reasons, { why, request: request.id, from: status.active ?? '' })
}

const failOver: JudgeRule = (facts) => {
  const { status, spec, memory, now } = facts
  if (status.active === undefined || !isDownLongEnough(spec, memory, now)) return undefined
  const want = { kind: 'Failover', by: EVENKEEL } as const
  const step = beginOrRefuse(facts, want, reasonsOf(facts), { why: [], from: status.active })
  // A primary that takes no writes for want of replicas is helped by those that are to follow it.
  return step.kind === 'refuse' ? (rejoin(facts) ?? step) : step
}

/** Quicker than to fail over, and it counts as none. */
const resume: JudgeRule = (facts) => {
  const found = findResume(facts, facts.look)
  return found === undefined ? undefined : { kind: 'resume', ...found }
}

const route: JudgeRule = (facts) => findRoute(facts, facts.look)

const rejoin: JudgeRule = (facts) => {
  // Two primaries, and it is not known which of them is wrong: nobody is touched.
  if (!isOwn(facts.spec) || strayPrimaries(facts.look, facts.status).length > 0) return undefined
  const found = findRejoin(facts, facts.look)
  return found === undefined ? undefined : { kind: 'rejoin', ...found }
}

const drill: JudgeRule = (facts) => rehearse(facts, facts.isDrillDue && isCalm(facts))

/** It needs no asking, and is not refused aloud: it waits until it may. */
const failBack: JudgeRule = (facts) => {
  const { spec, status } = facts
  const to = memberToFailBackTo(spec, status.active)
  if (spec.failback.mode !== 'Automatic' || to === undefined || status.active === undefined) return undefined
  const { against } = planSwitch(facts, { kind: 'Failback', by: EVENKEEL, to })
  if (against.length > 0) return undefined
  const reasons = [`${to} has been well and without lag for the soak time.`]
  return { kind: 'begin', plan: { kind: 'Failback', from: status.active, to, by: EVENKEEL, reasons } }
}

/** In this order; the first that has something to say is heard. */
const RULES: readonly JudgeRule[] = [
  finishOrAbandon,
  adopt,
  answerRequest,
  resume,
  failOver,
  route,
  rejoin,
  drill,
  failBack,
]

function isCalm({ status: { active }, look }: Facts): boolean {
  return active !== undefined && isWellPrimary(readingOf(look, active))
}

function beginOrRefuse(
  facts: Facts,
  want: Want,
  reasons: readonly string[],
  { why, request, from }: { readonly why: readonly string[]; readonly request?: string; readonly from: string },
): GroupStep {
  const { to, against, candidates } = planSwitch(facts, want)
  const { kind, by } = want
  const of = { kind, from, by, ...(request === undefined ? {} : { request }) }
  const all = [...why, ...against]
  if (all.length > 0 || to === undefined)
    return { kind: 'refuse', plan: { ...of, reasons, ...(to === undefined ? {} : { to }) }, why: all }
  const chosen = candidates.find(({ name }) => name === to)
  const choice = chosen === undefined ? [] : [describeChoice(chosen, facts.spec)]
  const plan: SwitchPlan = { ...of, to, reasons: [...reasons, ...choice] }
  return { kind: 'begin', plan }
}

/** Of a failover: what is wrong with the primary, and who says so, too. */
function reasonsOf({ spec, status, look, memory, now }: Facts): string[] {
  const { active } = status
  if (active === undefined) return []
  const reading = readingOf(look, active)
  if (!isNotWell(reading)) return []
  const said = corroborate({ spec, status }, look, active)
  const own = `${active} ${whyNotWell(reading)}, for ${describeDown(memory, now)}.`
  return said.kind === 'agreed' ? [own, said.why] : [own]
}
