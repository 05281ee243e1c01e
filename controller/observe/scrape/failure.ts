// Why a scrape failed, in words for people.
import { messageOf } from '../../model/errors.ts'

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the target',
  EPIPE: 'connection reset by the target',
  EHOSTUNREACH: 'no route to the target',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not found: the name server did not answer',
  EMFILE: 'this process has too many open files: raise its limit (ulimit -n)',
  UND_ERR_SOCKET: 'connection closed by the target before the end of the response',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'body shorter or longer than its content-length',
  UND_ERR_HEADERS_OVERFLOW: 'response headers larger than 16 KiB',
  UND_ERR_INVALID_ARG: 'the address or path is not valid',
}

/** The code of a network error, also when it stands in its cause or in the first of several. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error instanceof AggregateError ? error.errors[0] : error.cause)
}

/** "connection refused", "TLS: self-signed certificate", "not HTTP: …". */
export function describeFailure(error: unknown): string {
  if (error instanceof Error && error.name === 'HTTPParserError') return `not HTTP: ${error.message}`
  const code = codeOf(error)
  const words = code === undefined ? undefined : WORDS[code]
  if (words !== undefined) return words
  if (code === undefined) return messageOf(error)
  if (/CERT|TLS|SSL/.test(code)) return `TLS: ${messageOf(error)}`
  return `${messageOf(error)} (${code})`
}
