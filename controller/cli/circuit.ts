// A circuit in words: the cell of `evenkeel status`, and the lines of `evenkeel explain`.
import type { CircuitStatus } from '../model/circuit.ts'
import { formatDuration } from '../model/units.ts'

/** "Open", "Open (forced)", "Closed (would be Open)". */
export function circuitCell({ state, mode, judged }: CircuitStatus): string {
  if (mode === 'Auto') return state
  if (mode === 'MetricsOnly') return `${state} (${judged === state ? 'metrics only' : `would be ${judged}`})`
  return `${state} (forced)`
}

/** `now` in epoch milliseconds. */
export function circuitLines(circuit: CircuitStatus | undefined, now: number): string[] {
  if (circuit === undefined) return []
  const { since, until, judged, trips, inARow, causes, letThrough, reason } = circuit
  const ends =
    until === undefined ? '' : `, ${judged === 'Open' ? 'tried again' : 'judged'} ${left(Date.parse(until) - now)}`
  const times = trips === 1 ? 'once' : `${trips} times`
  const row = inARow > 1 ? `, ${inARow} in a row` : ''
  return [
    `${circuitCell(circuit)} for ${formatDuration(Math.max(0, now - Date.parse(since)))}${ends}: ${reason}`,
    `lets through ${Number((letThrough * 100).toPrecision(3))} % of the requests of those who ask it`,
    ...(trips === 0 ? [] : [`opened ${times}${row}, last by ${causes.join(', ') || 'hand'}`]),
  ]
}

function left(ms: number): string {
  return ms > 0 ? `in ${formatDuration(ms)}` : 'at the next reading'
}
