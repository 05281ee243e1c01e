// The workqueue: one worker per key, nothing added is lost, failures wait, and periods don't drift.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../../controller/model/clock.ts'
import { KubeError, TerminalError } from '../../controller/model/errors.ts'
import { createWorkqueue, type ReconcileResult, type WorkqueueOptions } from '../../controller/runtime/workqueue.ts'
import { manualClock, settle } from './manual-clock.ts'

/** A queue on a manual clock that notes when each key was reconciled, and its failures. */
function recordedQueue(
  reconcile: (key: string, run: number) => ReconcileResult | Promise<ReconcileResult>,
  options: Partial<WorkqueueOptions> = {},
) {
  const clock = manualClock()
  const runs: { key: string; at: number }[] = []
  const errors: { key: string; failures: number; retryAfterMs: number | undefined }[] = []
  const queue = createWorkqueue({
    clock,
    concurrency: Number.POSITIVE_INFINITY,
    random: () => 1,
    onError: ({ key, failures, retryAfterMs }) => errors.push({ key, failures, retryAfterMs }),
    reconcile: async (key) => {
      runs.push({ key, at: clock.monotonic() })
      return reconcile(key, runs.filter((run) => run.key === key).length)
    },
    ...options,
  })
  return { clock, runs, errors, queue, times: (key: string) => runs.filter((run) => run.key === key).map((r) => r.at) }
}

test('a key added many times before a worker is free is reconciled once', async () => {
  const { queue, clock, times } = recordedQueue(() => ({}), { concurrency: 1 })
  queue.add('busy')
  for (let i = 0; i < 10; i += 1) queue.add('a')
  expect(queue.waiting).toBe(1)
  await clock.advance(10)
  expect(times('a')).toHaveLength(1)
})

test('a key added while it is worked on is reconciled again afterwards, not beside it', async () => {
  const gate = Promise.withResolvers<void>()
  const { queue, clock, times } = recordedQueue(async (_key, run) => {
    if (run === 1) await gate.promise
    return {}
  })
  queue.add('a')
  queue.add('a')
  queue.add('a')
  await clock.advance(5)
  expect(times('a')).toHaveLength(1)
  gate.resolve()
  await clock.advance(5)
  expect(times('a')).toHaveLength(2)
  expect(queue.processing).toBe(0)
})

test('a period is counted from when the reconcile was due, so that it does not drift by the time the work takes', async () => {
  const rig = recordedQueue(async () => {
    await rig.clock.sleep(30)
    return { requeueAfterMs: 100 }
  })
  rig.queue.add('a')
  await rig.clock.advance(450)
  expect(rig.times('a')).toEqual([0, 100, 200, 300, 400])
})

test('missed periods are skipped, not caught up', async () => {
  const rig = recordedQueue(async (_key, run) => {
    if (run === 1) await rig.clock.sleep(350)
    return { requeueAfterMs: 100 }
  })
  rig.queue.add('a')
  await rig.clock.advance(700)
  expect(rig.times('a')).toEqual([0, 350, 450, 550, 650])
})

test('a change in between starts the period anew: one reconcile per period', async () => {
  const rig = recordedQueue(() => ({ requeueAfterMs: 100 }))
  rig.queue.add('a')
  await rig.clock.advance(60)
  rig.queue.add('a')
  await rig.clock.advance(250)
  expect(rig.times('a')).toEqual([0, 60, 160, 260])
})

test('addAfter keeps the earliest time and is not lost to a reconcile in between', async () => {
  const rig = recordedQueue(() => ({}))
  rig.queue.addAfter('a', 300)
  rig.queue.addAfter('a', 100)
  rig.queue.addAfter('a', 200)
  rig.queue.add('a')
  await rig.clock.advance(1000)
  expect(rig.times('a')).toEqual([0, 100])
})

test('a failing key waits twice as long each time, and begins anew after a success', async () => {
  const rig = recordedQueue((_key, run) => {
    if (run <= 4) throw new Error('no')
    return {}
  })
  rig.queue.add('a')
  await rig.clock.advance(10_000)
  expect(rig.times('a')).toEqual([0, 100, 300, 700, 1500])
  expect(rig.errors.map((error) => error.failures)).toEqual([1, 2, 3, 4])
})

test('a TerminalError is not retried until the key is added again', async () => {
  const rig = recordedQueue((_key, run) => {
    if (run === 1) throw new TerminalError('spec.target is wrong')
    return {}
  })
  rig.queue.add('a')
  await rig.clock.advance(3_600_000)
  expect(rig.times('a')).toEqual([0])
  expect(rig.errors).toEqual([{ key: 'a', failures: 1, retryAfterMs: undefined }])
  rig.queue.add('a')
  await rig.clock.advance(1)
  expect(rig.times('a')).toHaveLength(2)
})

test('a failure with Retry-After waits at least that long', async () => {
  const rig = recordedQueue((_key, run) => {
    if (run === 1) throw new KubeError('busy', { status: 429, reason: 'TooManyRequests', retryAfterMs: 7000 })
    return {}
  })
  rig.queue.add('a')
  await rig.clock.advance(20_000)
  expect(rig.times('a')).toEqual([0, 7000])
})

