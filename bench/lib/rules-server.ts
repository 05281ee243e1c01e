// The metrics of many services on one endpoint, for a Prometheus that evaluates ten rules about each. Own process.
import { createServer } from 'node:http'

const services = Number(process.argv[2])
const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']

function body(tick: number): string {
  const lines: string[] = []
  for (let service = 0; service < services; service++) {
    const label = `service="s${service}"`
    lines.push(
      `http_requests_total{${label},code="200"} ${tick * 40 + service}`,
      `http_requests_total{${label},code="500"} ${tick}`,
    )
    for (const [index, le] of BOUNDS.entries())
      lines.push(
        `http_request_duration_seconds_bucket{${label},le="${le}"} ${Math.floor((tick * 41 * (index + 1)) / BOUNDS.length)}`,
      )
    lines.push(
      `process_cpu_seconds_total{${label}} ${tick * 0.3}`,
      `pool_used{${label}} ${tick % 20}`,
      `pool_max{${label}} 20`,
      `queue_depth{${label}} ${tick % 300}`,
    )
  }
  return `${lines.join('\n')}\n`
}

const started = Date.now()
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4')
  response.end(body(1000 + Math.floor((Date.now() - started) / 1000)))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 })
})
process.on('disconnect', () => process.exit(0))
