// Verdicts over HTTP: /services/NAMESPACE/NAME, /services/NAMESPACE/NAME/pods/POD and /pods/NAMESPACE/POD, in the dialect that ?as= names.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Clock } from '../controller/model/clock.ts'
import type { AnswerCounts, Dialect } from './counts.ts'
import { HEALTH_TYPE, healthAnswer } from './dialects/health-json.ts'
import { nginxAnswer } from './dialects/nginx.ts'
import { drainAnswer, type HttpAnswer, plainAnswer } from './dialects/plain.ts'
import type { NotKnown, PodVerdict, ServiceVerdict, Verdicts } from './verdicts.ts'

export interface ProbeHttpOptions {
  readonly verdicts: Verdicts
  readonly counts: AnswerCounts
  readonly clock: Pick<Clock, 'now'>
}

const USAGE = `Ask for one of
  /services/NAMESPACE/NAME
  /services/NAMESPACE/NAME/pods/POD
  /pods/NAMESPACE/POD
with ?as=plain (200 or 503), drain (200, 404, or 503 while nothing is known), health (application/health+json) or, for a service, nginx (the servers of an upstream).
`

export function createProbeHandler({ verdicts, counts, clock }: ProbeHttpOptions): RequestListener {
  function answerTo(request: IncomingMessage, url: URL): HttpAnswer | undefined {
    const found = lookUp(verdicts, url.pathname)
    const dialect = dialectOf(request, url)
    if (found === undefined || dialect === undefined) return undefined
    const { verdict, name, isService } = found
    if (dialect === 'nginx' && !isService) return undefined
    counts[dialect][verdict.kind === 'unknown' ? 'unknown' : verdict.place] += 1
    if (dialect === 'nginx') return nginxAnswer(asService(verdict), url.searchParams.get('port') ?? undefined)
    if (dialect === 'health') return healthAnswer(verdict, name, clock.now())
    return dialect === 'drain' ? drainAnswer(verdict) : plainAnswer(verdict)
  }

  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return send(request, response, { ...REFUSED, status: 405, body: 'GET or HEAD only\n' })
    }
    const url = URL.parse(request.url ?? '', 'http://evenkeel')
    const answer = (url === null ? undefined : answerTo(request, url)) ?? REFUSED
    send(request, response, answer)
  }
}

/** Not 404: for HAProxy that would be a drain. */
const REFUSED: HttpAnswer = { status: 400, type: 'text/plain; charset=utf-8', body: USAGE }

interface Found {
  readonly verdict: PodVerdict | ServiceVerdict | NotKnown
  readonly name: string
  readonly isService: boolean
}

function lookUp(verdicts: Verdicts, path: string): Found | undefined {
  const [, kind, namespace = '', name = '', pods, pod = '', ...more] = path.split('/').map(decode)
  if (namespace === '' || name === '' || more.length > 0) return undefined
  if (kind === 'pods' && pods === undefined)
    return { verdict: verdicts.pod(namespace, name), name: `${namespace}/${name}`, isService: false }
  if (kind !== 'services') return undefined
  if (pods === undefined)
    return { verdict: verdicts.service(namespace, name), name: `${namespace}/${name}`, isService: true }
  if (pods !== 'pods' || pod === '') return undefined
  return { verdict: verdicts.pod(namespace, pod, name), name: `${namespace}/${pod}`, isService: false }
}

/** A part that can't be decoded is taken as it is, and names nothing. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const HTTP_DIALECTS: readonly Dialect[] = ['plain', 'drain', 'health', 'nginx']

function dialectOf({ headers }: IncomingMessage, url: URL): Dialect | undefined {
  const asked = url.searchParams.get('as')
  if (asked === null) return headers.accept?.includes(HEALTH_TYPE) === true ? 'health' : 'plain'
  return HTTP_DIALECTS.find((dialect) => dialect === asked)
}

function asService(verdict: Found['verdict']): ServiceVerdict | NotKnown {
  return verdict.kind === 'unknown' || 'pods' in verdict ? verdict : { kind: 'unknown', why: 'this is a pod' }
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: HttpAnswer): void {
  response
    .writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' })
    .end(request.method === 'HEAD' ? undefined : body)
}
