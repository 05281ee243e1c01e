// The hands of each method.
import type { DelegatedHands, FailoverHands } from '../../model/failover.ts'
import type { FailoverMethodName } from '../../model/failover-group.ts'
import { createServiceHands } from './service.ts'

export type Hands =
  | ({ readonly kind: 'own' } & FailoverHands)
  | ({ readonly kind: 'delegated' } & DelegatedHands)
  | { readonly kind: 'none'; close(): Promise<void> }

type Maker = () => Hands

const own = (hands: FailoverHands): Hands => ({ kind: 'own', ...hands })

const METHODS: Partial<Record<FailoverMethodName, Maker>> = {
  service: () => own(createServiceHands()),
}

/** New ones for each group: they keep connections of their own. */
export function createHands(method: FailoverMethodName): Hands {
  return METHODS[method]?.() ?? { kind: 'none', async close() {} }
}
