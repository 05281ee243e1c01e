// The namespace "shop" behind the API double: objects with versions, preconditions, /scale and /status, and faults on demand.
import { isObject, type JsonObject, numberAt, textAt } from '../../controller/kube/json.ts'
import { type Answer, type ApiDouble, sendJson, startApiDouble, statusObject } from '../kube/api-double.ts'
import { applyMergePatch } from '../kube/rfc7386.ts'

const GUARDS = '/apis/evenkeel.dev/v1alpha1/namespaces/shop/guards'
export const GUARD = `${GUARDS}/checkout`
export const DEPLOYMENT = '/apis/apps/v1/namespaces/shop/deployments/checkout'
export const AUTOSCALERS = '/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers'
export const PODS = '/api/v1/namespaces/shop/pods'
export const INCIDENTS = '/apis/evenkeel.dev/v1alpha1/namespaces/shop/incidents'

export interface ShopApi {
  readonly double: ApiDouble
  /** Requests so far, as "PATCH guards/checkout/status", in order. */
  readonly calls: readonly string[]
  /** What was sent with the requests of this call, in order. */
  bodiesOf(call: string): unknown[]
  /** Stores an object at its path under a new version, as somebody else would. */
  put(path: string, object: JsonObject): void
  remove(path: string): void
  get(path: string): JsonObject | undefined
  /** Answers the next request of this call: 'lost before' and 'lost after' drop the connection before or after it is carried out. */
  failNext(call: string, how: number | 'lost before' | 'lost after'): void
}

export async function startShopApi(): Promise<ShopApi> {
  const objects = new Map<string, JsonObject>()
  const faults: { readonly call: string; readonly how: number | 'lost before' | 'lost after' }[] = []
  let version = 100

  function put(path: string, object: JsonObject): JsonObject {
    const metadata = isObject(object.metadata) ? object.metadata : {}
    version += 1
    const [, namespace] = /namespaces\/([^/]+)/.exec(path) ?? []
    const name = path.split('/').at(-1)
    const stored = { ...object, metadata: { namespace, name, ...metadata, resourceVersion: String(version) } }
    objects.set(path, stored)
    return stored
  }

  const carryOut = (method: string, path: string, contentType: string, body: unknown): [number, JsonObject] => {
    if (method === 'POST') {
      const created = `${path}/${textAt(body, 'metadata', 'name')}`
      if (objects.has(created)) return [409, statusObject(409, 'AlreadyExists', 'it exists')]
      return [201, put(created, isObject(body) ? body : {})]
    }
    if (path === AUTOSCALERS || path === INCIDENTS || path === PODS) {
      const items = [...objects].filter(([key]) => key.startsWith(path)).map(([, object]) => object)
      return [200, { metadata: { resourceVersion: String(version) }, items }]
    }
    const key = path.replace(/\/(status|scale)$/, '')
    const held = objects.get(key)
    if (held === undefined) return [404, statusObject(404, 'NotFound', `${key} not found`)]
    const show = (object: JsonObject) => (path.endsWith('/scale') ? scaleOf(object) : object)
    if (method === 'GET') return [200, show(held)]
    const asked = textAt(body, 'metadata', 'resourceVersion')
    if (asked !== undefined && asked !== textAt(held, 'metadata', 'resourceVersion'))
      return [409, statusObject(409, 'Conflict', 'the object has been modified')]
    if (method === 'DELETE') {
      const differs = (field: string) => {
        const seen = textAt(body, 'preconditions', field)
        return seen !== undefined && seen !== textAt(held, 'metadata', field)
      }
      if (differs('resourceVersion') || differs('uid'))
        return [409, statusObject(409, 'Conflict', 'the object has been modified')]
      objects.delete(key)
      return [200, held]
    }
    const part = isObject(body) ? body : {}
    const next = contentType.includes('apply-patch') ? { ...held, status: part.status } : applyMergePatch(held, part)
    return [200, show(put(key, isObject(next) ? next : {}))]
  }

  const answer: Answer = ({ method, path, headers, body }, response) => {
    const index = faults.findIndex(({ call }) => call === callOf(method, path))
    const [fault] = index < 0 ? [] : faults.splice(index, 1)
    if (fault?.how === 'lost before') {
      response.socket?.destroy()
      return
    }
    if (typeof fault?.how === 'number') {
      sendJson(response, fault.how, statusObject(fault.how, 'Injected', 'as the test wants'))
      return
    }
    const [status, object] = carryOut(method, path, headers['content-type'] ?? '', body === '' ? {} : JSON.parse(body))
    if (fault?.how === 'lost after') response.socket?.destroy()
    else sendJson(response, status, object)
  }
  const double = await startApiDouble(answer)
  return {
    double,
    get calls() {
      return double.requests.map(({ method, path }) => callOf(method, path))
    },
    bodiesOf: (call) =>
      double.requests
        .filter(({ method, path }) => callOf(method, path) === call)
        .map(({ body }): unknown => JSON.parse(body)),
    put,
    remove: (path) => objects.delete(path),
    get: (path) => objects.get(path),
    failNext: (call, how) => faults.push({ call, how }),
  }
}

/** "PATCH guards/checkout/status" */
function callOf(method: string, path: string): string {
  return `${method} ${path.replace(/^.*\/namespaces\/shop\//, '')}`
}

function scaleOf(deployment: JsonObject): JsonObject {
  const replicas = numberAt(deployment, 'spec', 'replicas')
  return { metadata: deployment.metadata, spec: { replicas }, status: { replicas, selector: 'app=checkout' } }
}
