// What an observer counts between two takings: the increases of counters, whatever the rates say.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countUpTo, cutAt } from '../../controller/observe/buckets.ts'
import { createObserver } from '../../controller/observe/observer.ts'
import { PROFILES } from '../../controller/observe/profiles/profiles.ts'
import { histogramQuantile } from '../../controller/observe/quantile.ts'
import { handClock, handFetcher } from './fake-fetcher.ts'

interface Said {
  readonly requests: number
  readonly failed?: number
  /** Of the requests, in up to 50 ms and up to 100 ms. */
  readonly fast?: number
  readonly medium?: number
}

const body = ({ requests, failed = 0, fast = requests, medium = requests }: Said) => `# TYPE http_requests_total counter
http_requests_total{status_code="200"} ${requests - failed}
http_requests_total{status_code="500"} ${failed}
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} ${fast}
http_request_duration_seconds_bucket{le="0.1"} ${medium}
http_request_duration_seconds_bucket{le="+Inf"} ${requests}
`

function watch(pods: readonly string[], slowAboveMs?: number) {
  const clock = handClock()
  const { fetcher, says } = handFetcher()
  const observer = createObserver(
    { clock, fetcher },
    {
      intervalMs: 1000,
      timeoutMs: 800,
      windowMs: 10_000,
      rateWindowMs: 2000,
      minimumRequests: 20,
      slowAboveMs,
      sources: PROFILES['prom-client'],
      optional: ['cpu', 'pool', 'queue'],
    },
  )
  observer.setTargets(
    pods.map((pod) => ({
      pod: `shop/${pod}`,
      podUid: pod,
      origin: `http://${pod}`,
      path: '/metrics',
      cpuCores: 1,
      expected: true,
    })),
  )
  return {
    take: () => observer.takeCounts(),
    round: async (said: Readonly<Record<string, Said | undefined>>, ms = 1000) => {
      clock.move(ms)
      for (const [pod, one] of Object.entries(said))
        says.set(`http://${pod}`, one === undefined ? { why: 'refused' } : { body: body(one) })
      await observer.observe()
    },
  }
}

describe('requests', () => {
  it('are counted one by one, of all pods, and once', async () => {
    const { round, take } = watch(['a', 'b'])
    await round({ a: { requests: 1_000_000, failed: 5 }, b: { requests: 7 } })
    expect(take().requests).toEqual({ events: 0, bad: 0, watchedMs: 0 })
    await round({ a: { requests: 1_000_003, failed: 6 }, b: { requests: 7 } })
    await round({ a: { requests: 1_000_003, failed: 6 }, b: { requests: 8 } })
    expect(take().requests).toEqual({ events: 4, bad: 1, watchedMs: 2000 })
    expect(take().requests).toEqual({ events: 0, bad: 0, watchedMs: 0 })
  })

  it('are counted below the minimum by which errors are judged', async () => {
    const { round, take } = watch(['a'])
    await round({ a: { requests: 0 } })
    await round({ a: { requests: 1, failed: 1 } })
    expect(take().requests).toMatchObject({ events: 1, bad: 1 })
  })

  it('of a time in which no pod could be read are counted once it can, and that time is not watched', async () => {
    const { round, take } = watch(['a'])
    await round({ a: { requests: 100 } })
    for (let second = 0; second < 5; second++) await round({ a: undefined })
    expect(take().requests).toEqual({ events: 0, bad: 0, watchedMs: 0 })
    await round({ a: { requests: 160, failed: 60 } })
    await round({ a: { requests: 170, failed: 60 } })
    expect(take().requests).toEqual({ events: 70, bad: 60, watchedMs: 2000 })
  })

  it('go on from 0 when a pod starts again', async () => {
    const { round, take } = watch(['a'])
    await round({ a: { requests: 100 } })
    await round({ a: { requests: 4 } })
    expect(take().requests.events).toBe(4)
  })

  it('watch no time when the controller stood still', async () => {
    const { round, take } = watch(['a'])
    await round({ a: { requests: 0 } })
    await round({ a: { requests: 60 } }, 60_000)
    expect(take().requests).toEqual({ events: 60, bad: 0, watchedMs: 0 })
  })
})

describe('slow requests', () => {
  const counts = async (slowAboveMs: number | undefined) => {
    const { round, take } = watch(['a'], slowAboveMs)
    await round({ a: { requests: 0 } })
    await round({ a: { requests: 100, fast: 60, medium: 90 } })
    return take()
  }

  it('are exact where the duration is a bound of the histogram', async () => {
    expect(await counts(50)).toMatchObject({ timed: { events: 100, bad: 40, watchedMs: 1000 } })
    expect(await counts(100)).toEqual(expect.objectContaining({ timed: { events: 100, bad: 10, watchedMs: 1000 } }))
    expect((await counts(100)).between).toBeUndefined()
  })

  it('are taken as evenly spread between two bounds, and it is told which', async () => {
    const found = await counts(80)
    expect(found.timed.bad).toBeCloseTo(10 + 0.4 * 30)
    expect(found.between).toEqual([0.05, 0.1])
  })

  it('past the last bound are all that it does not hold', async () => {
    const found = await counts(200)
    expect(found.timed).toMatchObject({ events: 100, bad: 10 })
    expect(found.between).toEqual([0.1, Number.POSITIVE_INFINITY])
  })

  it('are not counted without a latency objective', async () => {
    expect((await counts(undefined)).timed).toEqual({ events: 0, bad: 0, watchedMs: 0 })
  })
})

describe('a cut of a histogram', () => {
  const bounds = Float64Array.from([0.01, 0.05, 0.1, 0.5, 1, Number.POSITIVE_INFINITY])

  it('at the q quantile leaves the share q below it, as a quantile is defined', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 6, maxLength: 6 }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (perBucket, q) => {
          let total = 0
          const counts = Float64Array.from(perBucket, (count) => (total += count))
          const value = histogramQuantile(q, bounds, counts)
          // In the last bucket a quantile is no longer a value that was seen.
          fc.pre(q * total <= (counts[4] ?? 0))
          expect(countUpTo(cutAt(bounds, value), counts, 0)).toBeCloseTo(q * total, 6)
        },
      ),
    )
  })

  it('never counts fewer for a longer duration', () => {
    const counts = Float64Array.from([5, 5, 40, 70, 99, 100])
    const upTo = (value: number) => countUpTo(cutAt(bounds, value), counts, 0)
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true }), (a, b) => {
        expect(upTo(Math.min(a, b))).toBeLessThanOrEqual(upTo(Math.max(a, b)))
      }),
    )
  })
})
