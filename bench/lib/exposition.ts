// Expositions like those of a real Node service, of any size, whose values all move between scrapes.

const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']
const ROUTES = 9
/** Requests per route between two ticks. */
const REQUESTS = 40

/**
 * The exposition at a tick: a histogram and a counter per route, the process's own metrics, and labelled gauges that
 * nobody asked for until there are `samples` samples. 306 samples are about 33 KB. Counters only grow with `tick`.
 */
export function exposition(tick: number, samples: number): Buffer {
  const lines: string[] = []
  let count = 0
  const sample = (series: string, value: number | string) => {
    lines.push(`${series} ${value}`)
    count++
  }
  const family = (name: string, type: string, help: string) =>
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)

  family('process_cpu_seconds_total', 'counter', 'Total user and system CPU time spent in seconds.')
  sample('process_cpu_seconds_total', (12.5 + tick * 0.0837).toFixed(6))
  family('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.')
  sample('process_resident_memory_bytes', 73_400_320 + (tick % 64) * 4096)
  family('db_pool_connections_in_use', 'gauge', 'Connections that are in use.')
  sample('db_pool_connections_in_use', tick % 20)
  family('db_pool_connections_max', 'gauge', 'Connections that the pool may hold.')
  sample('db_pool_connections_max', 20)
  family('queue_depth', 'gauge', 'Items that wait.')
  sample('queue_depth', (tick * 7) % 300)

  family('http_requests_total', 'counter', 'Requests by route and status.')
  for (let route = 0; route < ROUTES; route++) {
    const labels = `method="GET",route="/api/v1/resource-${route}/:id"`
    sample(`http_requests_total{${labels},status_code="200"}`, REQUESTS * tick + route)
    sample(`http_requests_total{${labels},status_code="500"}`, Math.floor((tick * (route + 1)) / 10))
  }
  family('http_request_duration_seconds', 'histogram', 'Duration of requests in seconds.')
  for (let route = 0; route < ROUTES; route++) {
    const labels = `method="GET",route="/api/v1/resource-${route}/:id",status_code="200"`
    BOUNDS.forEach((bound, index) => {
      const share = Math.min(1, (index + 2) / (BOUNDS.length - 2))
      sample(`http_request_duration_seconds_bucket{le="${bound}",${labels}}`, Math.floor(REQUESTS * tick * share))
    })
    sample(`http_request_duration_seconds_sum{${labels}}`, REQUESTS * tick * 0.0731)
    sample(`http_request_duration_seconds_count{${labels}}`, REQUESTS * tick)
  }
  for (let index = 0; count < samples; index++) {
    const name = `service_internal_gauge_${Math.floor(index / 20)}`
    if (index % 20 === 0) family(name, 'gauge', 'Something that the service also tells about itself.')
    sample(
      `${name}{component="worker",shard="${index % 20}",zone="eu-central-1a",tenant="tenant-${index % 7}"}`,
      tick * 3 + index / 4,
    )
  }
  return Buffer.from(`${lines.join('\n')}\n`)
}
