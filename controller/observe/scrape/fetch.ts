// Gets one target's exposition over HTTP: kept-alive connections, real deadlines, bounded bodies, and reasons instead of exceptions.
import type { Milliseconds } from '../../model/units.ts'
import type { Target } from './targets.ts'

export interface FetchRequest {
  readonly target: Pick<Target, 'origin' | 'path'>
  /** For the whole exchange: connect, headers and body. */
  readonly timeoutMs: Milliseconds
  /** The target failed last time: it gets only a small share of the slots, so that it can't delay the healthy. */
  readonly suspect: boolean
}

export type FetchResult<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** `why` can be read by a person: "timeout after 800 ms", "HTTP 500", "connection refused". */
  | { readonly kind: 'failed'; readonly why: string }

/** Reads a body of `length` bytes. The bytes are reused after it returns: it must copy what it keeps. */
export type BodyReader<T> = (body: Buffer, contentType: string | undefined) => T

export interface Fetcher {
  /** Resolves with what `read` made of the body, or with why there is none. Never rejects. */
  fetch<T>(request: FetchRequest, read: BodyReader<T>): Promise<FetchResult<T>>
  /** Closes the connection to an origin that is no longer scraped. */
  forget(origin: string): void
  close(): void
}
