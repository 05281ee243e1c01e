// What is wrong with the times of a Guard that come again by cron.
import { faultOfCron, parseCron } from './cron.ts'
import type { GuardSpec } from './guard.ts'
import type { TimesSpec } from './timetable.ts'
import { type EpochMs, formatDuration, type Milliseconds } from './units.ts'

type FaultOf = (field: string, value: unknown, message: string, remedy: string) => void

interface TimesFault {
  readonly field: 'cron' | 'timezone' | 'for'
  readonly message: string
  readonly remedy: string
}

/** Tells of each entry what is wrong with it. */
export function findTimetableFaults({ maintenance, schedules, remedies }: GuardSpec, fault: FaultOf): void {
  const max = remedies.find((remedy) => remedy.scale !== undefined)?.scale.max
  for (const [list, entries] of Object.entries({ maintenance, schedules }))
    for (const [index, entry] of entries.entries()) {
      const found = timesFault(entry)
      if (found === undefined) continue
      const value = found.field === 'for' ? formatDuration(entry.for) : entry[found.field]
      fault(`${list}[${index}].${found.field}`, value, found.message, found.remedy)
    }
  for (const [index, { scale }] of schedules.entries()) {
    const field = `schedules[${index}].scale.min`
    if (max === undefined)
      fault(field, scale.min, 'asks for replicas, and the Guard has no scale remedy', 'add one to spec.remedies')
    else if (scale.min > max)
      fault(field, scale.min, `is above max of the scale remedy, which is ${max}`, 'make it at most max')
  }
}

const judged = new Map<string, TimesFault | undefined>()
/** A Guard is judged more often than it is changed, and many have the same times. */
const MOST_REMEMBERED = 1_000

function timesFault(entry: TimesSpec): TimesFault | undefined {
  const key = `${entry.cron}\n${entry.timezone}\n${entry.for}`
  if (judged.has(key)) return judged.get(key)
  if (judged.size >= MOST_REMEMBERED) judged.clear()
  const found = faultOfCron(entry) ?? faultOfLength(entry)
  judged.set(key, found)
  return found
}

/** A common year and the leap year after it lie before us. */
const FROM: EpochMs = Date.UTC(2027, 0, 1)
/** Enough to meet the shortest gap of what people write, be it of months. */
const GAPS = 60
/** More than a day of minutes. */
const MOST_GAPS = 1_500

/** By the clock of UTC, on which every day has 24 hours. */
function faultOfLength(entry: TimesSpec): TimesFault | undefined {
  const lengthMs = entry.for
  const cron = parseCron({ cron: entry.cron, timezone: 'UTC' })
  let shortest: Milliseconds = Number.POSITIVE_INFINITY
  let longest: Milliseconds = 0
  let last = cron.nextAfter(FROM)
  for (let count = 0; count < GAPS || (longest <= lengthMs && count < MOST_GAPS); count++) {
    const next = cron.nextAfter(last)
    shortest = Math.min(shortest, next - last)
    longest = Math.max(longest, next - last)
    if (shortest < lengthMs) break
    last = next
  }
  if (shortest < lengthMs)
    return {
      field: 'for',
      message: `is longer than the shortest time from one to the next, which is ${formatDuration(shortest)}`,
      remedy: 'shorten it, or have the cron expression come less often',
    }
  if (longest <= lengthMs)
    return {
      field: 'for',
      message: `leaves no time between one and the next, which begins after ${formatDuration(longest)}`,
      remedy: 'shorten it, or have the cron expression come less often',
    }
  return undefined
}
