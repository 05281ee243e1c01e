// OFREP 0.3 over plain node:http: one flag, all flags, and the stream of changes.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../controller/model/clock.ts'
import type { Milliseconds } from '../../controller/model/units.ts'
import type { Access } from '../access.ts'
import type { Counts, Evaluation } from '../counts.ts'
import type { FlagSets } from '../flag-sets.ts'
import { servedNamespace } from '../namespaces.ts'
import { answerOf, bulkAnswerOf, failure, plainFailure } from './answers.ts'
import type { EventStreams } from './events.ts'
import { faultOfBody, type Route, readBody, routeOf } from './request.ts'

export interface OfrepOptions {
  readonly sets: FlagSets
  readonly access: Access
  readonly streams: EventStreams
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly counts: Counts
  /** The one namespace that is served; undefined for all. */
  readonly namespace: string | undefined
  /** Whether one more stream may be held. */
  readonly hasRoom: () => boolean
  readonly onError: (error: unknown) => void
}

interface Answer {
  readonly status: number
  readonly body: Buffer | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly counted: Evaluation
}

const HOW = 'end the base URL with /namespaces/NAME'
/** How long a replica that has not yet seen a change of which the reader has been told looks out for it. */
const CATCH_UP_MS: Milliseconds = 1000

/** The handler of requests; it never throws. */
export function createOfrepHandler(
  options: OfrepOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { sets, access, streams, counts, onError } = options

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const route = routeOf(request.url ?? '')
    const admitted =
      route === undefined ? refusal(404, plainFailure('There is nothing at this path.')) : admit(request, route)
    if (route === undefined || typeof admitted !== 'string') {
      request.resume()
      if (typeof admitted !== 'string') reply(response, admitted)
      return
    }
    if (route.kind === 'events') {
      request.resume()
      openStream(request, response, admitted)
      return
    }
    readBody(request, (body) =>
      guarded(response, () => {
        const fault = body === undefined ? TOO_LONG : faultOfBody(body)
        if (fault !== undefined) reply(response, refusal(400, failure(fault.code, fault.details, keyOf(route))))
        else if (route.kind === 'one') reply(response, evaluateOne(admitted, route.key))
        else evaluateAll(request, response, admitted, route)
      }),
    )
  }

  /** The namespace that is asked for, or why it can't be had. */
  function admit(request: IncomingMessage, route: Route): string | Answer {
    const method = route.kind === 'events' ? 'GET' : 'POST'
    if (request.method !== method) return refusal(405, plainFailure(`Use ${method} here.`), { allow: method })
    if (!isAllowed(request, route)) return refusal(401, NO_TOKEN, { 'www-authenticate': 'Bearer' })
    const asked = servedNamespace(route.namespace, options.namespace, HOW)
    if (asked.kind === 'elsewhere') return refusal(403, plainFailure(`${asked.why}.`))
    if (asked.kind !== 'served') return refusal(400, failure('GENERAL', `${asked.why}.`, keyOf(route)))
    if (!sets.ready) return refusal(503, plainFailure('The flags are not known yet.'), { 'retry-after': '1' })
    return asked.namespace
  }

  function isAllowed(request: IncomingMessage, { kind, namespace = '', query }: Route): boolean {
    if (access.isOpen) return true
    const { authorization, 'x-api-key': apiKey } = request.headers
    if (access.allows(authorization, typeof apiKey === 'string' ? apiKey : undefined)) return true
    const ticket = new URLSearchParams(query).get('ticket') ?? undefined
    return kind === 'events' && access.allowsTicket(namespace || (options.namespace ?? ''), ticket)
  }

  function evaluateOne(namespace: string, key: string): Answer {
    const body = answerOf(sets.get(namespace), key)
    if (body !== undefined) return { status: 200, body, counted: 'one' }
    const missing = failure('FLAG_NOT_FOUND', `The namespace ${namespace} has no flag ${key}.`, key)
    return { status: 404, body: missing, counted: 'notFound' }
  }

  function evaluateAll(request: IncomingMessage, response: ServerResponse, namespace: string, route: Route): void {
    const told = new URLSearchParams(route.query).get('flagConfigEtag')
    const answer = () => reply(response, evaluation(request.headers['if-none-match'], namespace, told))
    if (told === null || isKnown(namespace, told)) answer()
    else void lookOutFor(namespace, told).then(() => guarded(response, answer))
  }

  function evaluation(ifNoneMatch: string | undefined, namespace: string, told: string | null): Answer {
    const set = sets.get(namespace)
    const headers = { etag: set.etag }
    const held = ifNoneMatch?.split(',').map(bare) ?? []
    // Told of another state than ours, the reader must not hear that nothing has changed.
    if (held.includes(bare(set.etag)) && (told === null || bare(told) === bare(set.etag)))
      return { status: 304, body: undefined, headers, counted: 'unchanged' }
    const ticket = access.ticketFor(namespace)
    const uri = `/namespaces/${namespace}/ofrep/v1/events${ticket === '' ? '' : `?ticket=${ticket}`}`
    return { status: 200, body: bulkAnswerOf(set, uri), headers, counted: 'all' }
  }

  function isKnown(namespace: string, told: string): boolean {
    return bare(sets.get(namespace).etag) === bare(told) || sets.hasHad(namespace, `"${bare(told)}"`)
  }

  /** Resolves when the namespace has come to the state that another replica has told of, and at the latest after a while. */
  async function lookOutFor(namespace: string, told: string): Promise<void> {
    const seen = new AbortController()
    const unsubscribe = sets.subscribe(namespace, () => {
      if (isKnown(namespace, told)) seen.abort()
    })
    await options.clock.sleep(CATCH_UP_MS, AbortSignal.any([seen.signal, options.signal])).catch(() => undefined)
    unsubscribe()
  }

  function openStream(request: IncomingMessage, response: ServerResponse, namespace: string): void {
    const { 'last-event-id': last } = request.headers
    if (options.hasRoom()) streams.open(response, namespace, typeof last === 'string' ? last : undefined)
    else
      reply(
        response,
        refusal(429, plainFailure('This replica holds as many streams as it may.'), { 'retry-after': '10' }),
      )
  }

  function reply(response: ServerResponse, { status, body, headers, counted }: Answer): void {
    counts.evaluated(counted)
    if (body === undefined) response.writeHead(status, headers).end()
    else
      response
        .writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers })
        .end(body)
  }

  function guarded(response: ServerResponse, work: () => void): void {
    try {
      work()
    } catch (error) {
      onError(error)
      if (response.headersSent) response.destroy()
      else
        reply(response, refusal(500, plainFailure('The flags could not be read; the log of the controller says why.')))
    }
  }

  return (request, response) => guarded(response, () => handle(request, response))
}

const TOO_LONG = { code: 'GENERAL', details: 'The body is too long: at most 64 KiB are read.' } as const
const NO_TOKEN = plainFailure('A token is needed: send Authorization: Bearer TOKEN.')

function refusal(status: number, body: Buffer, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body, headers, counted: 'refused' }
}

/** An entity tag without its quotes: some readers send them in the query, some don't. */
function bare(etag: string): string {
  return etag.trim().replace(/^W\//, '').replaceAll('"', '')
}

function keyOf({ kind, key }: Route): string | undefined {
  return kind === 'one' ? key : undefined
}
