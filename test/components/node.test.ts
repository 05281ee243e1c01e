// Descriptors and TIME_WAIT sockets of this machine, made by the test, as node_exporter tells them to a Guard.
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../sandbox/ports.ts'
import { guardOf } from './support/look.ts'
import { describeWith, program } from './support/programs.ts'
import { answersOk, createRoom } from './support/room.ts'

const CONNECTIONS = 2_000
const AT_ONCE = 50
const DESCRIPTORS = 3_000
/** What others on this machine open and close between two looks. */
const MOVES = 100

describeWith(['prometheus-node-exporter'], 'node_exporter', () => {
  const room = createRoom('node')
  let url: string

  beforeAll(async () => {
    const address = `127.0.0.1:${await freePort()}`
    url = `http://${address}/metrics`
    const collectors = ['--collector.disable-defaults', '--collector.sockstat', '--collector.filefd']
    await room.start([program('prometheus-node-exporter'), `--web.listen-address=${address}`, ...collectors], {
      ready: () => answersOk(url),
    })
  })
  afterAll(() => room.stop())

  /** Ours, and the kernel's own number before and after. */
  async function compare(ours: () => Promise<number>, theirs: () => Promise<number>) {
    const before = await theirs()
    const value = await ours()
    const after = await theirs()
    console.log('ours and theirs:', value, [before, after])
    expect(value).toBeGreaterThanOrEqual(Math.min(before, after) - MOVES)
    expect(value).toBeLessThanOrEqual(Math.max(before, after) + MOVES)
    return value
  }

  it('TIME_WAIT sockets after 2000 short connections are those of /proc/net/sockstat', async () => {
    const ours = guardOf('queue', { metric: 'node_sockstat_TCP_tw' }, url)
    const port = await churn()
    const value = await compare(ours, timeWait)
    // The kernel lists them one by one too: each of our connections is there.
    expect(await timeWaitTo(port)).toBeGreaterThan(0.95 * CONNECTIONS)
    expect(value).toBeGreaterThan(0.95 * CONNECTIONS)
  })

  it('descriptors after 3000 files were opened are those of /proc/sys/fs/file-nr', async () => {
    const ours = guardOf('queue', { metric: 'node_filefd_allocated' }, url)
    const before = await compare(ours, allocated)
    const handles: FileHandle[] = []
    try {
      for (let count = 0; count < DESCRIPTORS; count++) handles.push(await open('/dev/null'))
      const value = await compare(ours, allocated)
      expect(value - before).toBeGreaterThan(DESCRIPTORS - 5 * MOVES)
    } finally {
      await Promise.all(handles.map((handle) => handle.close()))
    }
  })
})

async function timeWait(): Promise<number> {
  return Number(/^TCP: .* tw (\d+) /m.exec(await readFile('/proc/net/sockstat', 'utf8'))?.[1])
}

async function allocated(): Promise<number> {
  return Number((await readFile('/proc/sys/fs/file-nr', 'utf8')).split('\t')[0])
}

/** State 06, with the port as the remote one: the side that closed first waits. */
async function timeWaitTo(port: number): Promise<number> {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')} 06 `
  return (await readFile('/proc/net/tcp', 'utf8')).split('\n').filter((line) => line.includes(remote)).length
}

/** Connections that are opened and closed by us, one after another; returns the port that they went to. */
async function churn(): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.resume()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const once = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.end())
      socket.on('error', reject)
      socket.on('close', () => resolve())
      socket.resume()
    })
  for (let done = 0; done < CONNECTIONS; done += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, once))
  await new Promise((resolve) => server.close(resolve))
  return port
}
