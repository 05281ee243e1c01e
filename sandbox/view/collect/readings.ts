// The readings of a Guard over the last minutes, out of its status and, when given, of the controller's own metrics.
import type { History } from '../model.ts'

/** How far back a sparkline may look. */
const SECONDS = 300
/** Status is written at least every ten seconds while readings change: a little longer than that, a value holds. */
const HOLDS_MS = 15_000

export interface Reading {
  /** Epoch ms. */
  readonly at: number
  /** Undefined: it was unknown. */
  readonly value: number | undefined
}

/** Adds a reading, newest last. A second has one: the last. One that is older than the newest is too late. */
export function withReading(readings: readonly Reading[], reading: Reading): readonly Reading[] {
  const newest = readings.at(-1)
  if (newest !== undefined && reading.at < newest.at) return readings
  const sameSecond = newest !== undefined && secondOf(newest.at) === secondOf(reading.at)
  return [...(sameSecond ? readings.slice(0, -1) : readings), reading].slice(-SECONDS)
}

/** One value for each of the last seconds up to `now`, from the first reading on. */
export function historyOf(readings: readonly Reading[], now: number): History {
  const [first] = readings
  if (first === undefined) return []
  const end = secondOf(now)
  const history: (number | undefined)[] = []
  let next = 0
  let held: Reading | undefined
  for (let second = Math.max(secondOf(first.at), end - SECONDS + 1); second <= end; second += 1) {
    for (let one = readings[next]; one !== undefined && secondOf(one.at) <= second; one = readings[next]) {
      held = one
      next += 1
    }
    history.push(held !== undefined && !isStale(held, second * 1_000) ? held.value : undefined)
  }
  return history
}

/** Too old to be called the value of now. */
export const isStale = (reading: Reading, now: number): boolean => now - reading.at > HOLDS_MS

const secondOf = (ms: number): number => Math.floor(ms / 1_000)

/** What the controller's `/metrics` says of one signal of one Guard. */
export interface Measured {
  readonly namespace: string
  readonly guard: string
  readonly signal: string
  /** Undefined: unknown. */
  readonly value: number | undefined
}

const LINE = /^evenkeel_guard_(signal|signal_unknown)\{([^}]*)\} (\S+)/gm

/** The signals in an exposition of the controller; other lines are skipped. */
export function readExposition(text: string): readonly Measured[] {
  const measured: Measured[] = []
  for (const [, name, labels, number] of text.matchAll(LINE)) {
    const { namespace, guard, signal } = Object.fromEntries(
      [...(labels ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]),
    )
    const value = Number(number)
    if (namespace === undefined || guard === undefined || signal === undefined || !Number.isFinite(value)) continue
    if (name === 'signal') measured.push({ namespace, guard, signal, value })
    else if (value === 1) measured.push({ namespace, guard, signal, value: undefined })
  }
  return measured
}
