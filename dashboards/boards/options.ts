// What boards are made from besides our metrics' names.
import type { GuardSpec } from '../../controller/model/guard.ts'

export interface BoardOptions {
  /** Where the runbooks are read, without a file; no links to them when absent. */
  readonly runbooks?: string | undefined
}

/** A Guard whose spec was accepted. */
export interface KnownGuard {
  readonly namespace: string
  readonly name: string
  readonly spec: GuardSpec
}
