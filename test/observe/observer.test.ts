// What a Guard sees: signals from scrapes, who is missing, and what is unknown and why.
import { describe, expect, it } from 'vitest'
import type { SignalName } from '../../controller/model/signal.ts'
import { createObserver, type ScrapeSpec } from '../../controller/observe/observer.ts'
import { PROFILES } from '../../controller/observe/profiles/profiles.ts'
import type { Target } from '../../controller/observe/scrape/targets.ts'
import { handClock, handFetcher } from './fake-fetcher.ts'

const SPEC: ScrapeSpec = {
  intervalMs: 1000,
  timeoutMs: 800,
  windowMs: 10_000,
  rateWindowMs: 2000,
  minimumRequests: 20,
  sources: PROFILES['prom-client'],
  optional: ['pool', 'queue'],
}

const target = (name: string, changes: Partial<Target> = {}): Target => ({
  pod: `shop/${name}`,
  podUid: name,
  origin: `http://${name}`,
  path: '/metrics',
  cpuCores: 1,
  expected: true,
  ...changes,
})

interface Service {
  requests: number
  errors?: number
  cpu?: number
  extra?: string
}
/** Half of the requests took up to 100 ms, the others up to 500 ms. */
const metrics = ({ requests, errors = 0, cpu = 0, extra = '' }: Service) => `# TYPE http_requests_total counter
http_requests_total{status_code="200"} ${requests - errors}
${errors > 0 ? `http_requests_total{status_code="503"} ${errors}\n` : ''}# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.1"} ${requests / 2}
http_request_duration_seconds_bucket{le="0.5"} ${requests}
http_request_duration_seconds_bucket{le="+Inf"} ${requests}
process_cpu_seconds_total ${cpu}
${extra}`

function watch(targets: readonly Target[], changes: Partial<ScrapeSpec> = {}) {
  const clock = handClock()
  const hand = handFetcher()
  const observer = createObserver({ clock, fetcher: hand.fetcher }, { ...SPEC, ...changes })
  observer.setTargets(targets)
  return {
    ...hand,
    clock,
    observer,
    /** One round, `ms` after the last, in which each pod says what is given. */
    round: (services: Readonly<Record<string, Service | string>>, ms = 1000) => {
      clock.move(ms)
      for (const [name, service] of Object.entries(services)) {
        const said = typeof service === 'string' ? { why: service } : { body: metrics(service) }
        hand.says.set(`http://${name}`, service === 'nothing' ? 'nothing' : said)
      }
      return observer.observe()
    },
  }
}
type Observed = Awaited<ReturnType<ReturnType<typeof watch>['round']>>
const value = (round: Observed, name: SignalName) => {
  const observation = round.observations[name]
  return observation?.kind === 'ok' ? observation.value : observation?.why
}
const missing = (round: Observed, name: SignalName) => {
  const observation = round.observations[name]
  return observation?.kind === 'ok' ? observation.missing : undefined
}

