// Kubernetes Events (events.k8s.io/v1) for people who look at an object: deduplicated, rate limited, best effort.
import type { Clock } from '../model/clock.ts'
import type { Milliseconds } from '../model/units.ts'
import { createTokenBucket, type TokenBucket } from '../runtime/token-bucket.ts'
import type { KubeClient } from './client.ts'
import { isNotFound } from './kube-errors.ts'
import { microTime } from './micro-time.ts'
import { createObject, mergePatch } from './objects.ts'
import { EVENTS } from './resource-type.ts'

/** The object an event is about. */
export interface EventSubject {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid?: string
}

export interface EventNote {
  readonly regarding: EventSubject
  /** Another object that had a part in it, such as the workload that was scaled. */
  readonly related?: EventSubject
  readonly type: 'Normal' | 'Warning'
  /** UpperCamelCase, for machines: "LimitBreached". At most 128 characters. */
  readonly reason: string
  /** What was done or tried, UpperCamelCase: "Scale". At most 128 characters. */
  readonly action: string
  /** One sentence for people; cut to 1 KiB. */
  readonly note: string
}

/** How many events became what, since the start. */
interface EventCounts {
  /** Written to the API server, as a new event or as a count of an old one. */
  readonly sent: number
  /** Repeated within the window: counted in the event that stands for them. */
  readonly repeated: number
  /** Left out since their object had too many, or the queue was full. */
  readonly dropped: number
  /** Not taken by the API server. */
  readonly failed: number
}

export interface EventRecorderOptions {
  readonly client: KubeClient
  readonly clock: Clock
  /** Which process reports, such as its pod's name. */
  readonly instance: string
  readonly onError: (error: unknown) => void
  /** The same event about the same object within this long is one event with a count; default 2 min. */
  readonly windowMs?: Milliseconds
  /** Writes about one object; default 25 at once, then one a minute. */
  readonly perObject?: { readonly perSecond: number; readonly burst: number }
  /** Writes in all; default 50 at once, then 5 a second. */
  readonly overall?: { readonly perSecond: number; readonly burst: number }
  /** Writes that may wait; default 1000. */
  readonly queueLimit?: number
}

export interface EventRecorder {
  /** Takes the event and returns at once; never throws. */
  record(event: EventNote): void
  readonly counts: EventCounts
  /** Resolves when nothing waits to be written, and at the latest after `withinMs`; default 2 s. Never throws. */
  flush(withinMs?: Milliseconds): Promise<void>
}

const MOST_NOTE_BYTES = 1024
const MOST_TRACKED = 4096

/** One event on the API server, and how often it has happened. */
interface Series {
  readonly event: EventNote
  readonly name: string
  readonly firstAt: string
  lastAt: string
  lastMonotonic: Milliseconds
  count: number
  stored: boolean
  queued: boolean
}

