// Real exporters over real sockets beside a service: what they tell, and how each way of failing stays with its own signal.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { systemClock } from '../../controller/model/clock.ts'
import { GUARD_SPEC } from '../../controller/model/guard.ts'
import type { Service } from '../../controller/model/service.ts'
import type { Pod } from '../../controller/model/workload.ts'
import { createPrometheusApi } from '../../controller/observe/prometheus/api.ts'
import { createPrometheusSource } from '../../controller/observe/prometheus/source.ts'
import { createFetcher } from '../../controller/observe/scrape/fetcher.ts'
import { discoverTargets } from '../../controller/observe/scrape/targets.ts'
import { planOf } from '../../controller/reconcile/guard-plan.ts'
import { aimSides, openObservers } from '../../controller/reconcile/observers.ts'
import { createTargetFinder } from '../../controller/reconcile/targets.ts'

const INTERVAL_MS = 500
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serve(listener: RequestListener): Promise<{ port: number; stop: () => void }> {
  const server = createServer(listener)
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  cleanups.push(stop)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, stop }
}

const POOL = `# TYPE pgbouncer_databases_pool_size gauge
pgbouncer_databases_pool_size{name="pgbouncer",host="",port="6432",database="pgbouncer",force_user="pgbouncer",pool_mode="statement"} 2
pgbouncer_databases_pool_size{name="shop",host="127.0.0.1",port="5432",database="shop",force_user="",pool_mode=""} 10
pgbouncer_databases_pool_size{name="crm",host="127.0.0.1",port="5432",database="crm",force_user="",pool_mode=""} 30
# TYPE pgbouncer_pools_server_active_connections gauge
pgbouncer_pools_server_active_connections{database="pgbouncer",user="pgbouncer"} 0
pgbouncer_pools_server_active_connections{database="shop",user="shop"} 9
pgbouncer_pools_server_active_connections{database="crm",user="crm"} 3
`

/** The pods and Services of a namespace; each pod serves at a port of 127.0.0.1. */
function cluster(ports: Readonly<Record<string, number>>) {
  const pods = new Map<string, Pod>()
  const services = new Map<string, Service>()
  for (const [name, port] of Object.entries(ports)) {
    pods.set(name, {
      namespace: 'shop',
      name: `${name}-1`,
      uid: name,
      labels: { app: name },
      phase: 'Running',
      podIP: '127.0.0.1',
      ready: true,
      terminating: false,
      containers: [{ name, ports: [{ name: 'metrics', port }], cpuCores: 1 }],
    })
    services.set(`shop/${name}`, {
      namespace: 'shop',
      name,
      uid: name,
      type: 'ClusterIP',
      selector: { app: name },
      ports: [{ name: 'metrics', port: 80, targetPort: 'metrics' }],
      externalName: undefined,
    })
  }
  const handlers: ((key: string) => void)[] = []
  const onChange = (handler: (key: string) => void) => {
    handlers.push(handler)
    return () => undefined
  }
  return {
    pods,
    services,
    changed: () => {
      for (const handler of handlers) handler('shop/x')
    },
    finder: createTargetFinder(
      { byNamespace: () => [...pods.values()], onChange },
      { get: (key) => services.get(key), onChange },
    ),
  }
}

/** A Guard of the service `checkout`, looked through as its loop does. */
function guardOf(signals: object, { finder, pods }: ReturnType<typeof cluster>) {
  const interval = `${INTERVAL_MS}ms`
  const plan = planOf(
    GUARD_SPEC.parse({ target: { name: 'checkout' }, signals: { from: { scrape: { interval } }, ...signals } }),
  )
  const fetcher = createFetcher()
  const api = createPrometheusApi()
  const prometheus = createPrometheusSource({ api, clock: systemClock })
  const { observer, several } = openObservers({ clock: systemClock, fetcher, prometheus }, 'shop', plan)
  cleanups.push(
    () => api.close(),
    () => fetcher.close(),
    () => observer.close(),
  )
  const selector = { matchLabels: { app: 'checkout' } }
  return async () => {
    observer.setTargets(discoverTargets({ namespace: 'shop', selector }, [...pods.values()], plan.endpoint).targets)
    if (several !== undefined) aimSides(several, 'shop', plan, finder)
    const begun = performance.now()
    const { observations } = await observer.observe()
    const known = Object.entries(observations).flatMap(([name, one]) =>
      one === undefined ? [] : [[name, one.kind === 'ok' ? one.value : one.why] as const],
    )
    return { tookMs: performance.now() - begun, ...Object.fromEntries(known) } as Readonly<Record<string, unknown>>
  }
}

