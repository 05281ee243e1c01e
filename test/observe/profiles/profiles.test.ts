// Each profile finds its signals in what its exporter really prints.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { PROFILES } from '../../../controller/observe/profiles/profiles.ts'
import { extractOf } from './extract-of.ts'

describe('prom-client', () => {
  it.each(['status_code', 'code', 'status'])(
    'is understood live, with the label %s and only a histogram',
    async (label) => {
      const registry = new Registry()
      collectDefaultMetrics({ register: registry })
      const duration = new Histogram({
        name: 'http_request_duration_seconds',
        help: 'h',
        labelNames: ['route', label],
        buckets: [0.1, 0.5],
        registers: [registry],
      })
      const before = await registry.metrics()
      duration.observe({ route: '/a', [label]: '200' }, 0.05)
      duration.observe({ route: '/b', [label]: '200' }, 0.3)
      duration.observe({ route: '/b', [label]: '503' }, 0.9)
      const found = extractOf(PROFILES['prom-client'], before, await registry.metrics())
      expect(found).toMatchObject({ rps: 3, errors: 1, unknown: ['pool', 'queue'] })
      expect(found.buckets).toEqual([
        [0.1, 1],
        [0.5, 2],
        [Number.POSITIVE_INFINITY, 3],
      ])
    },
  )

  it('is understood live with a counter, a pool and a queue, and no errors yet are no errors', async () => {
    const registry = new Registry()
    const requests = new Counter({
      name: 'http_requests_total',
      help: 'r',
      labelNames: ['status'],
      registers: [registry],
    })
    new Gauge({ name: 'db_pool_connections_in_use', help: 'u', registers: [registry] }).set(3)
    new Gauge({ name: 'db_pool_connections_max', help: 'm', registers: [registry] }).set(10)
    new Gauge({ name: 'queue_depth', help: 'q', registers: [registry] }).set(7)
    const before = await registry.metrics()
    requests.inc({ status: '2xx' }, 5)
    const calm = await registry.metrics()
    expect(extractOf(PROFILES['prom-client'], before, calm)).toMatchObject({
      rps: 5,
      errors: 0,
      poolUsed: 3,
      poolMax: 10,
      queue: 7,
      unknown: ['latency', 'cpu'],
    })
    requests.inc({ status: '5xx' }, 2)
    expect(extractOf(PROFILES['prom-client'], calm, await registry.metrics())).toMatchObject({ rps: 2, errors: 2 })
  })

  it('does not take requests without any status for requests without errors', () => {
    const found = extractOf(PROFILES['prom-client'], 'http_requests_total 1\n', 'http_requests_total 2\n')
    expect(found.unknown).toContain('errors')
  })
})

