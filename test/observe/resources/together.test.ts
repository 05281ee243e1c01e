// Cache lookups and outgoing calls against what is usual: learned in calm times, over all pods.
import { describe, expect, it } from 'vitest'
import { advanceBaseline, type Baseline, usualOf } from '../../../controller/observe/resources/baseline.ts'
import { EXPORTERS } from '../../../controller/observe/resources/exporters/exporters.ts'
import { SERVICE } from '../../../controller/observe/resources/exporters/service.ts'
import {
  type CallsRecipe,
  type HitsRecipe,
  metricsOf,
  type Recipe,
} from '../../../controller/observe/resources/recipe.ts'
import { takeSnapshot } from '../../../controller/observe/resources/samples.ts'
import { createTogether } from '../../../controller/observe/resources/together.ts'

type Shared = HitsRecipe | CallsRecipe
const shared = (recipes: readonly Recipe[], reads: string): Shared => {
  const found = recipes.find((recipe) => metricsOf(recipe).includes(reads))
  if (found?.kind !== 'hits' && found?.kind !== 'calls') throw new Error(`nothing reads ${reads}`)
  return found
}
const REDIS = shared(EXPORTERS.redis, 'redis_keyspace_hits_total')
const CALLS = shared(SERVICE, 'http_client_request_duration_seconds_count')

/** One target after another body, 30 s each. */
function course(recipe: Shared) {
  const together = createTogether()
  const wanted = new Set(metricsOf(recipe))
  let last: ReturnType<typeof takeSnapshot> | undefined
  let atMs = 0
  return (body: string, isCalm: boolean) => {
    atMs += 30_000
    const now = takeSnapshot(Buffer.from(body), undefined, wanted, atMs)
    const before = last
    last = now
    return together.read(recipe, 'redis', [{ before, now, choice: {} }], isCalm)
  }
}

describe('a cache', () => {
  const body = (hits: number, misses: number) =>
    `redis_keyspace_hits_total ${hits}\nredis_keyspace_misses_total ${misses}\nredis_evicted_keys_total ${misses}\n`

  it('that hits 10 % where 80 % is usual has lost seven eighths of its hits', () => {
    const read = course(REDIS)
    for (let turn = 0; turn < 5; turn++) read(body(8000 * turn, 2000 * turn), true)
    const [reading] = read(body(32_000 + 1000, 8000 + 9000), false)
    expect(reading).toMatchObject({ kind: 'ok', utilisation: 0.875, amount: '10 % hits, usually 80 %' })
    expect(reading?.kind === 'ok' && reading.evidence).toBe(
      'redis: 10 % of 10,000 lookups hit; 80 % is usual; 300 keys are evicted a second.',
    )
  })

  it('whose trouble lasts does not become used to it', () => {
    const read = course(REDIS)
    for (let turn = 0; turn < 5; turn++) read(body(8000 * turn, 2000 * turn), true)
    let last = read(body(32_000, 18_000), false)
    for (let turn = 1; turn < 200; turn++) last = read(body(32_000, 18_000 + 10_000 * turn), false)
    expect(last[0]).toMatchObject({ utilisation: 1, amount: '0 % hits, usually 80 %' })
  })

  it('of which nothing is known yet is unknown, and so is one with few lookups', () => {
    const read = course(REDIS)
    read(body(0, 0), true)
    expect(read(body(100, 900), false)[0]).toMatchObject({
      kind: 'unknown',
      why: 'its usual share of hits is not known yet; now it is 10 %',
    })
    expect(read(body(110, 905), false)[0]).toMatchObject({ kind: 'unknown', why: 'only 15 lookups' })
  })
})

describe('outgoing calls', () => {
  const body = (good: number, bad: number, seconds: number) =>
    [
      `http_client_request_duration_seconds_count{server_address="pay",http_response_status_code="200"} ${good}`,
      `http_client_request_duration_seconds_sum{server_address="pay",http_response_status_code="200"} ${seconds}`,
      `http_client_request_duration_seconds_count{server_address="pay",error_type="timeout"} ${bad}`,
      'http_client_request_duration_seconds_count{server_address="rare",http_response_status_code="500"} 7',
      '',
    ].join('\n')

  it('are told by the server that is called: the share that fails, and their time against the usual one', () => {
    const read = course(CALLS)
    for (let turn = 0; turn < 5; turn++) read(body(1000 * turn, 0, 50 * turn), true)
    expect(read(body(4000 + 300, 100, 200 + 300), false)).toEqual([
      expect.objectContaining({
        of: 'pay',
        sign: 'fails',
        utilisation: 0.25,
        evidence: '25 % of 400 calls to pay fail.',
      }),
      expect.objectContaining({
        of: 'pay',
        sign: 'slow',
        utilisation: expect.closeTo(1 - 0.05 / 0.75),
        evidence: 'Calls to pay take 750 ms in the mean; 50 ms is usual.',
      }),
    ])
  })

  it('that the service made badly (4xx) are no failures of the other side', () => {
    const read = course(CALLS)
    const told = (bad: number) =>
      `http_client_request_duration_seconds_count{server_address="pay",http_response_status_code="404",error_type="404"} ${bad}\n`
    read(told(0), true)
    expect(read(told(500), false)[0]).toMatchObject({ sign: 'fails', utilisation: 0 })
  })

  it('whose counters begin again count what they show', () => {
    const read = course(CALLS)
    read(body(9000, 0, 1), true)
    expect(read(body(60, 0, 3), false)[0]).toMatchObject({ evidence: '0 % of 60 calls to pay fail.' })
  })
})

describe('what is usual', () => {
  it('is a mean at first, and then follows slowly', () => {
    let baseline: Baseline | undefined
    for (const value of [1, 2, 3]) baseline = advanceBaseline(baseline, value, 30_000)
    expect(baseline?.value).toBeCloseTo(2)
    for (let turn = 0; turn < 40; turn++) baseline = advanceBaseline(baseline, 2, 30_000)
    const moved = advanceBaseline(baseline, 12, 30_000)
    expect(moved.value).toBeGreaterThan(2)
    expect(moved.value).toBeLessThan(3)
  })

  it('is not known before a minute was seen', () => {
    const first = advanceBaseline(undefined, 1, 30_000)
    expect(usualOf(first)).toBeUndefined()
    expect(usualOf(advanceBaseline(first, 1, 30_000))).toBe(1)
  })
})
