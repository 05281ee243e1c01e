// Starts the checkout service, and ends it without losing a request.
import { createServer, type Server } from 'node:http'
import { createCheckout } from './app.ts'
import { readSettings } from './settings.ts'

const settings = readSettings(process.env)
const checkout = createCheckout(settings)
// Two ports for one app: in a cluster only the first is behind the Service.
const servers = [settings.HTTP_PORT, settings.METRICS_PORT].map((port) => listen(port))
let isEnding = false

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    end().catch((error: unknown) => {
      console.error(error)
      process.exitCode = 1
    })
  })
}

function listen(port: number): Server {
  const server = createServer(checkout.app)
  server.listen(port, settings.POD_IP, () => console.log(`listening on http://${settings.POD_IP}:${port}`))
  return server
}

async function end(): Promise<void> {
  if (isEnding) return
  isEnding = true
  console.log('ending: no new connections, requests under way are finished')
  checkout.drain()
  const deadline = setTimeout(
    () => servers.forEach((server) => void server.closeAllConnections()),
    settings.SHUTDOWN_MS,
  )
  // A connection that was busy when closing began stays open after its response, unless somebody closes it.
  const sweep = setInterval(() => servers.forEach((server) => void server.closeIdleConnections()), 50)
  await Promise.all(servers.map(close))
  clearTimeout(deadline)
  clearInterval(sweep)
  await checkout.stop()
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
    server.closeIdleConnections()
  })
}
