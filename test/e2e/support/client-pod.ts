// A pod whose every answer rests on one call to another service, of which it tells as HTTP clients do: how often, how long, how it ended.
import { createServer } from 'node:http'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** What it calls, and the name under which it knows it. */
const { POD_IP, UPSTREAM = '', UPSTREAM_NAME = '' } = process.env

const registry = new Registry()
collectDefaultMetrics({ register: registry })
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2]
const served = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the request to the end of the response.',
  labelNames: ['status_code'],
  buckets,
  registers: [registry],
})
const called = new Histogram({
  name: 'http_client_request_duration_seconds',
  help: 'Time from a call to the end of its answer.',
  labelNames: ['server_address', 'http_response_status_code'],
  buckets,
  registers: [registry],
})

async function callUpstream(): Promise<number> {
  const startedAt = performance.now()
  const status = await fetch(UPSTREAM).then(
    async (answer) => {
      await answer.arrayBuffer()
      return answer.status
    },
    () => 503,
  )
  const seconds = (performance.now() - startedAt) / 1000
  called.observe({ server_address: UPSTREAM_NAME, http_response_status_code: status }, seconds)
  return status
}

createServer(async ({ url }, response) => {
  if (url === '/readyz') {
    response.end()
    return
  }
  const startedAt = performance.now()
  const status = (await callUpstream()) < 500 ? 200 : 502
  response.writeHead(status).end()
  served.observe({ status_code: status }, (performance.now() - startedAt) / 1000)
}).listen(8080, POD_IP)
createServer(async (_request, response) => response.end(await registry.metrics())).listen(9464, POD_IP)
process.on('SIGTERM', () => process.exit())
