// Prometheus's HTTP API through undici: few connections to a server, a deadline for each question, and a bound on answers.
import { Agent, request } from 'undici'
import { type EpochMs, formatDuration, type Milliseconds } from '../../model/units.ts'
import { describeFailure } from '../scrape/failure.ts'
import { type Answer, readAnswer } from './answer.ts'
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
  readonly onQuery?: (outcome: 'ok' | 'failed') => void
}

const CONCURRENCY = 8
const MOST_BYTES = 64 * 1024 * 1024

export function createPrometheusApi(options: ApiOptions = {}): PrometheusApi {
  const { concurrency = CONCURRENCY, mostBytes = MOST_BYTES, onQuery = () => undefined } = options
  const agent = new Agent({ connections: concurrency, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })

  async function ask(
    { url, tenant }: PrometheusServer,
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
      // A form rather than a URL: a selector of a thousand Guards is longer than servers let a URL be.
      const response = await request(`${url.replace(/\/+$/, '')}${path}`, {
        dispatcher: agent,
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
          'user-agent': 'evenkeel',
          ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
        },
        // The server gives up when we do. Thanos answers with an error rather than with a part.
        body: new URLSearchParams({
          ...fields,
          timeout: `${Math.ceil(timeoutMs)}ms`,
          partial_response: 'false',
        }).toString(),
        signal: ending.signal,
      })
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
      return readAnswer(response.statusCode, Buffer.concat(chunks).toString('utf8'))
    }
  }

  return {
    query: (server, query, timeoutMs) => ask(server, '/api/v1/query', { query }, timeoutMs),
    queryRange: (server, query, { fromMs, toMs, stepMs }, timeoutMs) => {
      const [start, end, step] = [fromMs, toMs, stepMs].map((ms) => String(ms / 1000)) as [string, string, string]
      return ask(server, '/api/v1/query_range', { query, start, end, step }, timeoutMs)
    },
    close: () => agent.destroy(),
  }
}
