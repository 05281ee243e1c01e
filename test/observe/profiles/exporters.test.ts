// Each exporter profile on what the real exporter printed (fixtures/), against what the servers themselves had said of the load.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EXPORTER_PROFILE_NAMES, EXPORTER_PROFILES, type ExporterProfile } from '../../../controller/model/profiles.ts'
import { generic } from '../../../controller/observe/profiles/generic.ts'
import { PROFILES, sourcesOf } from '../../../controller/observe/profiles/profiles.ts'
import { createCatalog, SOURCES } from '../../../controller/observe/scrape/catalog.ts'
import { narrowed } from '../../../controller/reconcile/candidates.ts'
import { extractOf } from './extract-of.ts'

function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8')
}

const never = Number.POSITIVE_INFINITY

/** Between `X.before.txt` and `X.txt`. */
const TABLE: readonly {
  readonly profile: ExporterProfile
  readonly of: string
  readonly loadedWith: string
  readonly tells: object
}[] = [
  {
    profile: 'pgbouncer',
    of: 'pgbouncer',
    loadedWith: '8 short queries and 12 long ones, with a pool of 10; SHOW STATS_TOTALS went from 3 to 23',
    tells: { rps: 20, poolUsed: 10, poolMax: 10, queue: 2 },
  },
  {
    profile: 'postgres',
    of: 'postgres',
    loadedWith: 'the same 10 connections and 2 of the exporter, with max_connections 40',
    tells: { rps: 26, poolUsed: 12, poolMax: 40 },
  },
  {
    profile: 'mysqld',
    of: 'mysqld',
    loadedWith: '9 connections that sleep and the one of the exporter, with max_connections 60',
    tells: { rps: 34, poolUsed: 10, poolMax: 60 },
  },
  {
    profile: 'redis',
    of: 'redis',
    loadedWith:
      '9 tasks in the list; GET of a list 5 times and EVALSHA of an unknown script once; INFO said 22 clients',
    tells: { rps: 798, errors: 6, poolUsed: 22, poolMax: 10_000, queue: 9 },
  },
  {
    profile: 'celery',
    of: 'celery',
    loadedWith: '9 tasks that end, 2 that fail, 2 that run, 2 reserved and 9 in the list',
    tells: {
      rps: 13,
      errors: 2,
      queue: 9,
      buckets: [0.1, 0.5, 1, 5, never].map((bound) => [bound, 9]),
    },
  },
  {
    profile: 'nginx',
    of: 'nginx',
    loadedWith: '25 requests and 2 for its status page',
    tells: { rps: 27 },
  },
  {
    profile: 'haproxy',
    of: 'haproxy',
    loadedWith: '24 requests of which 4 fail, 7 that hang with 3 let through, and 2 for its metrics',
    tells: { rps: 33, errors: 4, poolUsed: 9 + 2, poolMax: 100 + 200, queue: 4 },
  },
  {
    profile: 'haproxy',
    of: 'haproxy-exporter',
    loadedWith: 'the same',
    tells: { rps: 33, errors: 4, poolUsed: 9 + 2, poolMax: 100 + 200, queue: 4 },
  },
  {
    profile: 'envoy',
    of: 'envoy',
    loadedWith: '75 requests of which 5 fail, and 6 for its administration, which are none of the service',
    tells: {
      rps: 75,
      errors: 5,
      queue: 7,
      buckets: [
        [0.005, 40],
        [0.1, 67],
        [never, 75],
      ],
    },
  },
  {
    profile: 'istio',
    of: 'istio',
    loadedWith: '54 requests of which 4 fail, and calls to another service, which are that service’s',
    tells: {
      rps: 54,
      errors: 4,
      buckets: [
        [0.01, 25],
        [0.25, 46],
        [never, 54],
      ],
    },
  },
]

