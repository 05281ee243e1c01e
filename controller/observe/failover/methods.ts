// The eyes of each method.
import type { FailoverObserver } from '../../model/failover.ts'
import type { FailoverMethodName } from '../../model/failover-group.ts'
import { createServiceObserver } from './service.ts'

const METHODS: Partial<Record<FailoverMethodName, () => FailoverObserver>> = {
  service: createServiceObserver,
}

/** A new one for each group: it keeps connections of its own. */
export function createMemberObserver(method: FailoverMethodName): FailoverObserver {
  return METHODS[method]?.() ?? unseen(method)
}

/** Of a method that this build has no eyes for, everything is unknown, which is no ground for anything. */
function unseen(method: string): FailoverObserver {
  const why = `this version of Evenkeel can't look at members of the method ${method}`
  return {
    look: async ({ spec }) => ({
      members: spec.members.map(({ name }) => ({ name, reach: { kind: 'unknown', why } })),
    }),
    async close() {},
  }
}
