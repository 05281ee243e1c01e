// Prometheus's HTTP API through undici: few connections to a server, a deadline for each question, and a bound on answers.
import { request } from 'undici'
import { type EpochMs, formatDuration, type Milliseconds } from '../../model/units.ts'
import { describeFailure } from '../scrape/failure.ts'
import { nameOf } from '../secrets.ts'
import { createAgents } from './agents.ts'
import { type Answer, readAnswer } from './answer.ts'
import { type CredentialSource, isSame } from './credentials.ts'
import { withoutSecrets } from './redact.ts'
import type { Credentials } from './secret.ts'
import type { PrometheusServer } from './spec.ts'

export interface Span {
  readonly fromMs: EpochMs
  readonly toMs: EpochMs
  readonly stepMs: Milliseconds
}

export interface PrometheusApi {
  /** The value of a query now. Never rejects. The deadline counts waiting for a connection too. */
  query(server: PrometheusServer, query: string, timeoutMs: Milliseconds): Promise<Answer>
  /** Its values from `fromMs` to `toMs`, both included, each `stepMs`. */
  queryRange(server: PrometheusServer, query: string, span: Span, timeoutMs: Milliseconds): Promise<Answer>
  close(): Promise<void>
}

export interface ApiOptions {
  /** Questions that one server is asked at once. */
  readonly concurrency?: number
  readonly mostBytes?: number
  /** Where servers that name a Secret get their credentials; without it they are not asked. */
  readonly credentials?: CredentialSource
  readonly onQuery?: (outcome: 'ok' | 'failed') => void
}

const CONCURRENCY = 8
const MOST_BYTES = 64 * 1024 * 1024

export function createPrometheusApi(options: ApiOptions = {}): PrometheusApi {
  const { concurrency = CONCURRENCY, mostBytes = MOST_BYTES, onQuery = () => undefined, credentials } = options
  const agents = createAgents(concurrency)

  async function ask(
    { url, tenant, secret }: PrometheusServer,
    path: string,
    fields: Readonly<Record<string, string>>,
    timeoutMs: Milliseconds,
  ): Promise<Answer> {
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(), timeoutMs)
    const answer = await exchange().catch((error: unknown): Answer => {
      const why = ending.signal.aborted ? `timeout after ${formatDuration(timeoutMs)}` : describeFailure(error)
      return { kind: 'failed', why }
    })
    clearTimeout(timer)
    onQuery(answer.kind)
    return answer.kind === 'ok' ? answer : { kind: 'failed', why: `${url}: ${answer.why}` }

    async function exchange(): Promise<Answer> {
      if (secret === undefined) return send(undefined)
      const none: Credentials = { kind: 'refused', why: `${nameOf(secret)} can't be read here` }
      const found = (await beforeEnd(Promise.resolve(credentials?.find(secret, url)))) ?? none
      if (found.kind === 'refused') return { kind: 'failed', why: found.why }
      const answer = await send(found)
      if (answer.kind === 'ok' || answer.status !== 401) return answer
      const renewed = (await beforeEnd(Promise.resolve(credentials?.renew(secret, url, found)))) ?? none
      if (renewed.kind === 'refused') return { kind: 'failed', why: renewed.why }
      const again = isSame(renewed, found) ? answer : await send(renewed)
      if (again.kind === 'ok' || again.status !== 401) return again
      return { kind: 'failed', why: `HTTP 401: it does not accept the credentials of ${nameOf(secret)}` }
    }

    /** Never follows a redirect: credentials are for the server that is named. */
    async function send(
      found: Extract<Credentials, { kind: 'ok' }> | undefined,
    ): Promise<Answer & { readonly status?: number }> {
      // A form rather than a URL: a selector of a thousand Guards is longer than servers let a URL be.
      // undici lets a request wait for its connection, whatever the signal says.
      const response = await beforeEnd(
        request(`${url.replace(/\/+$/, '')}${path}`, {
          dispatcher: agents.of(found?.ca),
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            accept: 'application/json',
            'user-agent': 'evenkeel',
            ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
            ...(found === undefined ? {} : { authorization: found.authorization }),
          },
          // The server gives up when we do. Thanos answers with an error rather than with a part.
          body: new URLSearchParams({
            ...fields,
            timeout: `${Math.ceil(timeoutMs)}ms`,
            partial_response: 'false',
          }).toString(),
          signal: ending.signal,
        }),
      )
      const chunks: Buffer[] = []
      let bytes = 0
      for await (const chunk of response.body) {
        bytes += chunk.length
        if (bytes > mostBytes) {
          response.body.destroy()
          return { kind: 'failed', why: `the answer is larger than ${Math.round(mostBytes / 1024 / 1024)} MiB` }
        }
        chunks.push(chunk)
      }
      const status = response.statusCode
      const body = Buffer.concat(chunks).toString('utf8')
      const answer = readAnswer(status, body)
      if (answer.kind === 'ok') return answer
      return { kind: 'failed', why: withoutSecrets(answer.why, body, status, found?.secrets ?? []), status }
    }

    function beforeEnd<T>(work: Promise<T>): Promise<T> {
      const ended = new Promise<never>((_, reject) => {
        ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true })
      })
      return Promise.race([work, ended])
    }
  }

  return {
    query: (server, query, timeoutMs) => ask(server, '/api/v1/query', { query }, timeoutMs),
    queryRange: (server, query, { fromMs, toMs, stepMs }, timeoutMs) => {
      const [start, end, step] = [fromMs, toMs, stepMs].map((ms) => String(ms / 1000)) as [string, string, string]
      return ask(server, '/api/v1/query_range', { query, start, end, step }, timeoutMs)
    },
    close: () => agents.close(),
  }
}
