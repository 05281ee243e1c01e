// Timestamps with six digits, as the API's MicroTime wants them.
import type { EpochMs } from '../model/units.ts'

/** "2026-01-02T03:04:05.678901Z" */
export function microTime(at: EpochMs, extraMicros = 0): string {
  const micros = Math.round(at * 1000) + extraMicros
  const wholeMs = Math.floor(micros / 1000)
  const digits = String(micros - wholeMs * 1000).padStart(3, '0')
  return new Date(wholeMs).toISOString().replace('Z', `${digits}Z`)
}
