// What is read of the resources in the exporters' own output, captured from the running programs.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EXPORTERS } from '../../../controller/observe/resources/exporters/exporters.ts'
import { SERVICE } from '../../../controller/observe/resources/exporters/service.ts'
import { measure } from '../../../controller/observe/resources/measure.ts'
import { metricsOf, type Recipe } from '../../../controller/observe/resources/recipe.ts'
import { type Snapshot, takeSnapshot } from '../../../controller/observe/resources/samples.ts'

const FIXTURES = new URL('../profiles/fixtures/', import.meta.url)

function snapshot(recipes: readonly Recipe[], body: string, atMs: number): Snapshot {
  return takeSnapshot(Buffer.from(body), undefined, new Set(recipes.flatMap(metricsOf)), atMs)
}

/** The evidence of every reading of one target, taken five seconds after `before`. */
function evidenceOf(recipes: readonly Recipe[], body: string, before?: string): string[] {
  const now = snapshot(recipes, body, 5_000)
  const then = before === undefined ? undefined : snapshot(recipes, before, 0)
  return recipes.flatMap((recipe) => {
    if (recipe.kind === 'hits' || recipe.kind === 'calls') return []
    const readings = measure(recipe, { before: then, now, choice: {} }, 'x') ?? []
    return readings.map(({ resource, evidence, saturation = '' }) => `${resource} ${evidence} ${saturation}`.trim())
  })
}

const file = (name: string) => readFileSync(new URL(`${name}.txt`, FIXTURES), 'utf8')

describe('an exporter as it really answers', () => {
  const CASES: [file: string, recipes: readonly Recipe[], evidence: readonly string[]][] = [
    [
      'prom-client',
      SERVICE,
      [
        'fileDescriptors x: 22 of 20,000 file descriptors are open.',
        'eventLoop x: the event loop comes 0.3 ms late in the mean, and is busy for 2.8 % of the time.',
      ],
    ],
    ['python-client', SERVICE, ['fileDescriptors x: 7 of 20,000 file descriptors are open.']],
    ['postgres', EXPORTERS.postgres, ['database x: 12 of 40 connections of PostgreSQL are open.']],
    ['mysqld', EXPORTERS.mysqld, ['database x: 10 of 60 connections of MySQL are open.']],
    [
      'pgbouncer',
      EXPORTERS.pgbouncer,
      [
        'pool x, pgbouncer: 0 of 2 server connections of PgBouncer are in use.',
        'pool x, shop: 10 of 10 server connections of PgBouncer are in use. x, shop: 2 clients wait for a connection. x, shop: 1 s has the first of them waited.',
      ],
    ],
    ['redis', EXPORTERS.redis, ['sockets x: 22 of 10,000 clients of Redis are connected.']],
    [
      'haproxy',
      EXPORTERS.haproxy,
      [
        'sockets x: 11 of 200 connections of HAProxy are open.',
        'workers x, checkout: 3 of 3 sessions of this backend of HAProxy are taken. x, checkout: 4 requests wait for a server.',
      ],
    ],
    [
      'haproxy-exporter',
      EXPORTERS.haproxy,
      [
        'workers x, checkout: 3 of 3 sessions of this backend of HAProxy are taken. x, checkout: 4 requests wait for a server.',
      ],
    ],
    ['celery', EXPORTERS.celery, ['workers x: 2 of 2 processes of Celery workers are busy.']],
    ['nginx', EXPORTERS.nginx, ['sockets x: 0 % of connections dropped.']],
  ]
  it.each(CASES)('%s tells of its resources', (name, recipes, evidence) => {
    const before = name.endsWith('client') ? undefined : file(`${name}.before`)
    expect(evidenceOf(recipes, file(name), before)).toEqual(evidence)
  })

  it('node tells of sockets, with the default of what it does not expose, and of CPU once it was read twice', () => {
    const body = file('node')
    const later = body
      .replace('node_netstat_Tcp_ActiveOpens 519403', 'node_netstat_Tcp_ActiveOpens 594403')
      .replace('node_sockstat_TCP_tw 82', 'node_sockstat_TCP_tw 28100')
      .replace(
        'node_cpu_seconds_total{cpu="0",mode="idle"} 6688.5',
        'node_cpu_seconds_total{cpu="0",mode="idle"} 6691.0',
      )
    expect(evidenceOf(EXPORTERS.node, later, body)).toEqual([
      'sockets x: 28,100 of 28,232 ephemeral ports are in TIME_WAIT (net.ipv4.ip_local_port_range is not exposed: its default is taken); 15,000 connections are opened a second; each rests for 60 s after its use, so that to one address they last for 471 a second.',
      'sockets x: 0 of 262,144 connections are tracked by the firewall.',
      'fileDescriptors x: 907 of 2,466,170 file descriptors of the node are open.',
      'cpu x: its 2 CPUs are busy for 75 % of the time.',
    ])
    expect(evidenceOf(EXPORTERS.node, body).join(' ')).not.toMatch(/cpu|opened/)
  })

  it('node with more in TIME_WAIT than there are ports for one address says that it means less', () => {
    const [recipe] = EXPORTERS.node
    const now = snapshot(EXPORTERS.node, 'node_sockstat_TCP_tw 32348\n', 0)
    if (recipe?.kind !== 'usage') throw new Error('the recipe is not of a usage')
    expect(measure(recipe, { before: undefined, now, choice: {} }, 'x')?.[0]?.doubt).toMatch(/^That is more than one/)
  })

  it('node tells the range of ports when it is asked to', () => {
    const range =
      'node_sysctl_net_ipv4_ip_local_port_range_min 10000\nnode_sysctl_net_ipv4_ip_local_port_range_max 19999\n'
    expect(evidenceOf(EXPORTERS.node, `${file('node')}${range}`)[0]).toBe(
      'sockets x: 82 of 10,000 ephemeral ports are in TIME_WAIT.',
    )
  })
})

