// The hands of each method.
import type { DelegatedHands, FailoverHands } from '../../model/failover.ts'
import type { FailoverMethodName } from '../../model/failover-group.ts'
import { createMysqlHands } from './mysql.ts'
import { createPatroniHands } from './patroni.ts'
import { createRedisHands } from './redis.ts'
import { createSentinelHands } from './sentinel.ts'
import { createServiceHands } from './service.ts'

export type Hands = ({ readonly kind: 'own' } & FailoverHands) | ({ readonly kind: 'delegated' } & DelegatedHands)

const own = (hands: FailoverHands): Hands => ({ kind: 'own', ...hands })
const delegated = (hands: DelegatedHands): Hands => ({ kind: 'delegated', ...hands })

const METHODS: Readonly<Record<FailoverMethodName, () => Hands>> = {
  service: () => own(createServiceHands()),
  redis: () => own(createRedisHands()),
  sentinel: () => delegated(createSentinelHands()),
  patroni: () => delegated(createPatroniHands()),
  mysql: () => own(createMysqlHands()),
}

/** New ones for each group: they keep connections of their own. */
export function createHands(method: FailoverMethodName): Hands {
  return METHODS[method]()
}
