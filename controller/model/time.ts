// Moments as people and programs write them: RFC 3339, or Unix seconds as Prometheus takes them.
import type { EpochMs } from './units.ts'

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/i
/** From here on a number must be milliseconds: as seconds it would be the year 5138. */
const TOO_MANY_SECONDS = 1e11

/** How a moment is to be written, for error messages. */
export const TIME_HINT = 'write it like 2026-01-31T04:00:00Z, or as Unix seconds'

/** Reads "2026-01-31T04:00:00Z", "2026-01-31" (midnight UTC) or 1769832000. Undefined when it is no moment, or has no time zone. */
export function parseTime(written: unknown): EpochMs | undefined {
  if (typeof written === 'number') return fromSeconds(written)
  if (typeof written !== 'string') return undefined
  if (/^\d+(\.\d+)?$/.test(written)) return fromSeconds(Number(written))
  const [, year, month, day] = RFC_3339.exec(written) ?? []
  if (day === undefined) return undefined
  // Date.parse takes the 30th of February for the 2nd of March.
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (midnight.getUTCDate() !== Number(day)) return undefined
  const at = Date.parse(written.toUpperCase())
  return Number.isNaN(at) ? undefined : at
}

function fromSeconds(seconds: number): EpochMs | undefined {
  return seconds >= 0 && seconds < TOO_MANY_SECONDS ? Math.round(seconds * 1000) : undefined
}
