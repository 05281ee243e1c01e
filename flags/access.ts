// Who may read flags: everyone, or whoever has one of the tokens of a file, which may change while we run.
import { createHmac, hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Clock } from '../controller/model/clock.ts'
import { ConfigError, messageOf } from '../controller/model/errors.ts'
import type { Milliseconds } from '../controller/model/units.ts'

export interface Access {
  /** Anyone may read: no header needs to be looked at. */
  readonly isOpen: boolean
  /** Whether a request with these headers may read. */
  allows(authorization: string | undefined, apiKey?: string | undefined): boolean
  /** Stands for a token in the URL of a namespace's event stream, since browsers can't send headers there. Empty when reading is open. */
  ticketFor(namespace: string): string
  allowsTicket(namespace: string, ticket: string | undefined): boolean
}

const READ_AGAIN_MS: Milliseconds = 10_000

/**
 * Reads the file, one token a line, now and again from time to time; an empty path means that reading is open. A file that
 * can't be read later leaves the tokens as they are. Throws ConfigError when it can't be used at the start.
 */
export async function openAccess(
  path: string,
  clock: Clock,
  signal: AbortSignal,
  onProblem: (message: string) => void,
): Promise<Access> {
  if (path === '') return { isOpen: true, allows: () => true, ticketFor: () => '', allowsTicket: () => true }
  let tokens = await readTokens(path)
  let digests = digestsOf(tokens)

  async function keepReading(): Promise<void> {
    for (;;) {
      await clock.sleep(READ_AGAIN_MS, signal)
      try {
        tokens = await readTokens(path)
        digests = digestsOf(tokens)
      } catch (error) {
        onProblem(`${messageOf(error)} The tokens stay as they were.`)
      }
    }
  }
  keepReading().catch((error: unknown) => {
    if (!signal.aborted) onProblem(messageOf(error))
  })

  return {
    isOpen: false,
    allows(authorization, apiKey) {
      const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [undefined, apiKey]
      return token !== undefined && digests.has(hash('sha256', token))
    },
    ticketFor: (namespace) => ticketOf(tokens[0] ?? '', namespace),
    allowsTicket: (namespace, ticket) =>
      ticket !== undefined &&
      tokens.some((token) => hash('sha256', ticketOf(token, namespace)) === hash('sha256', ticket)),
  }
}

/** Looked up by digest, so that the time it takes tells nothing about a token. */
function digestsOf(tokens: readonly string[]): ReadonlySet<string> {
  return new Set(tokens.map((token) => hash('sha256', token)))
}

function ticketOf(token: string, namespace: string): string {
  return createHmac('sha256', token).update(`events of ${namespace}`).digest('base64url')
}

async function readTokens(path: string): Promise<readonly string[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`EVENKEEL_FLAGS_TOKEN_FILE=${path} can't be read: ${messageOf(error)}.`, { cause: error })
  }
  const tokens = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (tokens.length === 0) throw new ConfigError(`EVENKEEL_FLAGS_TOKEN_FILE=${path} holds no token: write one a line.`)
  return tokens
}
