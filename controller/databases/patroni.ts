// Patroni's REST API through undici: what a member says of itself and of its cluster, and how a switch is asked for.
import { Agent, type Dispatcher, request } from 'undici'
import type { z } from 'zod'
import { messageOf } from '../model/errors.ts'
import type { MemberCredentials, Reach } from '../model/failover.ts'
import { formatDuration, type Milliseconds } from '../model/units.ts'
import {
  PATRONI_CLUSTER,
  PATRONI_CONFIG,
  PATRONI_MEMBER,
  type PatroniCluster,
  type PatroniConfig,
  type PatroniMember,
} from './patroni-words.ts'

export interface PatroniEndpoint {
  /** The member's name, which its certificate names too. */
  readonly member: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
}

export type NoAnswer = Exclude<Reach, { kind: 'answers' }>
export type Answered<T> = { readonly kind: 'ok'; readonly value: T } | NoAnswer

/** `leader` is the precondition: Patroni refuses when another one leads. Without it there must be no leader. */
export interface SwitchWish {
  readonly leader: string | undefined
  readonly candidate: string
}

/** What Patroni said to it: its own words, without anything secret. */
export interface WishAnswer {
  readonly status: number
  readonly text: string
}

export interface PatroniClient {
  /** What this member's Patroni says of its own PostgreSQL, which it asks for it. None of these rejects. */
  member(endpoint: PatroniEndpoint, signal: AbortSignal): Promise<Answered<PatroniMember>>
  /** What stands in the store that all of them share, as this member reads it now. */
  cluster(endpoint: PatroniEndpoint, signal: AbortSignal): Promise<Answered<PatroniCluster>>
  config(endpoint: PatroniEndpoint, signal: AbortSignal): Promise<Answered<PatroniConfig>>
  /** Asks for a switch. Patroni answers only when it is made or has failed, which takes seconds. */
  wish(
    endpoint: PatroniEndpoint,
    wish: SwitchWish,
    credentials: MemberCredentials | undefined,
    signal: AbortSignal,
  ): Promise<Answered<WishAnswer>>
  close(): Promise<void>
}

interface Post {
  readonly body: string
  readonly authorization: string | undefined
}

/** A Patroni that can't ask its PostgreSQL or its store takes as long as they do: that is no answer either. */
const LOOK_WITHIN_MS: Milliseconds = 2_000
/** Patroni follows a switch for at least 20 s before it says that it does not know. */
const WISH_WITHIN_MS: Milliseconds = 30_000
const MOST_BYTES = 1024 * 1024
const MOST_WORDS = 300

