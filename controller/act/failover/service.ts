// The hands of the method `service`: nothing but the Service's selector makes a member the active one.
import type { FailoverHands } from '../../model/failover.ts'

/** The step Routing does it all: a member that the Service does not select gets no requests, and needs no telling. */
export function createServiceHands(): FailoverHands {
  const done = async () => ({ kind: 'done' }) as const
  return {
    fence: async () => ({ kind: 'fenced', by: 'Routed', why: 'the Service selects one member only' }),
    unfence: done,
    promote: done,
    follow: done,
    async close() {},
  }
}
