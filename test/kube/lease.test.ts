// Leader election: never two leaders at one instant, and always one again when the API server is back.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Elector,
  type ElectorTiming,
  electOn,
  type LeaderState,
  uniqueIdentity,
} from '../../controller/kube/lease.ts'
import type { LeaseStore, StoredLease } from '../../controller/kube/lease-store.ts'
import { microTime } from '../../controller/kube/micro-time.ts'
import type { Clock } from '../../controller/model/clock.ts'
import { type ManualClock, manualClock, settle } from '../runtime/manual-clock.ts'
import { type Fate, FINE, leaseServer } from './lease-server.ts'

/** The same time with another zero and another speed, as each machine has its own. */
function skewed(clock: ManualClock, offsetMs: number, rate: number): Clock {
  return {
    now: () => clock.now() + offsetMs,
    monotonic: () => clock.monotonic() * rate + 1000,
    sleep: (ms, signal) => clock.sleep(ms / rate, signal),
  }
}

function elect(server: { store: LeaseStore }, identity: string, clock: Clock, options: Partial<ElectorTiming> = {}) {
  const errors: unknown[] = []
  const states: LeaderState[] = []
  const elector = electOn(server.store, {
    identity,
    clock,
    random: () => 0.5,
    onError: (error) => errors.push(error),
    ...options,
  })
  elector.onChange((state) => states.push(state))
  const stop = new AbortController()
  const running = elector.run(stop.signal)
  return { elector, errors, states, stop, running }
}

async function rig() {
  const clock = manualClock()
  const server = leaseServer(clock, () => FINE)
  const a = elect(server, 'a', clock)
  await clock.advance(100)
  const b = elect(server, 'b', clock)
  await clock.advance(5000)
  return { clock, server, a, b }
}

test('the first to come leads, the second stands by and knows who leads', async () => {
  const { a, b } = await rig()
  expect([a.elector.state, b.elector.state]).toEqual(['leading', 'standby'])
  expect([a.elector.holder, b.elector.holder]).toEqual(['a', 'a'])
  expect(a.states).toEqual(['leading'])
})

test('a leader that dies is followed after the lease, not before', async () => {
  const { clock, a, b, server } = await rig()
  const renewedAt = clock.monotonic()
  a.stop.abort()
  await a.running
  await clock.advance(13_000)
  expect(b.elector.isLeading()).toBe(false)
  await clock.advance(7000)
  expect(b.elector.isLeading()).toBe(true)
  expect(server.record()).toMatchObject({ holder: 'b', transitions: 1 })
  expect(clock.monotonic() - renewedAt).toBeLessThan(20_001)
})

test('a release hands over at once', async () => {
  const { clock, a, b, server } = await rig()
  const releasing = a.elector.release()
  expect(a.elector.isLeading()).toBe(false)
  await clock.advance(50)
  await Promise.all([releasing, a.running])
  expect(server.holder()).toBe('')
  await clock.advance(2500)
  expect(b.elector.isLeading()).toBe(true)
  expect(a.states).toEqual(['leading', 'standby'])
})

test('releasing what another holds leaves it alone', async () => {
  const { clock, b, server } = await rig()
  const releasing = b.elector.release()
  await clock.advance(50)
  await releasing
  expect(server.holder()).toBe('a')
})

test('a leader that can’t renew stops within its deadline, says so, and leads again by itself', async () => {
  const { clock, a, server } = await rig()
  server.setDown(true)
  await clock.advance(10_000)
  expect([a.elector.isLeading(), a.elector.state]).toEqual([false, 'lost-contact'])
  expect(a.errors.length).toBeGreaterThan(0)
  server.setDown(false)
  await clock.advance(6000)
  expect(a.elector.state).toBe('leading')
  expect(a.states).toEqual(['leading', 'lost-contact', 'leading'])
})

test('a leader that lost contact and then sees another holder stands by', async () => {
  const clock = manualClock()
  let cut = false
  const server = leaseServer(clock, () => FINE)
  const cutOff: LeaseStore = {
    read: (call) => (cut ? Promise.reject(new Error('cut off')) : server.store.read(call)),
    write: (next, over, call) => server.store.write(next, over, call),
  }
  const a = elect({ store: cutOff }, 'a', clock)
  await clock.advance(100)
  const b = elect(server, 'b', clock)
  await clock.advance(3000)
  cut = true
  await clock.advance(25_000)
  expect([a.elector.state, b.elector.state]).toEqual(['lost-contact', 'leading'])
  cut = false
  await clock.advance(3000)
  expect([a.elector.state, b.elector.state]).toEqual(['standby', 'leading'])
  expect(a.states).toEqual(['leading', 'lost-contact', 'standby'])
})

test('a process that was stopped for long does not lead when it wakes', async () => {
  const time = { ms: 0 }
  const asleep = new Promise<void>(() => undefined)
  const clock: Clock = { now: () => time.ms, monotonic: () => time.ms, sleep: () => asleep }
  const record: StoredLease = {
    holder: 'a',
    leaseMs: 15_000,
    acquireTime: '',
    renewTime: '',
    transitions: 0,
    version: '1',
    raw: {},
  }
  const answered = Promise.withResolvers<StoredLease>()
  const store: LeaseStore = { read: async () => undefined, write: () => answered.promise }
  const { elector } = elect({ store }, 'a', clock)
  await settle()
  // The answer was given in time, but we were not there to read it.
  time.ms = 20_000
  answered.resolve(record)
  await settle()
  expect(elector.isLeading()).toBe(false)
})