export function createPatroniClient({ lookWithinMs = LOOK_WITHIN_MS } = {}): PatroniClient {
  // One deadline of our own for the whole exchange; it does not end what still waits for its connection.
  const pool = { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 }
  const connect = { timeout: lookWithinMs }
  const plain = new Agent({ ...pool, connect })
  const secure = new Map<string, Agent>()

  /** Certificates do not name the addresses of pods: they are to name the member. */
  function dispatcherOf({ scheme, member }: PatroniEndpoint): Dispatcher {
    if (scheme === 'http') return plain
    const agent = secure.get(member) ?? new Agent({ ...pool, connect: { ...connect, servername: member } })
    secure.set(member, agent)
    return agent
  }

  /** Sends one request, once, to this address only: redirects are not followed. */
  async function exchange(
    endpoint: PatroniEndpoint,
    path: string,
    withinMs: Milliseconds,
    signal: AbortSignal,
    post?: Post,
  ): Promise<Answered<WishAnswer>> {
    const late = AbortSignal.timeout(withinMs)
    const ending = AbortSignal.any([signal, late])
    const ended = new Promise<never>((_, reject) => {
      ending.addEventListener('abort', () => reject(ending.reason), { once: true })
    })
    ended.catch(() => {})
    try {
      ending.throwIfAborted()
      return await Promise.race([send(endpoint, path, ending, post), ended])
    } catch (error) {
      if (signal.aborted) return { kind: 'unknown', why: 'the question was given up' }
      if (late.aborted) return { kind: 'silent', why: `no answer within ${formatDuration(withinMs)}` }
      return noAnswerOf(error)
    }
  }

  async function send(
    endpoint: PatroniEndpoint,
    path: string,
    signal: AbortSignal,
    post: Post | undefined,
  ): Promise<Answered<WishAnswer>> {
    const response = await request(`${originOf(endpoint)}${path}`, {
      dispatcher: dispatcherOf(endpoint),
      method: post === undefined ? 'GET' : 'POST',
      headers: {
        'user-agent': 'evenkeel',
        accept: 'application/json',
        ...(post === undefined ? {} : { 'content-type': 'application/json' }),
        ...(post?.authorization === undefined ? {} : { authorization: post.authorization }),
      },
      body: post?.body ?? null,
      signal,
    })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response.body) {
      bytes += chunk.length
      if (bytes > MOST_BYTES) {
        response.body.destroy()
        return { kind: 'unknown', why: 'the answer is larger than 1 MiB' }
      }
      chunks.push(chunk)
    }
    return { kind: 'ok', value: { status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') } }
  }

  async function read<T>(
    endpoint: PatroniEndpoint,
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<Answered<T>> {
    const answer = await exchange(endpoint, path, lookWithinMs, signal)
    if (answer.kind !== 'ok') return answer
    const { status, text } = answer.value
    if (status === 401 || status === 403) return { kind: 'unknown', why: `HTTP ${status} on GET ${path}: not allowed` }
    if (status !== 200) return { kind: 'unknown', why: `HTTP ${status} on GET ${path}: is this Patroni's REST API?` }
    const parsed = schema.safeParse(parseJson(text))
    if (parsed.success) return { kind: 'ok', value: parsed.data }
    const [issue] = parsed.error.issues
    const where = issue === undefined || issue.path.length === 0 ? 'the answer' : issue.path.join('.')
    return { kind: 'unknown', why: `GET ${path} is not as Patroni answers: ${where}: ${issue?.message ?? 'no JSON'}` }
  }

  return {
    member: (endpoint, signal) => read(endpoint, '/patroni', PATRONI_MEMBER, signal),
    cluster: (endpoint, signal) => read(endpoint, '/cluster', PATRONI_CLUSTER, signal),
    config: (endpoint, signal) => read(endpoint, '/config', PATRONI_CONFIG, signal),
    async wish(endpoint, { leader, candidate }, credentials, signal) {
      const path = leader === undefined ? '/failover' : '/switchover'
      const body = JSON.stringify(leader === undefined ? { candidate } : { leader, candidate })
      const basic =
        credentials && Buffer.from(`${credentials.username ?? ''}:${credentials.password}`).toString('base64')
      const authorization = basic === undefined ? undefined : `Basic ${basic}`
      const answer = await exchange(endpoint, path, WISH_WITHIN_MS, signal, { body, authorization })
      if (answer.kind !== 'ok') return answer
      const { status, text } = answer.value
      const secrets = [basic, credentials?.password].filter((one) => one !== undefined && one !== '')
      return { kind: 'ok', value: { status, text: wordsOf(text, secrets) } }
    },
    async close() {
      await Promise.all([plain, ...secure.values()].map((agent) => agent.destroy()))
    },
  }
}

function originOf({ scheme, host, port }: PatroniEndpoint): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** One line of it, and nothing that we have sent to be kept secret. */
function wordsOf(text: string, secrets: readonly (string | undefined)[]): string {
  const told = secrets.reduce<string>((rest, secret) => (secret ? rest.replaceAll(secret, '***') : rest), text)
  const line = told.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
  return line.length > MOST_WORDS ? `${line.slice(0, MOST_WORDS)}…` : line
}

/** Silence is what a lost member gives; what we could not ask, or do not understand, says nothing about it. */
const SILENT: Readonly<Record<string, string>> = {
  ECONNRESET: 'it closed the connection without an answer',
  EPIPE: 'it closed the connection without an answer',
  UND_ERR_SOCKET: 'it closed the connection without an answer',
  EHOSTUNREACH: 'no route to it',
  EHOSTDOWN: 'no route to it',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
}

function noAnswerOf(error: unknown): NoAnswer {
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return { kind: 'refused', why: 'connection refused' }
  const why = code === undefined ? undefined : SILENT[code]
  return why === undefined ? { kind: 'unknown', why: messageOf(error) } : { kind: 'silent', why }
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
