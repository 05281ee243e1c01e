// The eyes of each method.
import type { FailoverObserver } from '../../model/failover.ts'
import type { FailoverMethodName } from '../../model/failover-group.ts'
import { createMysqlObserver } from './mysql.ts'
import { createPatroniObserver } from './patroni.ts'
import { createRedisObserver } from './redis.ts'
import { createSentinelObserver } from './sentinel.ts'
import { createServiceObserver } from './service.ts'

const METHODS: Readonly<Record<FailoverMethodName, (onNews: () => void) => FailoverObserver>> = {
  service: createServiceObserver,
  redis: createRedisObserver,
  sentinel: createSentinelObserver,
  patroni: () => createPatroniObserver(),
  mysql: () => createMysqlObserver(),
}

/** A new one for each group: it keeps connections of its own. `onNews`: a look is worth while before it is due. */
export function createMemberObserver(method: FailoverMethodName, onNews: () => void): FailoverObserver {
  return METHODS[method](onNews)
}