describe('names of others', () => {
  const CASES: [name: string, recipes: readonly Recipe[], body: string, evidence: string][] = [
    [
      'HikariCP',
      SERVICE,
      'hikaricp_connections_active{pool="a"} 10\nhikaricp_connections_max{pool="a"} 10\nhikaricp_connections_pending{pool="a"} 4\n',
      'pool x, a: 10 of 10 connections of the pool are in use. x, a: 4 threads wait for a connection.',
    ],
    [
      'database/sql of Go, with a limit',
      SERVICE,
      'go_sql_in_use_connections{db_name="shop"} 9\ngo_sql_max_open_connections{db_name="shop"} 10\n',
      'pool x, shop: 9 of 10 connections of the pool are in use.',
    ],
    [
      'Tomcat',
      SERVICE,
      'tomcat_threads_busy_threads{name="h"} 200\ntomcat_threads_config_max_threads{name="h"} 200\n',
      'workers x: 200 of 200 threads of Tomcat are busy.',
    ],
    [
      'uWSGI, whose workers are counted',
      EXPORTERS.uwsgi,
      'uwsgi_worker_busy{worker_id="1"} 1\nuwsgi_worker_busy{worker_id="2"} 0\nuwsgi_listen_queue_length 3\n',
      'workers x: 1 of 2 workers of uWSGI are busy. x: 3 connections wait for a worker.',
    ],
    [
      'OpenTelemetry for Node',
      SERVICE,
      'nodejs_eventloop_utilization_ratio 0.97\n',
      'eventLoop x: 97 % of the time the event loop is busy.',
    ],
  ]
  it.each(CASES)('%s', (_, recipes, body, evidence) => {
    expect(evidenceOf(recipes, body)).toEqual([evidence])
  })

  it('a full event loop of short turns shows by the CPU of its thread, which lateness alone does not', () => {
    const at = (late: number, cpu: number) =>
      `nodejs_eventloop_lag_mean_seconds ${late}\nprocess_cpu_seconds_total ${cpu}\n`
    expect(evidenceOf(SERVICE, at(0.015, 14.9), at(0.015, 10))).toEqual([
      'eventLoop x: the event loop comes 5 ms late in the mean, and, as the CPU of its one thread shows, is busy for 98 % of the time.',
    ])
    // Other threads use that CPU when the loop comes in time.
    expect(evidenceOf(SERVICE, at(0.0102, 14.9), at(0.0102, 10))[0]).toMatch(/busy for 2 % of the time/)
    expect(evidenceOf(SERVICE, at(0.21, 10.1), at(0.21, 10))[0]).toMatch(/200 ms late .* busy for 95\.2 % of the time/)
  })

  it('a limit of 0 is none: nothing can be said of a share', () => {
    expect(evidenceOf(SERVICE, 'go_sql_in_use_connections 9\ngo_sql_max_open_connections 0\n')).toEqual([])
  })

  it('what nginx accepted and did not handle, it dropped', () => {
    const at = (accepted: number, handled: number) =>
      `nginx_connections_accepted ${accepted}\nnginx_connections_handled ${handled}\n`
    expect(evidenceOf(EXPORTERS.nginx, at(1100, 1090), at(1000, 1000))).toEqual([
      'sockets x: 10 % of connections dropped. x: 10 % of the connections are dropped by nginx, for want of worker_connections or descriptors.',
    ])
  })
})

describe('a choice', () => {
  it('leaves series with another value of the label out, and keeps those without it', () => {
    const body =
      'pg_stat_database_numbackends{datname="shop"} 7\npg_stat_database_numbackends{datname="x"} 9\npg_settings_max_connections 40\n'
    const now = snapshot(EXPORTERS.postgres, body, 0)
    const [recipe] = EXPORTERS.postgres
    if (recipe?.kind !== 'usage') throw new Error('the recipe is not of a usage')
    expect(measure(recipe, { before: undefined, now, choice: { datname: /^shop$/ } }, 'x')?.[0]).toMatchObject({
      amount: '7 of 40 connections',
      utilisation: 7 / 40,
    })
  })
})