test('a Lease that is deleted under its leader is left to it for as long as one that fell silent', async () => {
  const { clock, a, b, server } = await rig()
  server.setDown(false)
  server.remove()
  await clock.advance(4000)
  expect([a.elector.isLeading(), b.elector.isLeading()]).toEqual([true, false])
  expect(server.holder()).toBe('a')
})

test('a change by someone else, such as a label, does not cost the leader its lease', async () => {
  const { clock, a, server } = await rig()
  for (let i = 0; i < 20; i += 1) {
    server.touch()
    await clock.advance(1000)
  }
  expect(a.states).toEqual(['leading'])
})

test('each renewal changes the record, even when the wall clock stands still', async () => {
  const clock = manualClock()
  const server = leaseServer(clock, () => FINE)
  const frozen: Clock = { ...clock, now: () => 1_700_000_000_000 }
  elect(server, 'a', frozen)
  const versions = new Set<string | undefined>()
  for (let i = 0; i < 5; i += 1) {
    await clock.advance(2100)
    versions.add(server.record()?.version)
  }
  expect(versions.size).toBe(5)
})

test('a listener that throws is reported and does not stop the election', async () => {
  const clock = manualClock()
  const server = leaseServer(clock, () => FINE)
  const a = elect(server, 'a', clock)
  a.elector.onChange(() => {
    throw new Error('my fault')
  })
  await clock.advance(30_000)
  expect([a.elector.isLeading(), a.errors.map(String)]).toEqual([true, ['Error: my fault']])
})

test.each([
  { leaseMs: 10_000, renewDeadlineMs: 10_000, retryMs: 2000 },
  { leaseMs: 15_000, renewDeadlineMs: 2000, retryMs: 2000 },
  { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 0 },
])('times that can’t be safe are refused: %o', (times) => {
  const clock = manualClock()
  expect(() =>
    electOn(leaseServer(clock, () => FINE).store, { identity: 'a', clock, onError: () => undefined, ...times }),
  ).toThrow(RangeError)
})

test.each([
  [0, 0, '1970-01-01T00:00:00.000000Z'],
  [1_700_000_000_123, 0, '2023-11-14T22:13:20.123000Z'],
  [1_700_000_000_123, 1, '2023-11-14T22:13:20.123001Z'],
  [1_700_000_000_999.9995, 1, '2023-11-14T22:13:21.000001Z'],
])('the moment %d with %d extra microseconds is written with six digits', (at, extra, text) => {
  expect(microTime(at, extra)).toBe(text)
})

test('identities are unique', () => {
  expect(uniqueIdentity()).not.toBe(uniqueIdentity())
})

const FATE: fc.Arbitrary<Fate> = fc.record({
  thereMs: fc.oneof({ weight: 4, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  backMs: fc.oneof({ weight: 4, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  lost: fc.oneof(
    { weight: 6, arbitrary: fc.constant('no' as const) },
    { weight: 1, arbitrary: fc.constant('request' as const) },
    { weight: 1, arbitrary: fc.constant('answer' as const) },
  ),
})
const MACHINE = fc.record({
  offsetMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  // Crystals differ by a millionth; a fifth is far past that.
  rate: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
  startMs: fc.nat(5000),
})
const EVENT = fc.record({
  afterMs: fc.nat(20_000),
  what: fc.constantFrom('down', 'up', 'touch', 'release first', 'restart first', 'nothing'),
})

test('two electors never both lead, whatever the delays, losses, restarts and clocks; and one leads in the end', async () => {
  let overlaps = 0
  let handovers = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(FATE, { minLength: 1, maxLength: 60 }),
      fc.tuple(MACHINE, MACHINE),
      fc.array(EVENT, { maxLength: 12 }),
      async (fates, machines, events) => {
        const clock = manualClock()
        let calm = false
        let count = 0
        const server = leaseServer(clock, () => (calm ? FINE : (fates[count++ % fates.length] ?? FINE)))
        const clocks = machines.map(({ offsetMs, rate }) => skewed(clock, offsetMs, rate))
        const all: ReturnType<typeof elect>[] = []
        let last: Elector | undefined

        const check = () => {
          const leaders = all.filter(({ elector }) => elector.isLeading())
          if (leaders.length > 1) overlaps += 1
          const [leader] = leaders
          if (leader !== undefined && leader.elector !== last) {
            handovers += 1
            last = leader.elector
          }
        }
        const begin = (index: number) => {
          const own = clocks[index]
          if (own !== undefined)
            all[index] = elect(server, `${index}-${count}-${all.length}`, own, { random: Math.random })
        }

        const [first, second] = machines
        await clock.advance(first.startMs, check)
        begin(0)
        await clock.advance(second.startMs, check)
        begin(1)
        for (const { afterMs, what } of events) {
          await clock.advance(afterMs, check)
          if (what === 'down' || what === 'up') server.setDown(what === 'down')
          else if (what === 'touch') server.touch()
          else if (what === 'release first' || what === 'restart first') {
            const mine = all[0]
            if (mine === undefined) continue
            mine.stop.abort()
            if (what === 'release first') mine.elector.release().catch(() => undefined)
            // A process that ended no longer leads, whatever it last believed.
            begin(0)
          }
        }
        server.setDown(false)
        calm = true
        // Longer than the slowest message that is still on its way, and a lease after it.
        await clock.advance(90_000, check)
        const leading = all.filter(({ elector }) => elector.isLeading()).length
        for (const { stop } of all) stop.abort()
        await clock.advance(1)
        expect([overlaps, leading]).toEqual([0, 1])
      },
    ),
    { numRuns: 300 },
  )
  // The property would hold of electors that never lead, too.
  expect(handovers).toBeGreaterThan(300)
}, 60_000)
