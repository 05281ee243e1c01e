// What is kept of each pod for isolation: cheap while pods look alike, quick where one fails, and silent of who is silent.
import { describe, expect, it } from 'vitest'
import { createPodEvidence } from '../../../controller/observe/resources/pod-evidence.ts'
import { createPodBooks } from '../../../controller/observe/resources/pods.ts'
import { SOURCES } from '../../../controller/observe/scrape/catalog.ts'
import { type Extract, SUM } from '../../../controller/observe/scrape/extract.ts'

const BOUNDS = Float64Array.of(0.05, 0.1, 1, Number.POSITIVE_INFINITY)
const TELLS = SOURCES.map(() => true)

/** Requests since the last reading: failed ones, and those slower than 100 ms. */
function extract(requests: number, failed = 0, slow = 0): Extract {
  const sums = new Float64Array(SUM.buckets + BOUNDS.length)
  sums[SUM.rps] = requests
  sums[SUM.errors] = failed
  sums.set([requests - slow, requests - slow, requests, requests], SUM.buckets)
  const more = { requests: 0, atMs: 0, spanMs: 0, hasIncreases: true, queueIsShared: false, problems: [], absent: [] }
  return { sums, bounds: BOUNDS, ...more, skipped: undefined }
}

function watch() {
  const books = createPodEvidence(createPodBooks(5_000))
  return {
    ...books,
    /** A reading of each pod each half second, from `fromMs` on. */
    read(count: number, fromMs: number, pods: Readonly<Record<string, Extract>>): number {
      for (let round = 0; round < count; round++)
        for (const [pod, one] of Object.entries(pods)) books.add(pod, one, TELLS, fromMs + round * 500)
      return fromMs + (count - 1) * 500
    },
    at: (nowMs: number) => books.read(nowMs),
  }
}
const well = extract(10)

describe('the evidence on pods', () => {
  it('is none while they look alike', () => {
    const pods = watch()
    const now = pods.read(20, 0, { a: well, b: extract(30), c: extract(10, 0, 0) })
    expect(pods.at(now)).toBeUndefined()
    expect(pods.seen(now)).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['one fails a request', extract(10, 1)],
    ['the p95 of one is in another bucket', extract(10, 0, 3)],
  ])('is there once %s', (_, other) => {
    const pods = watch()
    const now = pods.read(1, 0, { a: well, b: other })
    expect(pods.at(now)).toBeDefined()
  })

  it('tells of the latest readings, of some seconds, and of longer', () => {
    const pods = watch()
    const calm = pods.read(20, 0, { a: well, b: well })
    const now = pods.read(4, calm + 500, { a: well, b: extract(10, 10) })
    const shares = (readings: readonly { pod: string; requests: number; errors: number | undefined }[] = []) =>
      readings.map(({ pod, requests, errors }) => [pod, (errors ?? 0) / requests])
    const { latest, quick, steady } = pods.at(now) ?? {}
    expect(shares(latest)).toEqual([
      ['a', 0],
      ['b', 1],
    ])
    const [, quickShare = 0] = shares(quick)[1] ?? []
    const [, steadyShare = 0] = shares(steady)[1] ?? []
    expect(Number(quickShare)).toBeGreaterThan(Number(steadyShare))
    expect(Number(steadyShare)).toBeGreaterThan(0)
  })

  it('is over some time after the failures are', () => {
    const pods = watch()
    const bad = pods.read(4, 0, { a: well, b: extract(10, 10) })
    expect(pods.at(pods.read(30, bad + 500, { a: well, b: well }))).toBeUndefined()
  })

  it('says nothing now of a pod that is silent, and forgets it', () => {
    const pods = watch()
    const now = pods.read(4, 0, { a: well, b: extract(10, 10), c: well })
    const later = pods.read(4, now + 500, { a: well, c: well })
    expect(pods.at(later)?.latest.map(({ pod }) => pod)).toEqual(['a', 'c'])
    expect(pods.at(later)?.steady.map(({ pod }) => pod)).toEqual(['a', 'b', 'c'])
    expect(pods.seen(later)).toEqual(['a', 'c'])
    expect(pods.at(pods.read(24, later + 500, { a: well, c: well }))).toBeUndefined()
  })
})
