// Leader election on a Lease: at most one process says that it leads at any instant, whatever the clocks and the network do.
import { hostname } from 'node:os'
import type { Clock } from '../model/clock.ts'
import type { Milliseconds } from '../model/units.ts'
import { jittered } from '../runtime/backoff.ts'
import { createTimers } from '../runtime/timers.ts'
import type { KubeClient } from './client.ts'
import { type LeaseRecord, type LeaseStore, leaseStore, type StoredLease } from './lease-store.ts'
import { microTime } from './micro-time.ts'

/** `lost-contact`: we led, can't renew, and have not seen another holder. */
export type LeaderState = 'standby' | 'leading' | 'lost-contact'

export interface ElectorTiming {
  readonly identity: string
  readonly clock: Clock
  /** How long others leave an unchanged record alone; default 15 s. */
  readonly leaseMs?: Milliseconds
  /**
   * How long one renewal lets us lead; default 10 s. What is left to leaseMs is the time that a write may still take
   * that began while we led, and the room for clocks that run at different speeds.
   */
  readonly renewDeadlineMs?: Milliseconds
  /** Between renewals, and between attempts to take over; default 2 s. */
  readonly retryMs?: Milliseconds
  /** Told of each failed attempt; a lost race (409) is one. */
  readonly onError: (error: unknown) => void
  readonly random?: () => number
}

export interface ElectorOptions extends ElectorTiming {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
}

export interface Elector {
  /** Campaigns and renews until the signal aborts or `release` is called. Gives nothing up by itself: see `release`. */
  run(signal: AbortSignal): Promise<void>
  /** Whether we lead at this instant. Ask immediately before each write. */
  isLeading(): boolean
  readonly state: LeaderState
  /** Who held the Lease when it was last read; undefined when nobody did. */
  readonly holder: string | undefined
  /** Calls `handler` when the state changes, until the returned function is called. */
  onChange(handler: (state: LeaderState) => void): () => void
  /**
   * Stops leading now, ends `run`, and empties the Lease so that another takes over at once. Call it when nothing
   * writes any more. Throws KubeError when the API server can't be told; the Lease then runs out by itself.
   */
  release(): Promise<void>
}

/** An identity that no other process has, a restarted one of the same pod included. */
export function uniqueIdentity(): string {
  return `${hostname()}_${crypto.randomUUID()}`
}

/** An elector on a Lease of the cluster; `run` starts it. The identity must be unique to the process. */
export function createElector(options: ElectorOptions): Elector {
  return electOn(leaseStore(options.client, options), options)
}

/** An elector on any store that compares versions. Throws RangeError when the times can't be safe. */
export function electOn(store: LeaseStore, options: ElectorTiming): Elector {
  const { identity, clock, onError } = options
  const { leaseMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2_000, random = Math.random } = options
  if (!(retryMs > 0 && renewDeadlineMs > retryMs && leaseMs > renewDeadlineMs)) {
    throw new RangeError(
      `leader election: retry ${retryMs} ms < renew deadline ${renewDeadlineMs} ms < lease ${leaseMs} ms must hold`,
    )
  }
  const callMs = Math.max(retryMs, renewDeadlineMs / 4)
  const handlers = new Set<(state: LeaderState) => void>()
  /** The record as last seen, and when we first saw this version of it: remote timestamps are never trusted. */
  let seen: { readonly record: StoredLease; readonly at: Milliseconds } | undefined
  let leadingUntil = Number.NEGATIVE_INFINITY
  /** We have led, and have seen no other holder since. */
  let led = false
  let released = new AbortController()
  let published: LeaderState = 'standby'
  let turn: Promise<unknown> = Promise.resolve()
  const timers = createTimers(clock, publish)

  function isLeading(): boolean {
    return clock.monotonic() < leadingUntil
  }

  function state(): LeaderState {
    if (isLeading()) return 'leading'
    return led ? 'lost-contact' : 'standby'
  }

  function publish(): void {
    const now = state()
    if (now === published) return
    published = now
    for (const handler of handlers) {
      try {
        handler(now)
      } catch (error) {
        onError(error)
      }
    }
  }

  function see(record: StoredLease): void {
    if (seen?.record.version === record.version) return
    seen = { record, at: clock.monotonic() }
  }

  function stopLeading(): void {
    leadingUntil = Number.NEGATIVE_INFINITY
    led = false
    timers.clear('deadline')
  }

  /** How long the record must still stay unchanged before we may take it. */
  function waitMs(record: StoredLease | undefined): Milliseconds {
    if (record?.holder === identity || record?.holder === '') return 0
    // A Lease that was deleted under its holder is left alone for as long as one that stopped changing.
    const last = seen
    if (last === undefined || last.record.holder === identity || last.record.holder === '') return 0
    return last.at + Math.max(leaseMs, last.record.leaseMs) - clock.monotonic()
  }

  /** One round: read, judge, write. The deadline counts from before the write, since others count from after it. */
  async function attempt(signal: AbortSignal): Promise<void> {
    const call = { timeoutMs: callMs, signal }
    const record = await store.read(call)
    if (record !== undefined) see(record)
    if (record !== undefined && record.holder !== '' && record.holder !== identity) stopLeading()
    if (waitMs(record) > 0) return
    const sentAt = clock.monotonic()
    const written = await store.write(nextRecord(record), record, call)
    see(written)
    if (signal.aborted) return
    led = true
    leadingUntil = sentAt + renewDeadlineMs
    timers.set('deadline', leadingUntil)
  }

  function nextRecord(over: StoredLease | undefined): LeaseRecord {
    const now = microTime(clock.now())
    // A write that changes nothing gets no new version, and others would not see it.
    const renewTime = now === over?.renewTime ? microTime(clock.now(), 1) : now
    const ours = over?.holder === identity
    return {
      holder: identity,
      leaseMs,
      acquireTime: ours ? over.acquireTime : now,
      renewTime,
      transitions: (over?.transitions ?? 0) + (over === undefined || ours ? 0 : 1),
    }
  }

  /** Runs one piece of work after the other: a renewal and a release never overlap. */
  function exclusive(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }

  return {
    async run(signal) {
      released = new AbortController()
      const ended = AbortSignal.any([signal, released.signal])
      while (!ended.aborted) {
        try {
          await exclusive(() => attempt(ended))
        } catch (error) {
          if (ended.aborted) return
          onError(error)
        }
        publish()
        try {
          await clock.sleep(isLeading() ? retryMs : jittered(retryMs, 0.2, random), ended)
        } catch (error) {
          if (!ended.aborted) throw error
        }
      }
    },
    isLeading,
    get state() {
      return state()
    },
    get holder() {
      return seen === undefined || seen.record.holder === '' ? undefined : seen.record.holder
    },
    onChange(handler) {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
    async release() {
      stopLeading()
      released.abort(new Error('the lease was released'))
      timers.stop()
      publish()
      await exclusive(async () => {
        const record = await store.read({ timeoutMs: callMs })
        if (record?.holder !== identity) return
        const renewTime = microTime(clock.now())
        see(await store.write({ ...record, holder: '', renewTime }, record, { timeoutMs: callMs }))
      })
    },
  }
}
