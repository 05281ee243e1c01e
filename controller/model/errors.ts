// Every error of ours: a literal `code` to switch on, a message that says what, where and what to do, and the cause.
import type { Milliseconds } from './units.ts'

export abstract class EvenkeelError extends Error {
  abstract readonly code: string
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
  }
}

/** Retrying can't help: what was asked for is wrong. The workqueue drops the key until it changes. */
export class TerminalError extends EvenkeelError {
  readonly code = 'TERMINAL'
}

/** A knob of the process has a value that can't be used. */
export class ConfigError extends EvenkeelError {
  readonly code = 'CONFIG'
}

/** A command could not do what it was asked; the message says why. */
export class CommandError extends EvenkeelError {
  readonly code = 'COMMAND'
}

/** The Kubernetes API refused a request, or could not be reached (`status` 0). */
export class KubeError extends EvenkeelError {
  readonly code = 'KUBE'
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** The API server's machine-readable reason ("Conflict", "NotFound", …), or the network error's code. */
  readonly reason: string
  /** How long the server asked us to wait (Retry-After); undefined when it didn't say. */
  readonly retryAfterMs: Milliseconds | undefined
  constructor(
    message: string,
    details: { status: number; reason: string; retryAfterMs?: Milliseconds | undefined; cause?: unknown },
  ) {
    super(message, { cause: details.cause })
    this.status = details.status
    this.reason = details.reason
    this.retryAfterMs = details.retryAfterMs
  }
}

/** The one-line text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
