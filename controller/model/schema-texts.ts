// Durations and percentages as people write them in a Guard: schemas that read them, and say what is wrong with them.
import { z } from 'zod'
import {
  DURATION_PATTERN,
  type Milliseconds,
  PERCENT_PATTERN,
  parseDuration,
  parsePercent,
  type Ratio,
} from './units.ts'

/** A duration such as "500ms", "2s" or "1h", no shorter than `min` and no longer than `max`. */
export function duration(description: string, bounds: { min?: string; max?: string } = {}) {
  const toMs = (text: string | undefined, otherwise: number): Milliseconds =>
    (text === undefined ? undefined : parseDuration(text)) ?? otherwise
  const range = { min: toMs(bounds.min, 0), max: toMs(bounds.max, Number.POSITIVE_INFINITY) }
  const asked = [bounds.min && `at least ${bounds.min}`, bounds.max && `at most ${bounds.max}`]
    .filter(Boolean)
    .join(' and ')
  return z
    .string()
    .regex(DURATION_PATTERN, { error: 'is not a duration: write a number and a unit, like 500ms, 2s, 5m or 1h' })
    .refine((text) => toMs(text, 0) >= range.min && toMs(text, 0) <= range.max, { error: `must be ${asked}` })
    .transform((text): Milliseconds => toMs(text, 0))
    .meta({ description })
}

/** A percentage such as "90%", read as a ratio. */
export function percent(description: string) {
  return z
    .string()
    .regex(PERCENT_PATTERN, { error: 'is not a percentage: write a number and a percent sign, like 90%' })
    .refine((text) => (parsePercent(text) ?? 0) > 0 && (parsePercent(text) ?? 0) <= 1, {
      error: 'must be above 0% and at most 100%',
    })
    .transform((text): Ratio => parsePercent(text) ?? 1)
    .meta({ description })
}

/** Whether a text can be used as a pattern. */
export function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
