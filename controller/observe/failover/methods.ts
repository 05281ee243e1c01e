// The eyes of each method.
import type { FailoverObserver } from '../../model/failover.ts'
import type { FailoverMethodName } from '../../model/failover-group.ts'
import { createRedisObserver } from './redis.ts'
import { createSentinelObserver } from './sentinel.ts'
import { createServiceObserver } from './service.ts'

type Maker = (onNews: () => void) => FailoverObserver

const METHODS: Partial<Record<FailoverMethodName, Maker>> = {
  service: createServiceObserver,
  redis: createRedisObserver,
  sentinel: createSentinelObserver,
}

/** A new one for each group: it keeps connections of its own. `onNews`: a look is worth while before it is due. */
export function createMemberObserver(method: FailoverMethodName, onNews: () => void): FailoverObserver {
  return METHODS[method]?.(onNews) ?? unseen(method)
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
