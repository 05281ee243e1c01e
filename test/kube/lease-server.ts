// A server that holds one Lease and compares versions, behind a network that delays and loses, on a clock of the test's.
import type { LeaseRecord, LeaseStore, StoredLease } from '../../controller/kube/lease-store.ts'
import { KubeError } from '../../controller/model/errors.ts'
import type { ManualClock } from '../runtime/manual-clock.ts'

/** How one request fares: on the way there, on the way back, and whether it is lost before or after it was carried out. */
export interface Fate {
  readonly thereMs: number
  readonly backMs: number
  readonly lost: 'no' | 'request' | 'answer'
}
export const FINE: Fate = { thereMs: 1, backMs: 1, lost: 'no' }

/** `nextFate` says how each request fares. */
export function leaseServer(clock: ManualClock, nextFate: () => Fate) {
  let held: StoredLease | undefined
  let version = 0
  let down = false

  async function carry<T>(timeoutMs: number, signal: AbortSignal | undefined, work: () => T): Promise<T> {
    const fate = nextFate()
    const late = () => new KubeError('no answer', { status: 0, reason: 'DeadlineExceeded' })
    const arrives = clock.sleep(fate.thereMs).then(() => {
      if (down || fate.lost === 'request') return clock.sleep(timeoutMs).then(() => Promise.reject(late()))
      const answer = work()
      if (fate.lost === 'answer') return clock.sleep(timeoutMs).then(() => Promise.reject(late()))
      return clock.sleep(fate.backMs).then(() => answer)
    })
    // A request that is late or given up goes on travelling, and may still be carried out.
    arrives.catch(() => undefined)
    const giveUp = new AbortController()
    const deadline = clock
      .sleep(timeoutMs, signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal]))
      .then(() => Promise.reject(late()))
    try {
      return await Promise.race([arrives, deadline])
    } finally {
      giveUp.abort()
      deadline.catch(() => undefined)
    }
  }

  const store: LeaseStore = {
    read: ({ timeoutMs, signal }) => carry(timeoutMs, signal, () => held),
    write: async (next: LeaseRecord, over, { timeoutMs, signal }) => {
      const answer = await carry(timeoutMs, signal, (): StoredLease | KubeError => {
        if (over?.version !== held?.version) return new KubeError('conflict', { status: 409, reason: 'Conflict' })
        // As the API server does: a write that changes nothing makes no version.
        const { version: _v, raw: _r, ...current } = held ?? { version: '', raw: {} }
        if (held !== undefined && JSON.stringify(current) === JSON.stringify(next)) return held
        version += 1
        held = { ...next, version: String(version), raw: {} }
        return held
      })
      if (answer instanceof KubeError) throw answer
      return answer
    },
  }
  return {
    store,
    holder: () => held?.holder,
    record: () => held,
    setDown(value: boolean) {
      down = value
    },
    remove() {
      held = undefined
    },
    /** A change by someone who is no elector, such as a label. */
    touch() {
      version += 1
      if (held !== undefined) held = { ...held, version: String(version) }
    },
  }
}