describe('a service', () => {
  it('has its signals after the second scrape, and knows why not before', async () => {
    const { round } = watch([target('a'), target('b', { cpuCores: 0.5 })])
    const first = await round({ a: { requests: 1000 }, b: { requests: 5000 } })
    expect(value(first, 'rps')).toBe('waiting for the second scrape, which makes a rate')
    const second = await round({ a: { requests: 1100, errors: 10, cpu: 0.5 }, b: { requests: 5300, cpu: 0.25 } })
    expect(second.observations).toEqual({
      rps: { kind: 'ok', value: 400 },
      errors: { kind: 'ok', value: 10 / 400 },
      latencyP50: { kind: 'ok', value: 0.1 },
      latencyP95: { kind: 'ok', value: expect.closeTo(0.46) },
      latencyP99: { kind: 'ok', value: expect.closeTo(0.492) },
      cpu: { kind: 'ok', value: 0.75 / 1.5 },
    })
    expect(second.targets).toEqual([
      { pod: 'shop/a', ok: true },
      { pod: 'shop/b', ok: true },
    ])
  })

  it('shows a spike at its height within the rate window, by the time that really passed', async () => {
    const { round } = watch([target('a')], { rateWindowMs: 1000 })
    await round({ a: { requests: 0 } })
    await round({ a: { requests: 100 } })
    expect(value(await round({ a: { requests: 1075 } }, 975), 'rps')).toBeCloseTo(1000)
    expect(value(await round({ a: { requests: 1200 } }, 1250), 'rps')).toBeCloseTo(100)
  })

  it('has unknown errors and latency below the minimum of requests, and known ones at it', async () => {
    const { round } = watch([target('a')])
    await round({ a: { requests: 0 } })
    const few = await round({ a: { requests: 19, errors: 19 } })
    for (const name of ['errors', 'latencyP50', 'latencyP99'] as const) {
      expect(value(few, name)).toBe('19 requests in 10 s, fewer than the minimum of 20')
    }
    expect(value(few, 'rps')).toBe(19)
    expect(value(await round({ a: { requests: 20, errors: 20 } }), 'errors')).toBe(1)
  })

  it('without requests has unknown ratios also when no minimum is asked for', async () => {
    const { round } = watch([target('a')], { minimumRequests: 0 })
    await round({ a: { requests: 7 } })
    const idle = await round({ a: { requests: 7 } })
    expect([value(idle, 'rps'), value(idle, 'errors')]).toEqual([0, 'no requests in 10 s'])
    expect(value(idle, 'latencyP95')).toBe('no requests in 10 s')
  })

  it('forgets what is older than the window', async () => {
    const { round } = watch([target('a')])
    await round({ a: { requests: 0 } })
    expect(value(await round({ a: { requests: 100, errors: 100 } }), 'errors')).toBe(1)
    for (let second = 2; second <= 10; second++) await round({ a: { requests: 100 * second, errors: 100 } })
    expect(value(await round({ a: { requests: 1100, errors: 100 } }), 'errors')).toBe(0)
  })

  it('forgets the window after a pause that was longer', async () => {
    const { round } = watch([target('a')])
    await round({ a: { requests: 0 } })
    await round({ a: { requests: 100, errors: 100 } })
    expect(value(await round({ a: { requests: 200, errors: 100 } }, 60_000), 'errors')).toBe(0)
  })

  it('has its pool and its queue as they are now, when it exposes them', async () => {
    const { round } = watch([target('a'), target('b')])
    const extra = (used: number, depth: number) =>
      `db_pool_connections_in_use ${used}\ndb_pool_connections_max 20\nqueue_depth{queue="x"} ${depth}\nqueue_depth{queue="y"} 1\n`
    const seen = await round({ a: { requests: 0, extra: extra(18, 5) }, b: { requests: 0, extra: extra(2, 7) } })
    expect([value(seen, 'pool'), value(seen, 'queue')]).toEqual([0.5, 14])
  })

  it('has a queue that all pods report once, and a pool with a maximum in numbers', async () => {
    const { round } = watch([target('a'), target('b')], {
      sources: {
        ...PROFILES.generic,
        queue: [{ metric: 'depth', aggregate: 'max' }],
        pool: [{ used: { metric: 'used' }, max: 10 }],
      },
    })
    const seen = await round({
      a: { requests: 0, extra: 'depth 40\nused 4\n' },
      b: { requests: 0, extra: 'depth 41\nused 1\n' },
    })
    expect([value(seen, 'pool'), value(seen, 'queue')]).toEqual([0.25, 41])
    expect(Object.entries(seen.observations).flatMap(([name, one]) => (one === undefined ? [] : [name]))).toEqual([
      'pool',
      'queue',
    ])
  })
})

