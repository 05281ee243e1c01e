// The targets of the scrape benchmark, in a process of their own: many loopback addresses, one exposition per moment.
import { createServer } from 'node:http'
import { createServer as createNetServer } from 'node:net'
import { exposition } from './exposition.ts'

/** How often the values move: more often than anyone scrapes. */
const TICK_MS = 100

const [targets = 1000, samples = 306] = process.argv.slice(2).map(Number)
const counts: Record<string, number> = {}
let tick = 1000
let body = exposition(tick, samples)
setInterval(() => {
  tick++
  body = exposition(tick, samples)
}, TICK_MS)

const http = createServer((request, response) => {
  const client = (request.headers['user-agent'] ?? '').split('/')[0] ?? ''
  counts[client] = (counts[client] ?? 0) + 1
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'content-length': body.length })
  response.end(body)
})
http.keepAliveTimeout = 60_000

/** The address of a target: all of 127/8 is this machine. */
function addressOf(index: number): string {
  return `127.7.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`
}

function listen(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createNetServer((socket) => http.emit('connection', socket))
    server.on('error', reject)
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

const port = await listen(addressOf(0), 0)
const origins = [`http://${addressOf(0)}:${port}`]
for (let index = 1; index < targets; index++) {
  await listen(addressOf(index), port)
  origins.push(`http://${addressOf(index)}:${port}`)
}
process.on('message', () => process.send?.({ kind: 'counts', counts }))
process.on('disconnect', () => process.exit(0))
process.send?.({ kind: 'ready', origins, bytes: body.length })
