// A collection behind the API double: versions, history, pages, watches with bookmarks, and faults on demand.
import type { ServerResponse } from 'node:http'
import { type ApiDouble, sendJson, startApiDouble, statusObject } from './api-double.ts'

interface Item {
  readonly namespace: string
  readonly name: string
  readonly value: number
}

interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly item: Item
}

export interface CollectionDouble {
  readonly api: ApiDouble
  put(item: Item): void
  remove(namespace: string, name: string): void
  /** "namespace/name" → value, as the server holds it. */
  contents(): Readonly<Record<string, number>>
  /** Forgets the history, so that watches from older versions get 410. */
  compact(): void
  bookmark(): void
  /** Writes a line into every open watch. */
  inject(line: string): void
  /** Resets every open watch's connection. */
  dropWatches(): void
  /** Open watches stay connected but get nothing any more, as behind a router that lost its table. */
  freezeWatches(): void
  endWatches(): void
  /** Answers the next list, or the next watch, with a failure; 0 drops the connection. */
  refuseNext(what: 'list' | 'watch', status: number, headers?: Record<string, string>): void
  openWatches(): number
  close(): Promise<void>
}

export async function startCollection(): Promise<CollectionDouble> {
  const items = new Map<string, { item: Item; version: number }>()
  const history: Change[] = []
  const watches = new Set<{ readonly response: ServerResponse; frozen: boolean }>()
  const refusals: Record<'list' | 'watch', { status: number; headers: Record<string, string> }[]> = {
    list: [],
    watch: [],
  }
  let version = 1
  let compacted = 0

  const raw = (item: Item, at: number) => ({
    metadata: { namespace: item.namespace, name: item.name, resourceVersion: String(at) },
    value: item.value,
  })

  const api = await startApiDouble((request, response) => {
    const isWatch = request.query.get('watch') === 'true'
    const refusal = refusals[isWatch ? 'watch' : 'list'].shift()
    if (refusal?.status === 0) {
      response.socket?.destroy()
      return
    }
    if (refusal !== undefined) {
      sendJson(response, refusal.status, statusObject(refusal.status, 'Injected', 'as the test wants'), refusal.headers)
      return
    }
    if (!isWatch) {
      sendList(response, request.query)
      return
    }
    const from = Number(request.query.get('resourceVersion'))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (from < compacted) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: statusObject(410, 'Expired', 'too old') })}\n`)
      return
    }
    for (const change of history) if (change.version > from) response.write(lineOf(change))
    const watch = { response, frozen: false }
    watches.add(watch)
    response.on('close', () => watches.delete(watch))
  })

  function sendList(response: ServerResponse, query: URLSearchParams): void {
    const [after = '', at = String(version)] = (query.get('continue') ?? '').split('@').filter((part) => part !== '')
    if (after !== '' && Number(at) < compacted) {
      sendJson(response, 410, statusObject(410, 'Expired', 'the continue token is too old'))
      return
    }
    // Pages of one list show one moment only while nothing changes in between; a change in between ends the token.
    if (after !== '' && Number(at) !== version) {
      sendJson(response, 410, statusObject(410, 'Expired', 'the continue token is too old'))
      return
    }
    const limit = Number(query.get('limit') ?? 500)
    const rest = [...items].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([key]) => key > after)
    const page = rest.slice(0, limit)
    const last = page.at(-1)?.[0]
    const more = rest.length > limit && last !== undefined ? { continue: `${last}@${version}` } : {}
    sendJson(response, 200, {
      metadata: { resourceVersion: String(version), ...more },
      items: page.map(([, held]) => raw(held.item, held.version)),
    })
  }

  function lineOf(change: Change): string {
    return `${JSON.stringify({ type: change.type, object: raw(change.item, change.version) })}\n`
  }

  function broadcast(line: string): void {
    for (const watch of watches) if (!watch.frozen && !watch.response.writableEnded) watch.response.write(line)
  }

  function record(type: Change['type'], item: Item): void {
    version += 1
    const change = { version, type, item }
    history.push(change)
    broadcast(lineOf(change))
  }

  return {
    api,
    put(item) {
      const key = `${item.namespace}/${item.name}`
      const known = items.has(key)
      items.set(key, { item, version: version + 1 })
      record(known ? 'MODIFIED' : 'ADDED', item)
    },
    remove(namespace, name) {
      const key = `${namespace}/${name}`
      const held = items.get(key)
      if (held === undefined) return
      items.delete(key)
      record('DELETED', held.item)
    },
    contents: () => Object.fromEntries(Array.from(items, ([key, held]) => [key, held.item.value])),
    compact() {
      history.length = 0
      compacted = version
    },
    bookmark() {
      version += 1
      broadcast(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version) } } })}\n`)
    },
    inject: (line) => broadcast(`${line}\n`),
    dropWatches() {
      for (const watch of watches) watch.response.socket?.resetAndDestroy()
    },
    freezeWatches() {
      for (const watch of watches) watch.frozen = true
    },
    endWatches() {
      for (const watch of watches) watch.response.end()
    },
    refuseNext(what, status, headers = {}) {
      refusals[what].push({ status, headers })
    },
    openWatches: () => watches.size,
    close: () => api.close(),
  }
}