/** 64 MiB. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024))

let requests = 0
const service: RequestListener = (_, response) => {
  requests += 100
  response.end(`http_requests_total{status_code="200"} ${requests}\nprocess_cpu_seconds_total 1\n`)
}

it('the pool of a PgBouncer and the queue of another exporter are read at the pods behind their Services', async () => {
  const own = await serve(service)
  const pool = await serve((_, response) => response.end(POOL))
  const jobs = await serve(({ url }, response) =>
    response.end(url === '/probe' ? 'jobs{queue="mail"} 40\njobs{queue="orders"} 3\n' : ''),
  )
  const world = cluster({ checkout: own.port, pgbouncer: pool.port, jobs: jobs.port })
  const look = guardOf(
    {
      pool: { profile: 'pgbouncer', service: 'pgbouncer', match: { database: 'shop' } },
      queue: { metric: 'jobs', match: { queue: 'mail|orders' }, service: 'jobs', path: '/probe' },
    },
    world,
  )
  await look()
  const seen = await look()
  expect(seen).toMatchObject({ pool: 0.9, queue: 43, errors: 0 })
  expect(seen.rps).toBeGreaterThan(0)

  const all = guardOf({ pool: { profile: 'pgbouncer', service: 'pgbouncer' } }, world)
  // PgBouncer's own console is no database of anybody.
  expect(await all()).toMatchObject({ pool: 12 / 40 })

  world.services.delete('shop/pgbouncer')
  world.changed()
  expect(await look()).toMatchObject({ pool: 'Service shop/pgbouncer does not exist', queue: 43 })
})

it.each<[string, RequestListener, RegExp]>([
  ['hangs', () => undefined, /timeout after 400 ms$/],
  ['answers with an error', (_, response) => response.writeHead(500).end('no'), /HTTP 500$/],
  ['answers with garbage', (_, response) => response.end('<html>\u0000{{{'.repeat(100)), /not an exposition/],
  ['answers without the metric', (_, response) => response.end('up 1\n'), /does not expose/],
  ['answers with NaN', (_, response) => response.end(POOL.replaceAll(/ 9$/gm, ' NaN')), /NaN/],
  [
    'answers without end',
    (_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(1024 * 1024)), 1)
      response.on('close', () => clearInterval(timer))
    },
    /body larger than 8 MiB|timeout/,
  ],
  [
    'answers with a bomb',
    (_, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(BOMB)
    },
    /body larger than 8 MiB/,
  ],
  ['hangs up', (request) => request.socket.destroy(), /connection/],
])('an exporter that %s makes its signal unknown with the reason, and delays nothing', async (_, listener, why) => {
  const [own, bad, good] = [await serve(service), await serve(listener), await serve((_, r) => r.end('jobs 3\n'))]
  const look = guardOf(
    {
      pool: { profile: 'pgbouncer', service: 'pgbouncer', match: { database: 'shop' } },
      queue: { metric: 'jobs', service: 'jobs' },
    },
    cluster({ checkout: own.port, pgbouncer: bad.port, jobs: good.port }),
  )
  const first = await look()
  expect(first.pool).toMatch(why)
  const second = await look()
  expect(second).toMatchObject({ queue: 3, errors: 0 })
  expect(second.pool).toMatch(why)
  // It is waited for once, and from then on only asked: what counts is that nobody waits for a hung one again.
  expect(second.tookMs).toBeLessThan(350)
})

it('an exporter that is gone and comes back is seen again', async () => {
  const [own, pool] = [await serve(service), await serve((_, response) => response.end(POOL))]
  const world = cluster({ checkout: own.port, pgbouncer: pool.port })
  const look = guardOf({ pool: { profile: 'pgbouncer', service: 'pgbouncer', match: { database: 'crm' } } }, world)
  expect(await look()).toMatchObject({ pool: 0.1 })
  pool.stop()
  expect((await look()).pool).toMatch(/connection/)
  const again = await serve((_, response) => response.end(POOL))
  const [pod] = [...world.pods.values()].filter((one) => one.uid === 'pgbouncer')
  if (pod === undefined) throw new Error('no pod')
  const containers = [{ name: 'pgbouncer', ports: [{ name: 'metrics', port: again.port }], cpuCores: 1 }]
  world.pods.set('pgbouncer', { ...pod, uid: 'pgbouncer-2', containers })
  world.changed()
  expect(await look()).toMatchObject({ pool: 0.1 })
})

it('a Prometheus that hangs delays no round by more than the Guard’s own timeout', async () => {
  const own = await serve(service)
  const server = await serve(() => undefined)
  const look = guardOf(
    {
      queue: {
        metric: 'jobs',
        prometheus: { url: `http://127.0.0.1:${server.port}`, interval: '5s', timeout: '1s' },
      },
    },
    cluster({ checkout: own.port }),
  )
  const first = await look()
  expect(first.queue).toBe('no answer yet')
  expect(first.tookMs).toBeLessThan(900)
  const rounds = [await look(), await look(), await look()]
  expect(rounds.at(-1)).toMatchObject({ errors: 0, queue: `http://127.0.0.1:${server.port}: timeout after 1 s` })
})
