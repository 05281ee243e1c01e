// A server of one list and its watches, whose every answer the test writes by hand: for what a real server rarely does.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ListServer {
  readonly url: string
  /** What lists answer from now on: items and resourceVersion, or a status to refuse with. */
  answer(list: { readonly items: readonly unknown[]; readonly version: string } | number): void
  /** Paths of the lists that were asked for, without query. */
  readonly lists: number
  /** Queries of the watches, oldest first. */
  readonly watches: readonly URLSearchParams[]
  /** Writes to every open watch. */
  say(event: unknown): void
  /** Ends every open watch, as the server does after its time. */
  endWatches(): void
  /** Resets every connection. */
  breakWatches(): void
  close(): Promise<void>
}

export async function startListServer(): Promise<ListServer> {
  let next: Parameters<ListServer['answer']>[0] = { items: [], version: '1' }
  let lists = 0
  const watches: URLSearchParams[] = []
  const open = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    if (searchParams.get('watch') === 'true') {
      watches.push(searchParams)
      open.add(response)
      response.once('close', () => open.delete(response))
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
      return
    }
    lists += 1
    if (typeof next === 'number') response.writeHead(next).end('no')
    else response.end(JSON.stringify({ metadata: { resourceVersion: next.version }, items: next.items }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    answer(list) {
      next = list
    },
    get lists() {
      return lists
    },
    watches,
    say: (event) => {
      for (const response of open) response.write(`${JSON.stringify(event)}\n`)
    },
    endWatches: () => {
      for (const response of open) response.end()
    },
    breakWatches: () => {
      for (const response of open) response.destroy()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