test('the retries of all keys together are limited, while fresh keys go at once', async () => {
  const rig = recordedQueue(
    (key) => {
      if (key.startsWith('bad')) throw new Error('no')
      return {}
    },
    { retries: { perSecond: 1, burst: 1 }, backoff: { baseMs: 10, maxMs: 10 } },
  )
  for (let i = 0; i < 5; i += 1) rig.queue.add(`bad-${i}`)
  rig.queue.add('good')
  await rig.clock.advance(3500)
  const retriesDone = rig.runs.filter((run) => run.key.startsWith('bad')).length - 5
  expect(retriesDone).toBeLessThanOrEqual(4)
  expect(retriesDone).toBeGreaterThanOrEqual(3)
  expect(rig.times('good')).toEqual([0])
})

test('a key forgotten while it is worked on does not come back', async () => {
  const gate = Promise.withResolvers<ReconcileResult>()
  const rig = recordedQueue(() => gate.promise)
  rig.queue.add('a')
  rig.queue.addAfter('a', 50)
  await settle()
  rig.queue.forget('a')
  gate.resolve({ requeueAfterMs: 10 })
  await rig.clock.advance(1000)
  expect(rig.times('a')).toEqual([0])
})

test('drain waits for the work under way and starts nothing more', async () => {
  const gate = Promise.withResolvers<ReconcileResult>()
  const rig = recordedQueue(() => gate.promise, { concurrency: 1 })
  rig.queue.add('a')
  rig.queue.add('b')
  let drained = false
  const draining = rig.queue.drain().then(() => {
    drained = true
  })
  await settle()
  expect(drained).toBe(false)
  gate.resolve({ requeueAfterMs: 1 })
  await draining
  rig.queue.add('c')
  await rig.clock.advance(1000)
  expect(rig.runs.map((run) => run.key)).toEqual(['a'])
  expect(rig.clock.next()).toBeUndefined()
})

type Step =
  | { readonly kind: 'add'; readonly key: string }
  | { readonly kind: 'after'; readonly key: string; readonly ms: number }
  | { readonly kind: 'pass'; readonly ms: number }

const KEY = fc.constantFrom('a', 'b', 'c', 'd')
const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), key: KEY }),
  fc.record({ kind: fc.constant('after' as const), key: KEY, ms: fc.nat(300) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(200) }),
)
const WORK = fc.record({
  takesMs: fc.nat(120),
  outcome: fc.constantFrom('done', 'again', 'fails', 'terminal'),
  requeueAfterMs: fc.integer({ min: 1, max: 400 }),
})

test('whatever is added, however long work takes and however it ends: one worker per key, the limit holds, nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(STEP, { maxLength: 40 }),
      fc.array(WORK, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY),
      async (steps, works, concurrency) => {
        const clock = manualClock()
        const active = new Set<string>()
        const violations: string[] = []
        /** Since when each key has been waiting to be looked at. */
        const owed = new Map<string, number>()
        let count = 0
        const queue = createWorkqueue({
          clock,
          concurrency,
          onError: () => undefined,
          reconcile: async (key) => {
            if (active.has(key)) violations.push(`two workers on ${key}`)
            active.add(key)
            if (active.size > concurrency) violations.push(`${active.size} at once`)
            owed.delete(key)
            const work = works[count++ % works.length] ?? { takesMs: 0, outcome: 'done', requeueAfterMs: 1 }
            // In the end all work succeeds, so that the queue comes to rest.
            const outcome = count > 400 ? 'done' : work.outcome
            await clock.sleep(work.takesMs)
            active.delete(key)
            if (outcome === 'fails') throw new Error('no')
            if (outcome === 'terminal') throw new TerminalError('never')
            return outcome === 'again' ? { requeueAfterMs: work.requeueAfterMs } : {}
          },
        })
        for (const step of steps) {
          if (step.kind === 'pass') await clock.advance(step.ms)
          else if (step.kind === 'after') {
            queue.addAfter(step.key, step.ms)
            owed.set(step.key, clock.monotonic())
          } else {
            // Set first: with a free worker the key is reconciled within add.
            owed.set(step.key, clock.monotonic())
            queue.add(step.key)
          }
        }
        await clock.advance(200_000)
        expect(violations).toEqual([])
        expect([...owed.keys()]).toEqual([])
        expect(queue.waiting).toBe(0)
        await queue.drain()
      },
    ),
    { numRuns: 60 },
  )
})

test('on the real clock no round of a period comes early', async () => {
  const starts: number[] = []
  const done = Promise.withResolvers<void>()
  const queue = createWorkqueue({
    clock: systemClock,
    concurrency: 1,
    onError: ({ error }) => done.reject(error),
    reconcile: async () => {
      starts.push(performance.now())
      if (starts.length === 51) done.resolve()
      return { requeueAfterMs: 20 }
    },
  })
  queue.add('tick')
  await done.promise
  await queue.drain()
  const first = starts[0] ?? 0
  const lateness = starts.map((at, round) => at - first - round * 20)
  // But for the platform's rounding. How late a busy machine makes a round is its own affair.
  expect(Math.min(...lateness)).toBeGreaterThan(-1.5)
})