describe('a profile', () => {
  it.each(TABLE)('$profile tells of $of: $loadedWith', ({ profile, of, tells }) => {
    const found = extractOf(sourcesOf(profile), fixture(`${of}.before`), fixture(of))
    expect(found).toMatchObject(tells)
    expect(found.unknown).toEqual([])
  })

  it.each([
    ['/metrics, the sum of all queues', 'rabbitmq', undefined, 42],
    ['/metrics/per-object', 'rabbitmq-per-object', undefined, 42],
    ['/metrics/per-object, one queue', 'rabbitmq-per-object', { queue: 'orders' }, 35],
    ['/metrics/detailed, one queue', 'rabbitmq-detailed', { queue: 'mails' }, 7],
  ])('rabbitmq tells the messages that are ready from %s', (_, of, match, ready) => {
    const queue = PROFILES.rabbitmq.queue.map((one) => narrowed(one, match))
    const found = extractOf({ ...generic, queue }, fixture(of), fixture(of))
    expect(found).toMatchObject({ queue: ready, unknown: [] })
  })

  it('rabbitmq tells the messages that were published, from before the last 7', () => {
    const now = fixture('rabbitmq')
    const before = now.replace(/^(rabbitmq_global_messages_received_total.*) 47$/m, '$1 40')
    expect(extractOf(sourcesOf('rabbitmq'), before, now)).toMatchObject({ rps: 7, unknown: [] })
  })

  it('rabbitmq does not take the sum of all queues for one of them', () => {
    const queue = PROFILES.rabbitmq.queue.map((one) => narrowed(one, { queue: 'orders' }))
    expect(extractOf({ ...generic, queue }, fixture('rabbitmq'), fixture('rabbitmq')).unknown).toEqual(['queue'])
  })

  it('redis tells an empty list as 0', () => {
    const before = fixture('redis.before')
    expect(before).toContain('redis_key_size{db="db0",key="celery"} 0\n')
    expect(extractOf(sourcesOf('redis'), before, before)).toMatchObject({ queue: 0, unknown: [] })
  })

  it('pgbouncer tells the pool of one database by the name that clients use, whatever it is on the server', () => {
    const databases = fixture('pgbouncer')
      .replaceAll('name="shop"', 'name="eu"')
      .replaceAll('{database="shop"', '{database="eu"')
    const other = 'pgbouncer_databases_pool_size{name="us",host="127.0.0.1",port="5432",database="shop"} 90\n'
    const pool = PROFILES.pgbouncer.pool.map(({ used, max }) => ({
      used: narrowed(used, { database: 'eu' }),
      max: typeof max === 'number' ? max : narrowed(max, { database: 'eu' }),
    }))
    const found = extractOf({ ...generic, pool }, databases + other, databases + other)
    expect(found).toMatchObject({ poolUsed: 10, poolMax: 10, unknown: [] })
  })

  it.each([
    ['fastapi', 'python-client', 0.07],
    ['prom-client', 'prom-client', 0.005592],
  ] as const)('%s tells the CPU time of the process from %s', (profile, of, seconds) => {
    const now = fixture(of)
    const before = now.replace(/^process_cpu_seconds_total .*$/m, 'process_cpu_seconds_total 0')
    expect(extractOf(sourcesOf(profile), before, now).cpu).toBeCloseTo(seconds, 9)
  })
})

it('no exporter tells its own CPU time as that of what it exports', () => {
  expect(Object.values(EXPORTER_PROFILES).flat()).not.toContain('cpu')
})

it('each exporter profile tells every signal that it says it tells', () => {
  for (const profile of EXPORTER_PROFILE_NAMES) {
    const sources = sourcesOf(profile)
    expect(SOURCES.filter((name) => sources[name].length > 0)).toEqual(EXPORTER_PROFILES[profile])
  }
})

it('what a profile leaves out is named when nothing else is there', () => {
  const { lookedFor } = createCatalog(sourcesOf('envoy'))
  expect(lookedFor(SOURCES.indexOf('errors'))).toBe(
    'envoy_http_downstream_rq_xx{envoy_response_code_class=~"5",envoy_http_conn_manager_prefix!~"admin"}',
  )
})
