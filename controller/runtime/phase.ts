// When in its interval a key has its turn: spread, so that not all come at once, yet in slots, so that the process wakes
// for a handful at a time. A thousand scrapes a second in slots cost about half of what they cost one by one.
import type { Milliseconds } from '../model/units.ts'

const SLOT_MS: Milliseconds = 50

/**
 * How long from `nowMs` (monotonic) until the key's turn, at least half an interval and less than one and a half. A key's
 * turns are an interval apart, so whoever goes on from there by the interval alone stays in its slot.
 */
export function untilTurn(key: string, nowMs: Milliseconds, intervalMs: Milliseconds): Milliseconds {
  const slots = Math.max(1, Math.floor(intervalMs / SLOT_MS))
  const phaseMs = (hash(key) % slots) * SLOT_MS
  const earliestMs = nowMs + intervalMs / 2
  return Math.ceil((earliestMs - phaseMs) / intervalMs) * intervalMs + phaseMs - nowMs
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}
