// The event recorder: one event for many of the same, bounded in every direction, and never in anyone's way.
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { createEventRecorder, cutToBytes, type EventRecorderOptions } from '../../controller/kube/events.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { type ManualClock, manualClock } from '../runtime/manual-clock.ts'
import { type ApiDouble, sendJson, startApiDouble, statusObject } from './api-double.ts'

let api: ApiDouble
let client: KubeClient
let clock: ManualClock
let errors: unknown[]

beforeEach(async () => {
  api = await startApiDouble((request, response) => sendJson(response, 200, JSON.parse(request.body)))
  client = await connectKube({ kubeconfigPath: api.kubeconfigPath, requestTimeoutMs: 5000, clock: systemClock })
  clock = manualClock()
  errors = []
})

afterEach(async () => {
  await client.close()
  await api.close()
})

function recorder(options: Partial<EventRecorderOptions> = {}) {
  return createEventRecorder({ client, clock, instance: 'pod-1', onError: (error) => errors.push(error), ...options })
}

function event(note: string, name = 'checkout') {
  const regarding = { apiVersion: 'evenkeel.dev/v1alpha1', kind: 'Guard', namespace: 'shop', name, uid: `uid-${name}` }
  return { regarding, type: 'Warning', reason: 'LimitBreached', action: 'Evaluate', note } as const
}

const written = () => api.requests.map(({ method, body }) => ({ method, body: JSON.parse(body) }))

test('an event carries all that events.k8s.io/v1 requires', async () => {
  const events = recorder()
  events.record(event('p99 is 900 ms'))
  await events.flush()
  expect(api.requests[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/shop/events')
  expect(written()[0]?.body).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: 'shop', name: expect.stringMatching(/^checkout\.[0-9a-f]{16}$/) },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'evenkeel.dev/controller',
    reportingInstance: 'pod-1',
    type: 'Warning',
    reason: 'LimitBreached',
    action: 'Evaluate',
    note: 'p99 is 900 ms',
    regarding: { kind: 'Guard', name: 'checkout' },
  })
})

test('the same within two minutes becomes the count of one event; after that it is a new one', async () => {
  const events = recorder()
  for (let i = 0; i < 3; i += 1) {
    events.record(event('slow'))
    await events.flush()
    await clock.advance(60_000)
  }
  expect(written().map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH'])
  expect(written()[2]?.body).toEqual({ series: { count: 3, lastObservedTime: '2026-01-01T00:02:00.000000Z' } })
  await clock.advance(120_000)
  events.record(event('slow'))
  await events.flush()
  expect(written()[3]?.method).toBe('POST')
  expect(events.counts).toEqual({ sent: 4, repeated: 2, dropped: 0, failed: 0 })
})

test('a flood of repeats is written seldom, and no repeat goes uncounted', async () => {
  const events = recorder({ perObject: { perSecond: 1 / 60, burst: 3 } })
  for (let i = 0; i < 600; i += 1) {
    events.record(event('slow'))
    await events.flush()
    await clock.advance(100)
  }
  expect(api.requests).toHaveLength(3)
  await clock.advance(60_000)
  events.record(event('slow'))
  await events.flush()
  expect(written().at(-1)?.body.series.count).toBe(601)
})

test('one noisy object does not use up the events of another', async () => {
  const events = recorder({ perObject: { perSecond: 1 / 60, burst: 5 } })
  for (let i = 0; i < 100; i += 1) events.record(event(`note ${i}`, 'noisy'))
  events.record(event('calm', 'quiet'))
  await events.flush()
  expect(api.requests).toHaveLength(6)
  expect(events.counts).toEqual({ sent: 6, repeated: 0, dropped: 95, failed: 0 })
})

test('in all, writes keep to their rate, and what does not fit into the queue is dropped', async () => {
  const events = recorder({ overall: { perSecond: 1, burst: 2 }, queueLimit: 4 })
  for (let i = 0; i < 20; i += 1) events.record(event('slow', `guard-${i}`))
  // The first is taken out of the queue at once.
  expect(events.counts.dropped).toBe(15)
  await waitForRequests(2)
  for (let seen = 2; seen < 5; seen += 1) {
    await clock.advance(999)
    expect(api.requests).toHaveLength(seen)
    await clock.advance(1)
    await waitForRequests(seen + 1)
  }
  await events.flush()
  expect(events.counts.sent).toBe(5)
})

test('a flush waits for an API server that hangs no longer than it is told', async () => {
  const events = recorder()
  api.answer(() => undefined)
  events.record(event('slow'))
  let flushed = false
  const flushing = events.flush(300).then(() => {
    flushed = true
  })
  await clock.advance(299)
  expect(flushed).toBe(false)
  await clock.advance(1)
  await flushing
  expect([flushed, events.counts.sent]).toEqual([true, 0])
})

test('failures are counted and reported, and the next of the same is written as new', async () => {
  const events = recorder()
  api.answer((_, response) => sendJson(response, 500, statusObject(500, 'InternalError', 'etcd is gone')))
  events.record(event('slow'))
  await events.flush()
  expect([events.counts.failed, errors.length]).toEqual([1, 1])
  api.answer((request, response) => sendJson(response, 200, JSON.parse(request.body)))
  events.record(event('slow'))
  await events.flush()
  expect(written().at(-1)).toMatchObject({ method: 'POST', body: { series: { count: 2 } } })
})

test('an event that expired on the server is written anew, with its count', async () => {
  const events = recorder()
  events.record(event('slow'))
  await events.flush()
  api.answer((request, response) =>
    request.method === 'PATCH'
      ? sendJson(response, 404, statusObject(404, 'NotFound', ''))
      : sendJson(response, 200, JSON.parse(request.body)),
  )
  events.record(event('slow'))
  await events.flush()
  expect(written().map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST'])
  expect(written()[2]?.body.series.count).toBe(2)
  expect(events.counts.failed).toBe(0)
})

test('an object without a namespace has its events in default, and a long name is cut', async () => {
  const events = recorder()
  const note = event('slow')
  events.record({
    ...note,
    regarding: { ...note.regarding, namespace: '', name: `${'n'.repeat(229)}-${'m'.repeat(30)}` },
  })
  await events.flush()
  expect(api.requests[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/default/events')
  expect(written()[0]?.body.metadata.name).toMatch(/^n{229}\.[0-9a-f]{16}$/)
})

test('a note is cut to 1 KiB between characters', async () => {
  const events = recorder()
  events.record(event('é'.repeat(2000)))
  await events.flush()
  expect(written()[0]?.body.note).toBe('é'.repeat(512))
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, bytes) => {
      const cut = cutToBytes(text, bytes)
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes)
      expect(text.startsWith(cut)).toBe(true)
      // No whole character more would have fitted.
      const next = [...text.slice(cut.length)][0] ?? ''
      if (next !== '') expect(Buffer.byteLength(cut + next)).toBeGreaterThan(bytes)
    }),
  )
})

async function waitForRequests(count: number): Promise<void> {
  const deadline = performance.now() + 5000
  while (api.requests.length < count) {
    if (performance.now() > deadline) throw new Error(`${api.requests.length} requests came, ${count} were expected`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
