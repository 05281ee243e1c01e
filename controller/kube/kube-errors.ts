// Turns every way a request can fail into one KubeError that says what failed, where, and what to do.
import { KubeError, messageOf } from '../model/errors.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'
import { isObject, numberAt, textAt } from './json.ts'

/** What was asked, for messages: `verb` is the HTTP method, `object` as in "Deployment shop/checkout". */
export interface Asked {
  readonly verb: string
  readonly object: string
  readonly server: string
}

const ADVICE: Readonly<Record<number, string>> = {
  400: 'The request is malformed for this API server: check that its version serves this API.',
  401: 'The credentials are not accepted: renew the token or the client certificate.',
  403: 'Permission is missing: grant this verb on this resource to our service account (RBAC).',
  404: 'It does not exist, or its API is not served: create it, or install its CRD.',
  405: 'This API server does not offer the verb on this resource: check its version.',
  409: 'Someone else changed it in between: read it again and decide anew.',
  410: 'The history asked for is gone: list again.',
  413: 'The object is too large: write less into it.',
  422: 'The API server does not accept the object: correct the named field.',
  429: 'The API server is busy: wait before asking again.',
  503: 'The API server is not ready: wait before asking again.',
  504: 'The API server ran out of time: wait before asking again.',
}

function adviceFor(status: number): string {
  return (
    ADVICE[status] ?? (status >= 500 ? 'The API server failed: see its log.' : 'See the API reference of the verb.')
  )
}

/** Retry-After as seconds or as an HTTP date, against the wall clock `now`. Undefined when it says neither. */
function parseRetryAfter(header: string | undefined, now: EpochMs): Milliseconds | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** The error of a response that is not 2xx. `text` is its body: a Status object, or anything a proxy may say. */
export function refusal(
  asked: Asked,
  response: { readonly status: number; readonly retryAfter: string | undefined; readonly text: string },
  now: EpochMs,
): KubeError {
  return refusalFrom(asked, response.status, parseStatus(response.text), parseRetryAfter(response.retryAfter, now))
}

/** The error of a Status object, whether it came as a response or as an ERROR event inside a watch. */
export function refusalFrom(
  asked: Asked,
  httpStatus: number,
  status: unknown,
  retryAfterMs?: Milliseconds | undefined,
): KubeError {
  const code = numberAt(status, 'code') ?? httpStatus
  const reason = textAt(status, 'reason') ?? `HTTP ${code}`
  const said = typeof status === 'string' ? status.trim().slice(0, 200) : (textAt(status, 'message') ?? '')
  const seconds = numberAt(status, 'details', 'retryAfterSeconds')
  const wait = retryAfterMs ?? (seconds !== undefined && seconds > 0 ? seconds * 1000 : undefined)
  return new KubeError(
    `${asked.verb} ${asked.object}: ${code} ${reason}${said === '' ? '' : `: ${said}`}. ${adviceFor(code)}`,
    {
      status: code,
      reason,
      retryAfterMs: wait,
    },
  )
}

/** The error of a request that got no answer, with the network's own code as the reason. */
export function unreachable(asked: Asked, error: unknown): KubeError {
  const reason = networkCode(error)
  const advice = /CERT|VERIFY|ERR_TLS/.test(reason)
    ? 'Its certificate can’t be verified: check the certificate-authority of the kubeconfig, and that the certificate names this address.'
    : 'Check that the API server runs, that its address is right and that the network lets us through.'
  return new KubeError(
    `${asked.verb} ${asked.object}: no answer from ${asked.server} (${reason}: ${messageOf(error)}). ${advice}`,
    { status: 0, reason, cause: error },
  )
}

/** The error of a token file, exec plugin or certificate that can't be had: nothing was sent. */
export function noCredentials(server: string, error: unknown): KubeError {
  return new KubeError(
    `The credentials for ${server} can't be had (${messageOf(error).trim()}). Check the token file, exec plugin or certificates that the kubeconfig names.`,
    { status: 0, reason: 'Credentials', cause: error },
  )
}

/** The error of a request that ran past its deadline; whether a write was carried out is not known. */
export function tooLate(asked: Asked, timeoutMs: Milliseconds): KubeError {
  return new KubeError(
    `${asked.verb} ${asked.object}: no answer from ${asked.server} within ${timeoutMs} ms. Read the object before writing again: the request may have been carried out.`,
    { status: 0, reason: 'DeadlineExceeded' },
  )
}

/** The error of a 2xx response that can't be read. */
export function unreadable(asked: Asked, status: number, cause: unknown): KubeError {
  return new KubeError(
    `${asked.verb} ${asked.object}: the answer of ${asked.server} is not the JSON expected (${messageOf(cause)}). Check that the address is an API server's and that no proxy rewrites its answers.`,
    { status, reason: 'InvalidResponse', cause },
  )
}

/** An answer whose JSON lacks a field that it must have. */
export function missingField(asked: Asked, field: string): KubeError {
  return unreadable(asked, 200, new TypeError(`field ${field} is missing or of another type`))
}

export function isConflict(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 409
}

export function isNotFound(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 404
}

export function isForbidden(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 403
}

function parseStatus(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : text
  } catch {
    // Proxies answer in plain text or HTML: what they say is the best there is.
    return text
  }
}

function networkCode(error: unknown): string {
  return textAt(error, 'code') ?? textAt(error, 'cause', 'code') ?? (error instanceof Error ? error.name : 'Unknown')
}
