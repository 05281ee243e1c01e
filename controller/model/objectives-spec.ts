// `spec.objectives` as people write it: availability and latency, and the window of the error budget.
import { z } from 'zod'
import { duration, percent } from './schema-texts.ts'
import { type Milliseconds, parsePercent, type Ratio } from './units.ts'

const QUANTILES = ['p50', 'p75', 'p90', 'p95', 'p99', 'p99.5', 'p99.9'] as const
type Quantile = (typeof QUANTILES)[number]

/** The share of requests that is to be served within a time. */
export interface LatencyObjective {
  readonly share: Ratio
  readonly withinMs: Milliseconds
}

const quantile = (name: Quantile) =>
  duration(`${name.slice(1)} % of requests are to be served within this.`, { min: '1ms', max: '1h' }).optional()

const latency = z
  .strictObject({
    p50: quantile('p50'),
    p75: quantile('p75'),
    p90: quantile('p90'),
    p95: quantile('p95'),
    p99: quantile('p99'),
    'p99.5': quantile('p99.5'),
    'p99.9': quantile('p99.9'),
  })
  .refine((one) => given(one).length === 1, { error: 'must name one quantile and its time, like p95: 70ms' })
  .transform((one): LatencyObjective => {
    const [[name, withinMs] = ['p95', 0] as const] = given(one)
    return { share: parsePercent(`${name.slice(1)}%`) ?? 0, withinMs }
  })

function given(one: Readonly<Partial<Record<Quantile, Milliseconds | undefined>>>) {
  return QUANTILES.flatMap((name) => {
    const ms = one[name]
    return ms === undefined ? [] : [[name, ms] as const]
  })
}

export const OBJECTIVES_SPEC = z
  .strictObject({
    availability: percent('Share of requests that are to succeed.').optional(),
    latency: latency
      .optional()
      .meta({ description: 'How fast requests are to be: one quantile and its time, like p95: 70ms.' }),
    window: duration('The time over which the error budget is spent.', { min: '3d', max: '90d' }).prefault('30d'),
  })
  .optional()
  .meta({
    description:
      'What share of requests is to be good: the error budget and its burn rates are kept in status. They ask for no act: limits do.',
  })
