// Signals that come from elsewhere: put in their places, and what goes wrong there stays there.
import { describe, expect, it } from 'vitest'
import { NO_COUNTS } from '../../controller/model/counts.ts'
import type { SourceName } from '../../controller/model/profiles.ts'
import type { Observations } from '../../controller/model/signal.ts'
import type { GuardObserver, Round } from '../../controller/observe/observer.ts'
import type { Target } from '../../controller/observe/scrape/targets.ts'
import { observeSeveral, type Side } from '../../controller/observe/several.ts'
import { manualClock, settle } from '../runtime/manual-clock.ts'

const ok = (value: number) => ({ kind: 'ok', value }) as const
const OWN: Observations = {
  rps: ok(100),
  errors: ok(0.01),
  latencyP99: ok(0.2),
  cpu: ok(0.5),
  pool: ok(0.1),
  queue: ok(5),
}
const TARGET: Target = {
  pod: 'shop/a',
  podUid: 'a',
  origin: 'http://a',
  path: '/metrics',
  cpuCores: 1,
  expected: true,
}

/** An observer that answers when the test says so, or at once. */
function observer(says: Observations | 'when told' = 'when told', counts = NO_COUNTS) {
  const told: Target[][] = []
  const asked: PromiseWithResolvers<Round>[] = []
  let isClosed = false
  const roundOf = (observations: Observations): Round => ({
    at: 7,
    observations,
    targets: [{ pod: 'shop/x', ok: true }],
  })
  const self: GuardObserver = {
    setTargets: (targets) => told.push([...targets]),
    observe: () => {
      const one = Promise.withResolvers<Round>()
      asked.push(one)
      if (says !== 'when told') one.resolve(roundOf(says))
      return one.promise
    },
    takeCounts: () => counts,
    close: () => {
      isClosed = true
    },
  }
  return {
    self,
    told,
    asked,
    answer: (observations: Observations) => asked.at(-1)?.resolve(roundOf(observations)),
    get isClosed() {
      return isClosed
    },
  }
}

const side = (
  one: { readonly self: GuardObserver },
  signals: readonly SourceName[],
  more: Partial<Side> = {},
): Side => ({
  signals,
  observer: one.self,
  isSlow: false,
  isOfPods: false,
  ...more,
})

function several(own: GuardObserver | undefined, sides: readonly Side[]) {
  const clock = manualClock()
  const eyes = observeSeveral(own, sides, { clock, waitMs: 800 })
  /** What is known of a signal: its value, or why there is none. */
  const look = async () => {
    const { observations } = await eyes.observe()
    return (name: keyof Observations) => {
      const seen = observations[name]
      return seen?.kind === 'ok' ? seen.value : seen?.why
    }
  }
  return { clock, eyes, look }
}

describe('a signal from elsewhere', () => {
  it('takes the place of the Guard’s own, and only its own', async () => {
    const { eyes } = several(observer(OWN).self, [
      side(observer({ pool: ok(0.9), queue: ok(7), rps: ok(1) }), ['pool']),
      side(observer({ latencyP50: ok(1), latencyP95: ok(2), latencyP99: ok(3) }), ['latency']),
    ])
    const round = await eyes.observe()
    expect(round.observations).toEqual({
      ...OWN,
      pool: ok(0.9),
      latencyP50: ok(1),
      latencyP95: ok(2),
      latencyP99: ok(3),
    })
    expect(round).toMatchObject({ at: 7, targets: [{ pod: 'shop/x' }, { pod: 'shop/x' }, { pod: 'shop/x' }] })
  })

  it('is counted where it is read: errors and their requests in one place, durations in another', () => {
    const count = (events: number) => ({ events, bad: 1, watchedMs: 1000 })
    const eyes = several(observer(OWN, { requests: count(1), timed: count(2) }).self, [
      side(observer({}, { requests: count(3), timed: count(4) }), ['errors', 'rps']),
      side(observer({}, { requests: count(5), timed: count(6), between: [0.05, 0.1] }), ['latency']),
      side(observer({}, { requests: count(7), timed: count(8) }), ['pool', 'rps']),
    ]).eyes
    expect(eyes.takeCounts()).toEqual({ requests: count(3), timed: count(6), between: [0.05, 0.1] })
    expect(several(undefined, []).eyes.takeCounts()).toEqual(NO_COUNTS)
  })

  it('is all there is when the Guard has nothing of its own', async () => {
    const { eyes, clock } = several(undefined, [side(observer({ queue: ok(7) }), ['queue'])])
    const round = await eyes.observe()
    expect(round.at).toBe(clock.now())
    expect(Object.entries(round.observations).filter(([, one]) => one !== undefined)).toEqual([['queue', ok(7)]])
  })

  it('that its place does not tell is unknown, also where the Guard’s own would be known', async () => {
    const { look } = several(observer(OWN).self, [side(observer({}), ['pool'])])
    const seen = await look()
    expect(seen('pool')).toBe('nothing tells it')
    expect(seen('queue')).toBe(5)
  })
})

