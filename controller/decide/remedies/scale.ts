// The scale remedy: how many replicas the load and the breached limits ask for, and when fewer would do.
import type { Assessment, Finding, LimitRules } from '../../model/assessment.ts'
import type { Proposal } from '../../model/command.ts'
import { type DescribedFinding, describeFinding, describeValue } from '../../model/describe.ts'
import type { ScaleSpec } from '../../model/remedies.ts'
import type { ScheduleFloor } from '../../model/schedule-floor.ts'
import type { EpochMs } from '../../model/units.ts'
import { describeLeast, leastReplicas } from './least.ts'
import { proposeScaleIn, type ScaleInState } from './scale-in.ts'

export interface ScaleInput {
  readonly assessment: Assessment
  readonly spec: ScaleSpec
  readonly rules: LimitRules
  /** spec.replicas of the target. */
  readonly replicas: number
  readonly ready: number
  /** The last act that added replicas. */
  readonly lastUpAt: EpochMs | undefined
  /** The most replicas for which a shared server has connections; absent when that is not declared. */
  readonly mostConnected?: number | undefined
  /** What a schedule asks for now. */
  readonly floor?: ScheduleFloor | undefined
}

export interface ScaleOutcome {
  readonly proposal: Proposal | undefined
  readonly state: ScaleInState
  /** Nothing more can be had from this remedy, and the breach is still there. */
  readonly spent: boolean
}

/** Growth in one step when a limit is breached, as the HorizontalPodAutoscaler bounds it: doubled, or four more. */
const largestStep = (replicas: number) => Math.max(2 * replicas, replicas + 4)

/** Pure. A target at zero replicas was switched off by someone and is left alone. */
export function proposeScale(input: ScaleInput, previous: ScaleInState): ScaleOutcome {
  const { assessment, spec, replicas } = input
  if (replicas === 0) return { proposal: undefined, state: {}, spent: false }
  const least = leastReplicas(input)
  if (assessment.findings.length === 0 && replicas >= least) return { ...proposeScaleIn(input, previous), spent: false }
  const pressing = assessment.findings.filter((finding) => !finding.eased && finding.value !== undefined)
  const asked = pressing.map((finding) => ask(finding, input)).filter((one) => one !== undefined)
  // Once there is an act to make, load that has not been over for long enough to be a reason of its own sizes it too:
  // a pool is full a moment before the rate over the hold time shows why, and the cooldown bars a second guess.
  const rising = asked.length > 0 ? risingLoad(input) : undefined
  if (rising !== undefined) asked.push(rising)
  const wanted = Math.max(0, ...asked.map((one) => one.replicas))
  const most = Math.min(spec.max, input.mostConnected ?? spec.max)
  const to = Math.min(most, Math.max(least, wanted))
  if (to > replicas) {
    const reasons = asked.map((one) => one.reason)
    if (wanted > most)
      reasons.push(
        `${wanted} replicas are wanted, and ${most < spec.max ? `there are connections for ${most}` : `max is ${most}`}`,
      )
    if (wanted < least) reasons.push(`${replicas} replicas are fewer than min, which is ${describeLeast(input)}`)
    return { proposal: { remedy: 'scale', direction: 'up', from: replicas, to, reasons }, state: {}, spent: false }
  }
  // What can't be seen now is not over: a spent remedy stays spent.
  const isPassed = assessment.findings.some((finding) => !finding.eased)
  const spent = isPassed && replicas >= most && hadTimeToHelp(input)
  return { ...proposeScaleIn(input, previous), spent }
}

function ask(finding: Finding, input: ScaleInput): { replicas: number; reason: string } | undefined {
  const { limit, value } = finding
  if (value === undefined) return undefined
  if (limit === 'rps') return askForLoad(finding, value, input)
  if (!hadTimeToHelp(input)) return undefined
  const replicas = Math.min(largestStep(input.ready), Math.ceil(input.ready * growth(finding, value)))
  return { replicas, reason: `${describeFinding(finding)}: asks for ${replicas}` }
}

function askForLoad(
  finding: DescribedFinding,
  value: number,
  { rules: { perReplicaRps } }: ScaleInput,
): { replicas: number; reason: string } | undefined {
  if (perReplicaRps === undefined) return undefined
  const replicas = Math.ceil(value / perReplicaRps)
  return {
    replicas,
    reason: `${describeFinding(finding)}: ${describeValue('rps', value)} ÷ ${describeValue('rps', perReplicaRps)} per replica asks for ${replicas}`,
  }
}

/** What load asks for that is over what the ready replicas serve, but has not held yet. */
function risingLoad(input: ScaleInput): { replicas: number; reason: string } | undefined {
  const { limits, observations } = input.assessment
  const { rps } = observations
  if (limits.rps.phase !== 'holding' || rps?.kind !== 'ok') return undefined
  const { threshold, peak } = limits.rps
  return askForLoad({ limit: 'rps', value: rps.value, threshold, peak, eased: false }, rps.value, input)
}

/** Load is shared, so use falls as replicas grow; errors and latency do not follow that rule, and get half as many again. */
function growth({ limit, threshold }: Finding, value: number): number {
  return limit === 'errors' || limit === 'latency' ? 1.5 : value / threshold
}

function hadTimeToHelp({ assessment, spec, lastUpAt }: ScaleInput): boolean {
  return lastUpAt === undefined || assessment.at - lastUpAt >= spec.effectWithin
}
