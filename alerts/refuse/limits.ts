// Which limits of a Guard are watched, and which of them nothing can ever pass.
import { LIMITS, type LimitName } from '../../controller/model/assessment.ts'
import { describeLimit } from '../../controller/model/describe.ts'
import type { GuardSpec } from '../../controller/model/guard.ts'
import { BURN_PAIRS, canBurn, objectiveRulesOf, pairName } from '../../controller/model/objectives.ts'
import { tells } from '../../controller/model/profiles.ts'
import { scaleOf } from '../../controller/model/remedies.ts'
import type { GuardedService } from '../model.ts'
import { budgetOf, decimal } from '../promql.ts'

/** An alert that is not made, and what the Guard would have to say for it to be of use. */
export interface Refusal {
  /** "shop/checkout: spec.limits.errors (100%)". */
  readonly where: string
  readonly why: string
  readonly remedy: string
}

/** Shares, which are never more than all: a breach must be above its limit. */
const SHARES: readonly LimitName[] = ['errors', 'pool']

/** Limits that a signal of this Guard can pass. */
export function limitsOf(spec: GuardSpec): LimitName[] {
  return LIMITS.filter((limit) => isWatched(spec, limit) && !canNeverPass(spec, limit))
}

/** Load is judged by what one replica serves; the others when a signal tells them. */
function isWatched({ signals, remedies }: GuardSpec, limit: LimitName): boolean {
  const isTold = signals[limit] !== undefined || tells(signals.profile, limit)
  return limit === 'rps' ? isTold && scaleOf(remedies)?.perReplica !== undefined : isTold
}

function canNeverPass({ limits }: GuardSpec, limit: LimitName): boolean {
  return SHARES.includes(limit) && limit !== 'rps' && limits[limit] >= 1
}

/** The alerts of this Guard that could never fire. */
export function neverFiring({ namespace, name, spec }: GuardedService): Refusal[] {
  const where = (field: string, value: number) => `${namespace}/${name}: spec.${field} (${decimal(value * 100)}%)`
  const limits = LIMITS.filter((limit) => isWatched(spec, limit) && canNeverPass(spec, limit)).map(
    (limit): Refusal => ({
      where: where(`limits.${limit}`, limit === 'rps' ? 0 : spec.limits[limit]),
      why: `its alert can never fire: ${describeLimit(limit).toLowerCase()} is a share, and never above 100%`,
      remedy: 'write less than 100%',
    }),
  )
  const burns = objectiveRulesOf(spec).flatMap(({ name: objective, target }): Refusal[] => {
    const never = BURN_PAIRS.filter((pair) => !canBurn(pair, target))
    if (never.length === 0) return []
    const most = decimal(Number((1 / budgetOf(target)).toPrecision(3)))
    const pairs = never.map((pair) => `${pairName(pair)} (${pair.factor})`).join(', ')
    return [
      {
        where: where(objective === 'latency' ? 'objectives.latency' : 'objectives.availability', target),
        why: `its burn-rate alerts ${pairs} can never fire: were every request bad, the budget would burn ${most} times as fast as it may`,
        remedy: 'ask for a higher share of good requests',
      },
    ]
  })
  return [...limits, ...burns]
}