describe('a place that can’t be read', () => {
  it('leaves what the others tell alone, however it fails', async () => {
    const broken = observer()
    const { look } = several(observer(OWN).self, [side(broken, ['pool']), side(observer({ queue: ok(7) }), ['queue'])])
    const looking = look()
    broken.asked[0]?.reject(new Error('out of memory'))
    const seen = await looking
    expect([seen('pool'), seen('queue'), seen('rps')]).toEqual(['out of memory', 7, 100])
  })

  it('says why no pod is there to read from, and names those that can’t be read beside the others', async () => {
    const one = observer({ pool: { kind: 'unknown', why: 'no pod to scrape' } })
    const two = observer({ queue: { ...ok(7), missing: '1 of 3 pods not seen: shop/b: HTTP 500' } })
    const { eyes } = several(observer(OWN).self, [side(one, ['pool']), side(two, ['queue'])])
    eyes.setSide(0, { targets: [], readyPods: 0, reasons: ['Service shop/pgbouncer does not exist'] })
    eyes.setSide(1, { targets: [TARGET], readyPods: 1, reasons: ['shop/c has no port named "metrics"'] })
    expect(one.told).toEqual([[]])
    expect(two.told).toEqual([[TARGET]])
    const { observations } = await eyes.observe()
    expect(observations.pool).toEqual({ kind: 'unknown', why: 'Service shop/pgbouncer does not exist' })
    expect(observations.queue).toEqual({
      ...ok(7),
      missing: '1 of 3 pods not seen: shop/b: HTTP 500; shop/c has no port named "metrics"',
    })
    eyes.setSide(0, { targets: [TARGET], readyPods: 1, reasons: [] })
    expect((await eyes.observe()).observations.pool).toMatchObject({ why: 'no pod to scrape' })
  })
})

describe('a slow place', () => {
  it('holds a round up no longer than the Guard waits, and tells its last reading until it answers', async () => {
    const slow = observer()
    const { look, clock } = several(observer(OWN).self, [side(slow, ['queue'], { isSlow: true })])
    let done = false
    const first = look().finally(() => {
      done = true
    })
    await clock.advance(799)
    expect(done).toBe(false)
    await clock.advance(1)
    expect((await first)('queue')).toBe('no answer yet')
    expect((await first)('rps')).toBe(100)

    slow.answer({ queue: ok(7) })
    await settle()
    const second = look()
    await clock.advance(800)
    expect((await second)('queue')).toBe(7)
    expect(slow.asked).toHaveLength(2)

    const third = look()
    slow.answer({ queue: { kind: 'unknown', why: 'timeout after 10 s' } })
    expect((await third)('queue')).toBe('timeout after 10 s')
    expect(slow.asked).toHaveLength(2)
    expect(clock.next()).toBeUndefined()
  })

  it('is waited for when it has no longer to answer than the Guard itself', async () => {
    const quick = observer()
    const { look, clock } = several(observer(OWN).self, [side(quick, ['queue'])])
    const looking = look()
    await clock.advance(5_000)
    quick.answer({ queue: ok(7) })
    expect((await looking)('queue')).toBe(7)
  })
})

it('the pods of the workload go to those that read them, and all are closed together', () => {
  const [own, exporter, cpu] = [observer(OWN), observer({}), observer({})]
  const { eyes } = several(own.self, [side(exporter, ['pool']), side(cpu, ['cpu'], { isOfPods: true })])
  eyes.setTargets([TARGET])
  expect([own.told, exporter.told, cpu.told]).toEqual([[[TARGET]], [], [[TARGET]]])
  eyes.close()
  expect([own.isClosed, exporter.isClosed, cpu.isClosed]).toEqual([true, true, true])
})
