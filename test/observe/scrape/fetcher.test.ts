// The fetcher against real servers, well-behaved and not: every failure becomes a reason, and none delays the others.
import { createHash } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { FetchResult } from '../../../controller/observe/scrape/fetch.ts'
import { createFetcher } from '../../../controller/observe/scrape/fetcher.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function serve(listener: RequestListener): Promise<{ origin: string; connections: () => number }> {
  let connections = 0
  const server = createServer(listener)
  server.on('connection', () => connections++)
  return { origin: await listening(server), connections: () => connections }
}

async function serveRaw(onSocket: (socket: Socket) => void): Promise<string> {
  return listening(
    createNetServer((socket) => {
      socket.on('error', () => undefined)
      cleanups.push(() => socket.destroy())
      onSocket(socket)
    }),
  )
}

function listening(server: ReturnType<typeof createNetServer> | ReturnType<typeof createServer>): Promise<string> {
  cleanups.push(() => {
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}

function newFetcher(concurrency?: number) {
  const fetcher = createFetcher(concurrency === undefined ? {} : { concurrency })
  cleanups.push(() => fetcher.close())
  const get = (origin: string, { timeoutMs = 5000, suspect = false } = {}): Promise<FetchResult<string>> =>
    fetcher.fetch({ target: { origin, path: '/metrics' }, timeoutMs, suspect }, (body, type) => `${type} ${body}`)
  return { fetcher, get }
}

describe('a body', () => {
  it('is read with its content type, over one connection that is kept', async () => {
    const { origin, connections } = await serve((request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4')
      response.end(`up 1 ${request.url} ${request.headers['accept-encoding']}`)
    })
    const { get } = newFetcher()
    for (let scrape = 0; scrape < 3; scrape++) {
      expect(await get(origin)).toEqual({ kind: 'ok', value: 'text/plain; version=0.0.4 up 1 /metrics identity' })
    }
    expect(connections()).toBe(1)
  })

  it('in many chunks is put together, also when it grows from scrape to scrape', async () => {
    let size = 50_000
    const { origin } = await serve((_request, response) => {
      size += 70_000
      for (let at = 0; at < size; at += 10_000) response.write('x'.repeat(10_000))
      response.end('y')
    })
    const { get } = newFetcher()
    for (const wanted of [120_000, 190_000, 260_000]) {
      const result = await get(origin)
      expect(result.kind === 'ok' && result.value.length).toBe('undefined '.length + wanted + 1)
    }
  })

  it.each([
    ['as it is', undefined, (text: string) => Buffer.from(text)],
    ['compressed', 'gzip', (text: string) => gzipSync(text)],
  ])(
    'that comes bit by bit, between those of other targets, is its own to the last byte: %s',
    async (_, encoding, pack) => {
      const PIECES = 6
      // So that no compression makes it small.
      const texts = ['a', 'b', 'c'].map((name) =>
        Array.from(
          { length: 4_000 },
          (_, index) =>
            `${name}_${index} ${createHash('md5')
              .update(name + index)
              .digest('hex')}\n`,
        ).join(''),
      )
      // Each target sends its next piece when all have sent the one before.
      let arrived = 0
      let next = Promise.withResolvers<void>()
      const turn = async () => {
        const mine = next
        if (++arrived % texts.length === 0) {
          next = Promise.withResolvers()
          // The piece has to be read before the next is sent.
          setTimeout(mine.resolve, 5)
        }
        await mine.promise
      }
      const origins = await Promise.all(
        texts.map(async (text) => {
          const bytes = pack(text)
          const { origin } = await serve(async (_request, response) => {
            if (encoding !== undefined) response.setHeader('content-encoding', encoding)
            for (let piece = 0; piece < PIECES; piece++) {
              const at = (share: number) => Math.floor((share * bytes.length) / PIECES)
              response.write(bytes.subarray(at(piece), at(piece + 1)))
              await turn()
            }
            response.end()
          })
          return origin
        }),
      )
      const { get } = newFetcher()
      for (let scrape = 0; scrape < 2; scrape++) {
        const results = await Promise.all(origins.map((origin) => get(origin)))
        expect(results.map((one) => one.kind)).toEqual(['ok', 'ok', 'ok'])
        // Told as true or false: a difference of so much text takes long to print.
        expect(results.map((one, at) => one.kind === 'ok' && one.value === `undefined ${texts[at]}`)).toEqual([
          true,
          true,
          true,
        ])
      }
    },
  )

  it.each([
    ['gzip', gzipSync('up 1\n')],
    ['deflate', deflateSync('up 1\n')],
  ])('compressed with %s, though that was not asked for, is inflated', async (encoding, bytes) => {
    const { origin } = await serve((_request, response) => {
      response.setHeader('content-encoding', encoding)
      response.end(bytes)
    })
    expect(await newFetcher().get(origin)).toEqual({ kind: 'ok', value: 'undefined up 1\n' })
  })

  it('is asked for again when the target closed the kept connection just then', async () => {
    let connections = 0
    const origin = await serveRaw((socket) => {
      const mine = ++connections
      let requests = 0
      socket.on('data', () => {
        if (mine === 1 && ++requests === 2) socket.destroy()
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nup 1\n')
      })
    })
    const { get } = newFetcher()
    expect(await get(origin)).toMatchObject({ kind: 'ok' })
    expect(await get(origin)).toMatchObject({ kind: 'ok' })
    expect(connections).toBe(2)
  })
})

describe('a failure', () => {
  it.each([
    ['another status', 'HTTP 503', (response) => response.writeHead(503).end('busy')],
    ['a redirect', 'HTTP 302', (response) => response.writeHead(302, { location: '/other' }).end()],
    [
      'an encoding nobody asked for',
      'content-encoding "br", which was not asked for',
      (response) => response.setHeader('content-encoding', 'br').end('x'),
    ],
    [
      'broken compression',
      /^broken compression: /,
      (response) => response.setHeader('content-encoding', 'gzip').end('not gzip at all'),
    ],
    [
      'a compressed body that grows past the cap',
      'body larger than 8 MiB',
      (response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(50_000_000))),
    ],
  ] satisfies [string, string | RegExp, (response: Parameters<RequestListener>[1]) => void][])(
    'by %s has a reason',
    async (_, why, answer) => {
      const { origin } = await serve((_request, response) => answer(response))
      const result = await newFetcher().get(origin)
      expect(result).toEqual({ kind: 'failed', why: typeof why === 'string' ? why : expect.stringMatching(why) })
    },
  )

  it('by a body that never ends comes as soon as the cap is passed', async () => {
    let written = 0
    let gone: () => void = () => undefined
    const closed = new Promise<void>((resolve) => {
      gone = resolve
    })
    const { origin } = await serve((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x'))) written += 65_536
      }
      response.on('drain', more)
      response.on('close', gone)
      more()
    })
    expect(await newFetcher().get(origin)).toEqual({ kind: 'failed', why: 'body larger than 8 MiB' })
    await closed
    // The cap, and what the kernel's buffers between the two hold.
    expect(written).toBeLessThan(32 * 1024 * 1024)
  })

  it('by a refused connection leaves room for the next to the same address, at once and as often as it is asked for', async () => {
    const free = await serveRaw(() => undefined)
    for (const cleanup of cleanups.splice(0)) cleanup()
    // One at a time: the failure of the first begins the second.
    const { get } = newFetcher(1)
    const results = await Promise.all(Array.from({ length: 5 }, () => get(free)))
    expect(results).toEqual(Array(5).fill({ kind: 'failed', why: 'connection refused' }))
  })

  it('by a refused connection, by no HTTP and by a body that is cut off has a reason', async () => {
    const free = await serveRaw(() => undefined)
    for (const cleanup of cleanups.splice(0)) cleanup()
    expect(await newFetcher().get(free)).toEqual({ kind: 'failed', why: 'connection refused' })
    const noHttp = await serveRaw((socket) => socket.write('hello\r\n\r\n'))
    expect(await newFetcher().get(noHttp)).toEqual({ kind: 'failed', why: expect.stringMatching(/^not HTTP: /) })
    const cut = await serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nup 1\n'))
    expect(await newFetcher().get(cut)).toMatchObject({ kind: 'failed', why: expect.stringMatching(/closed|shorter/) })
    expect(await newFetcher().get('http://127.0.0.1:99999')).toMatchObject({ kind: 'failed' })
  })

  it.each([
    ['nothing is answered', () => undefined],
    ['headers never end', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n')],
    ['the body stops half way', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nup')],
  ])('by a timeout comes on time when %s, and the next scrape starts afresh', async (_, answer) => {
    let connections = 0
    const origin = await serveRaw((socket) => {
      connections++
      socket.on('data', () => answer(socket))
    })
    const { get } = newFetcher()
    const started = performance.now()
    expect(await get(origin, { timeoutMs: 150 })).toEqual({ kind: 'failed', why: 'timeout after 150 ms' })
    expect(performance.now() - started).toBeGreaterThanOrEqual(149)
    expect(await get(origin, { timeoutMs: 50 })).toEqual({ kind: 'failed', why: 'timeout after 50 ms' })
    expect(connections).toBe(2)
  })

  it('of the reader itself is a reason, too', async () => {
    const { origin } = await serve((_request, response) => response.end('x'))
    const { fetcher } = newFetcher()
    const result = await fetcher.fetch({ target: { origin, path: '/' }, timeoutMs: 5000, suspect: false }, () => {
      throw new Error('oops')
    })
    expect(result).toEqual({ kind: 'failed', why: 'the metrics could not be read: oops' })
  })

  it('by closing the fetcher ends whatever is under way', async () => {
    const origin = await serveRaw(() => undefined)
    const { fetcher, get } = newFetcher(1)
    const results = [get(origin), get(origin)]
    fetcher.close()
    const closed = { kind: 'failed', why: 'the observer was closed' }
    expect(await Promise.all([...results, get(origin)])).toEqual([closed, closed, closed])
  })

  it('by closing the fetcher leaves no connection behind, not even to a target that was forgotten meanwhile', async () => {
    const ended = Promise.withResolvers<string>()
    const connected = Promise.withResolvers<void>()
    const origin = await serveRaw((socket) => {
      connected.resolve()
      socket.on('close', () => ended.resolve('closed'))
    })
    const { fetcher, get } = newFetcher()
    const result = get(origin)
    await connected.promise
    fetcher.forget(origin)
    fetcher.close()
    expect(await result).toMatchObject({ kind: 'failed' })
    expect(await ended.promise).toBe('closed')
  })
})

describe('many hung targets', () => {
  it('that failed last time do not keep the healthy ones waiting', async () => {
    const hung = await Promise.all(Array.from({ length: 40 }, () => serveRaw(() => undefined)))
    const { origin } = await serve((_request, response) => response.end('up 1\n'))
    const { get } = newFetcher(8)
    let hungDone = 0
    const slow = hung.map((one) => get(one, { suspect: true, timeoutMs: 600 }).then(() => hungDone++))
    expect(await get(origin, { timeoutMs: 400 })).toMatchObject({ kind: 'ok' })
    expect(hungDone).toBe(0)
    await Promise.all(slow)
  })

  it('that were healthy last time hold the others up for a moment only', async () => {
    const hung = await Promise.all(Array.from({ length: 16 }, () => serveRaw(() => undefined)))
    const { origin } = await serve((_request, response) => response.end('up 1\n'))
    const { get } = newFetcher(8)
    const slow = hung.map((one) => get(one, { timeoutMs: 2000 }))
    expect(await get(origin, { timeoutMs: 1500 })).toMatchObject({ kind: 'ok' })
    expect(await Promise.all(slow)).toEqual(hung.map(() => ({ kind: 'failed', why: 'timeout after 2 s' })))
  })
})
