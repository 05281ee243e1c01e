// Grafana's HTTP API, as far as putting boards there needs it. Every refusal says what to do.
import { setTimeout as sleep } from 'node:timers/promises'
import { isObject, type JsonObject, textAt } from '../../controller/kube/json.ts'
import { CommandError, messageOf } from '../../controller/model/errors.ts'

export interface GrafanaApi {
  readonly url: string
  /** Undefined when it is not there. Throws CommandError for every other failure. */
  find(path: string): Promise<unknown>
  post(path: string, body: JsonObject): Promise<unknown>
}

export interface GrafanaAccess {
  /** Base URL, with the path that Grafana is served under, if any. */
  readonly url: string
  /** Of a service account; undefined for a Grafana that asks for none. */
  readonly token: string | undefined
  readonly timeoutMs: number
}

/** Grafana answers so while it begins or is overloaded; the same request may do a moment later. */
const MAY_PASS = new Set([429, 502, 503, 504])
const TRIES = 3
const PAUSE_MS = 500

export function grafanaApi({ url, token, timeoutMs }: GrafanaAccess): GrafanaApi {
  const base = url.replace(/\/+$/, '')

  async function request(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const response = await once(method, path, body)
      if (!MAY_PASS.has(response.status) || attempt === TRIES) return response
      await response.body?.cancel()
      await sleep(PAUSE_MS * attempt)
    }
  }

  async function once(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<Response> {
    try {
      return await fetch(`${base}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A redirect would take the token elsewhere, and turn a POST into a GET.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch (cause) {
      const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
      const why = isTimeout ? `no answer within ${timeoutMs / 1000} s` : messageOf(rootOf(cause))
      throw new CommandError(
        `${method} ${base}${path}: ${why}. Check that Grafana runs there, and that --grafana names its address`,
        { cause },
      )
    }
  }

  async function answerOf(method: 'GET' | 'POST', path: string, response: Response): Promise<unknown> {
    const text = await response.text()
    const answer = parse(text)
    if (response.ok && answer !== undefined) return answer
    const said = textAt(answer, 'message') ?? text.trim().slice(0, 200)
    const where = `${method} ${base}${path}`
    throw new CommandError(`${where}: ${refusal(response, said)}`)
  }

  return {
    url: base,
    async find(path) {
      const response = await request('GET', path)
      // Without Grafana's own words it is a 404 of something else at that address.
      if (response.status === 404 && isObject(parse(await response.clone().text()))) {
        await response.body?.cancel()
        return undefined
      }
      return answerOf('GET', path, response)
    },
    async post(path, body) {
      return answerOf('POST', path, await request('POST', path, body))
    },
  }
}

function refusal(response: Response, said: string): string {
  const { status } = response
  const words = said === '' ? '' : ` (${said})`
  if (status >= 300 && status < 400)
    return `it redirects to ${response.headers.get('location') ?? 'somewhere else'}: give --grafana the address that it has in the end`
  if (response.ok) return `HTTP ${status}, but no JSON: is it Grafana that answers there?`
  switch (status) {
    case 400:
      return `HTTP 400${words}: a board that Grafana loads from a file or a ConfigMap can't be changed by its API; take it away from there first`
    case 401:
      return `HTTP 401${words}: set GRAFANA_TOKEN to a valid token of a service account`
    case 403:
      return `HTTP 403${words}: the token's service account needs the role Editor, or the permissions dashboards:create, dashboards:write, folders:read and folders:create`
    case 404:
      return `HTTP 404${words}: is --grafana the base URL, with the path that Grafana is served under?`
    case 412:
      return `HTTP 412${words}: another board has this name, or it belongs to a plugin; delete or rename that one, or choose another --folder`
    default:
      return status >= 500
        ? `HTTP ${status}${words}: Grafana failed; its log says why. Nothing is lost by trying again`
        : `HTTP ${status}${words}`
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** fetch says "fetch failed" and no more; its cause says why. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}
