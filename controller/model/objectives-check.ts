// What is wrong or worth knowing about the objectives of a Guard before it is used.
import type { GuardSpec } from './guard.ts'
import { BURN_PAIRS, canBurn, objectiveRulesOf, pairName } from './objectives.ts'
import { type SourceName, tells } from './profiles.ts'

/** A field of the spec, its value, what is wrong or worth knowing, and what to do. */
type Said = readonly [field: string, value: unknown, message: string, remedy: string]

export function objectiveFaults({ objectives, signals }: GuardSpec): readonly Said[] {
  if (objectives === undefined) return []
  const { availability, latency } = objectives
  const isTold = (signal: SourceName) => signals[signal] !== undefined || tells(signals.profile, signal)
  // An exporter that tells errors tells the requests that they are a share of.
  const hasRequests = isTold('rps') || signals.errors?.profile !== undefined
  const faults: Said[] = []
  if (availability === undefined && latency === undefined)
    faults.push(['objectives', objectives, 'names no objective', 'add availability: 99.9%, or latency: { p95: 200ms }'])
  if (availability === 1)
    faults.push(['objectives.availability', '100%', 'leaves no error budget', 'write less than 100%, like 99.99%'])
  if (availability !== undefined && !(hasRequests && isTold('errors')))
    faults.push([
      'objectives.availability',
      percentText(availability),
      `needs the signals rps and errors, and the profile ${signals.profile} does not tell both`,
      'name who tells them in spec.signals.rps and spec.signals.errors',
    ])
  if (latency !== undefined && !isTold('latency'))
    faults.push([
      'objectives.latency',
      percentText(latency.share),
      `needs the signal latency, and the profile ${signals.profile} does not tell it`,
      'name the histogram, or who tells it, in spec.signals.latency',
    ])
  return faults
}

/** The burn rates that can never be, since not even a service that fails every request burns so fast. */
export function objectiveNotices(spec: GuardSpec): readonly Said[] {
  return objectiveRulesOf(spec).flatMap(({ name, target }): Said[] => {
    const never = BURN_PAIRS.filter((pair) => !canBurn(pair, target))
    if (never.length === 0) return []
    const most = Number((1 / (1 - target)).toPrecision(3))
    return [
      [
        `objectives.${name}`,
        percentText(target),
        `can burn at most ${most} times as fast as it may, so that ${never.map((pair) => `${pairName(pair)} (${pair.factor})`).join(', ')} can never burn and is not watched`,
        'watch the pairs that are left, or ask for a higher share',
      ],
    ]
  })
}

const percentText = (share: number) => `${Number((share * 100).toFixed(6))}%`