describe('otel', () => {
  const stable = (count: number, failed: number, cpu: number) => `# TYPE target_info gauge
target_info{service_name="shop",telemetry_sdk_language="java"} 1
# TYPE http_server_request_duration_seconds histogram
# UNIT http_server_request_duration_seconds seconds
# HELP http_server_request_duration_seconds Duration of HTTP server requests.
http_server_request_duration_seconds_bucket{http_request_method="GET",http_response_status_code="200",http_route="/a",otel_scope_name="s",url_scheme="http",le="0.005"} ${count / 2}
http_server_request_duration_seconds_bucket{http_request_method="GET",http_response_status_code="200",http_route="/a",otel_scope_name="s",url_scheme="http",le="+Inf"} ${count}
http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/a",otel_scope_name="s",url_scheme="http"} ${count}
http_server_request_duration_seconds_sum{http_request_method="GET",http_response_status_code="200",http_route="/a",otel_scope_name="s",url_scheme="http"} 0.5
http_server_request_duration_seconds_bucket{http_request_method="GET",error_type="500",http_response_status_code="500",http_route="/a",le="+Inf"} ${failed}
http_server_request_duration_seconds_count{http_request_method="GET",error_type="500",http_response_status_code="500",http_route="/a"} ${failed}
# TYPE process_cpu_time_seconds_total counter
process_cpu_time_seconds_total{process_cpu_state="user"} ${cpu}
process_cpu_time_seconds_total{process_cpu_state="system"} ${cpu / 2}
# TYPE db_client_connection_count gauge
db_client_connection_count{db_client_connection_pool_name="p",db_client_connection_state="idle"} 6
db_client_connection_count{db_client_connection_pool_name="p",db_client_connection_state="used"} 4
# TYPE db_client_connection_max gauge
db_client_connection_max{db_client_connection_pool_name="p"} 10
# EOF
`
  it('is understood in its stable conventions', () => {
    expect(extractOf(PROFILES.otel, stable(10, 1, 1), stable(30, 2, 2))).toEqual({
      rps: 21,
      errors: 1,
      cpu: 1.5,
      poolUsed: 4,
      poolMax: 10,
      queue: 0,
      buckets: [
        [0.005, 10],
        [Number.POSITIVE_INFINITY, 21],
      ],
      unknown: ['queue'],
    })
  })

  it.each(['http_server_duration_milliseconds', 'http_server_duration'])(
    'is understood in its old conventions, as %s',
    (name) => {
      const old = (count: number) => `# HELP ${name} Measures the duration of inbound HTTP requests.
# TYPE ${name} histogram
${name}_count{http_scheme="http",http_method="GET",http_status_code="502"} ${count}
${name}_sum{http_scheme="http",http_method="GET",http_status_code="502"} 5.2
${name}_bucket{http_scheme="http",http_method="GET",http_status_code="502",le="75"} ${count}
${name}_bucket{http_scheme="http",http_method="GET",http_status_code="502",le="+Inf"} ${count}
db_client_connections_usage{pool_name="p",state="used"} 2
db_client_connections_max{pool_name="p"} 8
`
      expect(extractOf(PROFILES.otel, old(1), old(4))).toMatchObject({
        rps: 3,
        errors: 3,
        poolUsed: 2,
        poolMax: 8,
        buckets: [
          [0.075, 3],
          [Number.POSITIVE_INFINITY, 3],
        ],
      })
    },
  )
})

describe('fastapi', () => {
  it.each(['5xx', '500'])('is understood with the status %s, and takes its finer histogram', (status) => {
    const text = (
      count: number,
      failed: number,
    ) => `# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total ${count / 100}
# HELP http_requests_total Total number of requests by method, status and handler.
# TYPE http_requests_total counter
http_requests_total{handler="/items/{id}",method="GET",status="2xx"} ${count}.0
http_requests_total{handler="/items/{id}",method="GET",status="${status}"} ${failed}.0
# HELP http_requests_created Total number of requests by method, status and handler.
# TYPE http_requests_created gauge
http_requests_created{handler="/items/{id}",method="GET",status="2xx"} 1.7e+09
# HELP http_request_duration_highr_seconds Latency with many buckets but no API specific labels.
# TYPE http_request_duration_highr_seconds histogram
http_request_duration_highr_seconds_bucket{le="0.01"} ${count}.0
http_request_duration_highr_seconds_bucket{le="+Inf"} ${count + failed}.0
http_request_duration_highr_seconds_count ${count + failed}.0
# HELP http_request_duration_seconds Latency with only few buckets by handler.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{handler="/items/{id}",le="0.1",method="GET"} ${count}.0
http_request_duration_seconds_bucket{handler="/items/{id}",le="+Inf",method="GET"} ${count + failed}.0
`
    const found = extractOf(PROFILES.fastapi, text(100, 0), text(150, 5))
    expect(found).toMatchObject({ rps: 55, errors: 5, cpu: 0.5, unknown: ['pool', 'queue'] })
    expect(found.buckets).toEqual([
      [0.01, 50],
      [Number.POSITIVE_INFINITY, 55],
    ])
  })
})

describe('generic', () => {
  it('guesses nothing', () => {
    expect(Object.values(PROFILES.generic).flat()).toEqual([])
  })
})