describe('a counter', () => {
  it('that falls started again from 0, and never gives a negative increase', async () => {
    const { round } = watch([target('a')], { rateWindowMs: 1000 })
    await round({ a: { requests: 1000 } })
    await round({ a: { requests: 1100 } })
    expect(value(await round({ a: { requests: 30 } }), 'rps')).toBe(30)
    expect(value(await round({ a: { requests: 80 } }), 'rps')).toBe(50)
  })

  it('of a new pod is a baseline at first, and that of a pod that went is gone', async () => {
    const { round, observer, forgotten } = watch([target('a')])
    await round({ a: { requests: 0 } })
    await round({ a: { requests: 100 } })
    observer.setTargets([target('a'), target('b')])
    const joined = await round({ a: { requests: 200 }, b: { requests: 1_000_000 } })
    expect([value(joined, 'rps'), missing(joined, 'rps')]).toEqual([100, undefined])
    observer.setTargets([target('b')])
    expect(forgotten).toEqual(['http://a'])
    // Over the two seconds of the window, in the first of which it was not there.
    expect(value(await round({ b: { requests: 1_000_050 } }), 'rps')).toBe(25)
  })

  it('of a pod that missed scrapes makes neither a spike nor a dip when it comes back', async () => {
    const { round } = watch([target('a'), target('b')])
    for (let second = 0; second < 3; second++) {
      await round({ a: { requests: 100 * second }, b: { requests: 100 * second } })
    }
    await round({ a: { requests: 300 }, b: 'timeout after 800 ms' })
    await round({ a: { requests: 400 }, b: 'timeout after 800 ms' })
    const back = await round({ a: { requests: 500 }, b: { requests: 500 } })
    // It failed last time, so that its answer counts when it is there before the others.
    expect(value(back, 'rps')).toBe(200)
    expect(value(await round({ a: { requests: 600 }, b: { requests: 600 } }), 'rps')).toBe(200)
  })

  it('whose first errors make a new series counts them', async () => {
    const { round } = watch([target('a')])
    await round({ a: { requests: 100 } })
    expect(value(await round({ a: { requests: 200, errors: 50 } }), 'errors')).toBe(0.5)
  })

  it('that was not there in a body that was cut off only gets its baseline from the next', async () => {
    const { round, says, observer } = watch([target('a')])
    says.set('http://a', {
      body: 'up 1\n# TYPE http_requests_total counter\nhttp_requests_total{status_code="200"} 10',
    })
    await observer.observe()
    expect(value(await round({ a: { requests: 20_000 } }), 'rps')).toBe(0)
    expect(value(await round({ a: { requests: 20_010 } }), 'rps')).toBeLessThanOrEqual(10)
  })
})

describe('missing pods', () => {
  it('are named while at least half are seen', async () => {
    const { round } = watch([target('a'), target('b'), target('c')])
    await round({ a: { requests: 0 }, b: { requests: 0 }, c: { requests: 0 } })
    const seen = await round({ a: { requests: 100 }, b: { requests: 100 }, c: 'timeout after 800 ms' })
    expect(value(seen, 'rps')).toBe(200)
    expect(missing(seen, 'rps')).toBe('1 of 3 pods not seen: shop/c: timeout after 800 ms')
    expect(seen.targets[2]).toEqual({ pod: 'shop/c', ok: false, why: 'timeout after 800 ms' })
  })

  it('leave the signals unknown when fewer than half are seen', async () => {
    const { round } = watch([target('a'), target('b'), target('c')])
    await round({ a: { requests: 0 }, b: { requests: 0 }, c: { requests: 0 } })
    const seen = await round({ a: { requests: 100 }, b: 'HTTP 500', c: 'connection refused' })
    expect(value(seen, 'rps')).toBe('only 1 of 3 pods seen: shop/b: HTTP 500; shop/c: connection refused')
    expect(value(seen, 'cpu')).toBe(value(seen, 'rps'))
    const none = await round({ a: 'HTTP 500', b: 'HTTP 500', c: 'HTTP 500' })
    expect(value(none, 'rps')).toMatch(/^only 0 of 3 pods seen: shop\/a: HTTP 500; /)
    expect(
      value(
        await watch([])
          .observer.observe()
          .then((round) => round),
        'rps',
      ),
    ).toBe('no pod to scrape')
  })

  it('that are not ready are not missed, but count when they answer', async () => {
    const { round } = watch([target('a'), target('b', { expected: false })])
    await round({ a: { requests: 0 }, b: { requests: 0 } })
    const both = await round({ a: { requests: 100 }, b: { requests: 10 } })
    expect(value(both, 'rps')).toBe(110)
    const one = await round({ a: { requests: 200 }, b: 'connection refused' })
    expect([value(one, 'rps'), missing(one, 'rps')]).toEqual([100, undefined])
  })

  it('that failed last time are not waited for: a late answer counts in the next round', async () => {
    const { round, answer, requests } = watch([target('a'), target('b')])
    await round({ a: { requests: 0 }, b: 'timeout after 800 ms' })
    const second = await round({ a: { requests: 100 }, b: 'nothing' })
    expect(missing(second, 'rps')).toBe('1 of 2 pods not seen: shop/b: timeout after 800 ms')
    expect(requests.map((request) => request.suspect)).toEqual([false, false, false, true])
    await answer('http://b', { body: metrics({ requests: 0 }) })
    // The late answer was its first scrape, so that the next one makes a rate.
    const third = await round({ a: { requests: 200 }, b: { requests: 50 } })
    expect([value(third, 'rps'), missing(third, 'rps')]).toEqual([125, undefined])
  })

  it('have at most one request under way', async () => {
    const { round, requests } = watch([target('a'), target('b')])
    await round({ a: { requests: 0 }, b: 'HTTP 500' })
    for (let scrape = 0; scrape < 5; scrape++) await round({ a: { requests: 0 }, b: 'nothing' })
    expect(requests.filter((request) => request.target.origin === 'http://b')).toHaveLength(2)
  })
})

