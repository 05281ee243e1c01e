// What every handler works on: the objects, the resources that are served, and the time.
import type { Registry } from './registry.ts'
import type { Store } from './store.ts'

export interface Cluster {
  readonly store: Store
  readonly registry: Registry
  /** Milliseconds since the epoch. */
  now(): number
}

/** One request about objects. */
export interface Call {
  readonly namespace: string | undefined
  /** Who writes, for managedFields. */
  readonly manager: string
  readonly isDryRun: boolean
}

/** As the API writes times: whole seconds. */
export function timestamp(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z')
}
