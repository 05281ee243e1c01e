// Quantiles are those that a real Prometheus computes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { histogramQuantile } from '../../controller/observe/quantile.ts'

const INF = Number.POSITIVE_INFINITY
const NAN = Number.NaN

// Made with Debian's Prometheus 2.42.0: each histogram was served as h_bucket{case="…",le="…"} gauges, scraped, and asked
// for with histogram_quantile(q, h_bucket) over /api/v1/query.
const QUANTILES = [-0.1, 0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1, 1.1, NAN]
const GOLDEN: [string, { bounds: number[]; counts: number[]; quantiles: number[] }][] = [
  [
    'plain',
    {
      bounds: [0.1, 0.5, 1, INF],
      counts: [10, 30, 60, 100],
      quantiles: [-INF, 0, 0.010000000000000002, 0.4, 0.8333333333333333, 1, 1, 1, 1, INF, NAN],
    },
  ],
  [
    'with everything above its bounds',
    { bounds: [0.1, 0.5, INF], counts: [0, 0, 7], quantiles: [-INF, NAN, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, INF, NAN] },
  ],
  [
    'with everything in its first bucket',
    {
      bounds: [0.1, 0.5, INF],
      counts: [5, 5, 5],
      quantiles: [-INF, 0, 0.001, 0.025, 0.05, 0.09000000000000001, 0.095, 0.099, 0.1, INF, NAN],
    },
  ],
  [
    'with bounds below 0',
    {
      bounds: [-1, 0, 2, INF],
      counts: [3, 5, 9, 9],
      quantiles: [-INF, -1, -1, -1, -0.25, 1.5499999999999998, 1.7749999999999995, 1.955, 2, INF, NAN],
    },
  ],
  [
    'with 0 as its first bound',
    {
      bounds: [0, 1, INF],
      counts: [4, 8, 8],
      quantiles: [-INF, 0, 0, 0, 0, 0.8, 0.8999999999999999, 0.98, 1, INF, NAN],
    },
  ],
  [
    'without observations',
    { bounds: [0.1, 0.5, INF], counts: [0, 0, 0], quantiles: [-INF, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, INF, NAN] },
  ],
  [
    'without a +Inf bucket',
    { bounds: [0.1, 0.5], counts: [3, 9], quantiles: [-INF, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, INF, NAN] },
  ],
  [
    'with only a +Inf bucket',
    { bounds: [INF], counts: [9], quantiles: [-INF, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, INF, NAN] },
  ],
  [
    'whose counts fall',
    {
      bounds: [0.1, 0.5, 1, 2, INF],
      counts: [10, 8, 20, 15, 20],
      quantiles: [-INF, 0, 0.002, 0.05, 0.1, 0.9, 0.95, 0.99, 1, INF, NAN],
    },
  ],
  [
    'with empty buckets first',
    {
      bounds: [0.005, 0.01, 0.25, 0.5, INF],
      counts: [0, 0, 0, 1000, 1000],
      quantiles: [-INF, NAN, 0.2525, 0.3125, 0.375, 0.475, 0.4875, 0.4975, 0.5, INF, NAN],
    },
  ],
  [
    'of fractions',
    {
      bounds: [0.1, 0.2, 0.4, INF],
      counts: [0.3, 0.7, 1.1, 1.3],
      quantiles: [
        -INF,
        0,
        0.004333333333333334,
        0.10625000000000001,
        0.18750000000000003,
        0.4,
        0.4,
        0.4,
        0.4,
        INF,
        NAN,
      ],
    },
  ],
]

describe('a histogram', () => {
  it.each(GOLDEN)('%s has the quantiles that Prometheus gives, to the last bit', (_, { bounds, counts, quantiles }) => {
    const ours = QUANTILES.map((q) => histogramQuantile(q, Float64Array.from(bounds), Float64Array.from(counts)))
    // Prometheus says 0 where IEEE division says -0 or 0 alike.
    expect(ours.map((value) => value + 0)).toEqual(quantiles)
  })

  it('has quantiles that rise with q and stay within its bounds', () => {
    const increments = fc.array(fc.nat({ max: 1000 }), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(
        increments,
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (each, a, b) => {
          fc.pre(each.some((count) => count > 0))
          let total = 0
          const counts = Float64Array.from(each, (count) => {
            total += count
            return total
          })
          const bounds = Float64Array.from(each, (_, index) => (index === each.length - 1 ? INF : (index + 1) / 10))
          const [low, high] = [Math.min(a, b), Math.max(a, b)].map((q) => histogramQuantile(q, bounds, counts))
          expect(low).toBeLessThanOrEqual((high ?? NAN) + 1e-9)
          expect(high).toBeLessThanOrEqual((each.length - 1) / 10)
          expect(low).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })
})