/** An event recorder with an empty memory. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, instance, onError, windowMs = 120_000, queueLimit = 1000 } = options
  const perObject = options.perObject ?? { perSecond: 1 / 60, burst: 25 }
  const overall = createTokenBucket({ ...(options.overall ?? { perSecond: 5, burst: 50 }), clock })
  /** By what makes two events the same; least recently seen first. */
  const series = new Map<string, Series>()
  const buckets = new Map<string, TokenBucket>()
  const queue: Series[] = []
  const counts = { sent: 0, repeated: 0, dropped: 0, failed: 0 }
  let pumping: Promise<void> | undefined

  function record(event: EventNote): void {
    const key = JSON.stringify([subjectKey(event.regarding), event.type, event.reason, event.action, event.note])
    const known = series.get(key)
    const now = clock.monotonic()
    const at = microTime(clock.now())
    // Insertion order is the order of last use.
    series.delete(key)
    if (known !== undefined && now - known.lastMonotonic < windowMs) {
      known.count += 1
      known.lastAt = at
      known.lastMonotonic = now
      series.set(key, known)
      counts.repeated += 1
      // Without a token the count is kept, and the next write carries it.
      if (!known.queued && mayWrite(event.regarding)) enqueue(known)
      return
    }
    forgetOld(now)
    if (!mayWrite(event.regarding)) {
      counts.dropped += 1
      return
    }
    const fresh: Series = {
      event,
      name: eventName(event.regarding.name),
      firstAt: at,
      lastAt: at,
      lastMonotonic: now,
      count: 1,
      stored: false,
      queued: false,
    }
    if (enqueue(fresh)) series.set(key, fresh)
  }

  function enqueue(entry: Series): boolean {
    if (queue.length >= queueLimit) {
      counts.dropped += 1
      return false
    }
    entry.queued = true
    queue.push(entry)
    pumping ??= pump().finally(() => {
      pumping = undefined
    })
    return true
  }

  async function pump(): Promise<void> {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      const waitMs = overall.reserve()
      if (waitMs > 0) await clock.sleep(waitMs)
      entry.queued = false
      try {
        await write(entry)
        counts.sent += 1
      } catch (error) {
        counts.failed += 1
        onError(error)
      }
    }
  }

  async function write(entry: Series): Promise<void> {
    if (entry.stored && entry.count > 1) {
      const { namespace } = entry.event.regarding
      const patch = { series: { count: entry.count, lastObservedTime: entry.lastAt } }
      try {
        await mergePatch(client, EVENTS, { namespace: namespaceOf(namespace), name: entry.name }, patch)
        return
      } catch (error) {
        // Events live for an hour: one that expired is written anew.
        if (!isNotFound(error)) throw error
      }
    }
    await createObject(client, EVENTS, manifest(entry, instance))
    entry.stored = true
  }

  function mayWrite(subject: EventSubject): boolean {
    const key = subjectKey(subject)
    let bucket = buckets.get(key)
    if (bucket === undefined) {
      if (buckets.size >= MOST_TRACKED) for (const [old, its] of buckets) if (its.isFull()) buckets.delete(old)
      bucket = createTokenBucket({ ...perObject, clock })
      buckets.set(key, bucket)
    }
    return bucket.tryTake()
  }

  function forgetOld(now: Milliseconds): void {
    for (const [key, entry] of series) {
      if (now - entry.lastMonotonic < windowMs && series.size < MOST_TRACKED) return
      series.delete(key)
    }
  }

  return {
    record,
    get counts() {
      return { ...counts }
    },
    async flush(withinMs = 2_000) {
      const done = new AbortController()
      const late = clock.sleep(withinMs, done.signal).catch((error) => {
        if (!done.signal.aborted) onError(error)
      })
      await Promise.race([pumping, late])
      done.abort()
    },
  }
}

/** Events about objects without a namespace live in "default". */
function namespaceOf(namespace: string): string {
  return namespace === '' ? 'default' : namespace
}

function subjectKey({ apiVersion, kind, namespace, name, uid = '' }: EventSubject): string {
  return JSON.stringify([apiVersion, kind, namespace, name, uid])
}

function eventName(subject: string): string {
  const suffix = crypto.randomUUID().replaceAll('-', '').slice(0, 16)
  // A name has at most 253 characters and no part of it may end in a dash or a dot.
  return `${subject.slice(0, 230).replace(/[-.]+$/, '')}.${suffix}`
}

function manifest(entry: Series, instance: string) {
  const { regarding, related, type, reason, action, note } = entry.event
  return {
    metadata: { namespace: namespaceOf(regarding.namespace), name: entry.name },
    eventTime: entry.firstAt,
    reportingController: 'evenkeel.dev/controller',
    reportingInstance: instance.slice(0, 128),
    type,
    reason,
    action,
    note: cutToBytes(note, MOST_NOTE_BYTES),
    regarding,
    ...(related === undefined ? {} : { related }),
    ...(entry.count > 1 ? { series: { count: entry.count, lastObservedTime: entry.lastAt } } : {}),
  }
}

/** The longest beginning of `text` that fits into so many bytes of UTF-8 without splitting a character. */
export function cutToBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text, 'utf8')
  if (encoded.length <= bytes) return text
  let end = bytes
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return encoded.toString('utf8', 0, end)
}