describe('a signal', () => {
  it('that is only a guess of the profile is absent, one that was named is unknown with what was looked for', async () => {
    const guessed = await watch([target('a')]).round({ a: { requests: 0 } })
    expect(guessed.observations.pool).toBeUndefined()
    expect(guessed.observations.queue).toBeUndefined()
    const named = await watch([target('a')], {
      optional: ['pool'],
      sources: { ...PROFILES['prom-client'], queue: [{ metric: 'jobs', match: { state: 'new' }, aggregate: 'sum' }] },
    }).round({ a: { requests: 0 } })
    expect(value(named, 'queue')).toBe('shop/a does not expose jobs{state=~"new"}')
  })

  it('whose series is NaN is unknown, and comes back without a jump', async () => {
    const { round } = watch([target('a')])
    const cpu = (text: string) => ({ requests: 0, cpu: text as unknown as number })
    await round({ a: cpu('1') })
    await round({ a: cpu('1.5') })
    expect(value(await round({ a: cpu('NaN') }), 'cpu')).toBe('shop/a process_cpu_seconds_total[] is NaN')
    expect(value(await round({ a: cpu('2.5') }), 'cpu')).toBeLessThanOrEqual(1)
  })

  it('is unknown when the answer is no exposition', async () => {
    const { says, observer } = watch([target('a')])
    says.set('http://a', { body: '<!doctype html>\n<title>Login</title>\n' })
    const { targets } = await observer.observe()
    expect(targets).toEqual([
      { pod: 'shop/a', ok: false, why: expect.stringMatching(/^not an exposition: text\/plain, 2 lines were skipped/) },
    ])
  })
})

describe('observing', () => {
  it('ends early when it is aborted, and goes on later', async () => {
    const { says, observer, answer, clock } = watch([target('a')])
    says.set('http://a', 'nothing')
    const stop = new AbortController()
    const round = observer.observe(stop.signal)
    stop.abort()
    expect(value(await round, 'rps')).toMatch(/^only 0 of 1 pods seen/)
    await answer('http://a', { body: metrics({ requests: 0 }) })
    clock.move(1000)
    says.set('http://a', { body: metrics({ requests: 100 }) })
    expect(value(await observer.observe(), 'rps')).toBe(100)
  })

  it('adds up histograms of pods whose buckets differ, as a rollout makes them', async () => {
    const { says, observer, clock } = watch([target('a'), target('b')])
    const histogram = (bounds: readonly string[], count: number) =>
      bounds.map((le) => `http_request_duration_seconds_bucket{le="${le}"} ${le === '0.1' ? 0 : count}\n`).join('')
    for (const count of [0, 100]) {
      clock.move(1000)
      says.set('http://a', { body: histogram(['0.1', '0.5', '+Inf'], count) })
      says.set('http://b', { body: histogram(['0.1', '0.3', '0.5', '+Inf'], count) })
      const round = await observer.observe()
      if (count === 0) continue
      // At 0.3 s: 50 of a's, evenly spread, and 100 of b's.
      expect(value(round, 'latencyP50')).toBeCloseTo(0.1 + 0.2 * (100 / 150))
    }
  })

  it('refuses a match that is no regular expression, and names it', () => {
    expect(() =>
      watch([], { sources: { ...PROFILES.generic, rps: [{ metric: 'm', match: { code: '5(' } }] } }),
    ).toThrow('m: match.code is not a regular expression: 5(')
  })
})
