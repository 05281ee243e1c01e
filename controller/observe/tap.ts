// Who looks on while a Guard is observed: diagnosis reads the same bodies, and each pod by itself, beside the signals.
import type { Milliseconds } from '../model/units.ts'
import type { Extract } from './scrape/extract.ts'
import type { Target } from './scrape/targets.ts'

export interface ObserverTap {
  /** A body that was received at `atMs` (monotonic). Its bytes are reused afterwards. Must not throw. */
  body(target: Target, body: Buffer, contentType: string | undefined, atMs: Milliseconds): void
  /** Whether `extract` is to be called: only in trouble, so that calm costs nothing, or for a Guard that compares its pods. */
  readonly wantsExtracts: boolean
  /** What a target said since the round before; `tells` says for each source whether it can be used. Both are reused afterwards. */
  extract(target: Target, extract: Extract, tells: readonly boolean[]): void
}
