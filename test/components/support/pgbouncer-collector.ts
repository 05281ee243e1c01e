// What prometheus-community/pgbouncer_exporter prints, from PgBouncer's own SHOW commands: its names, labels and factors.
import { createServer } from 'node:http'
import { freePort } from '../../../sandbox/ports.ts'
import type { Table } from './postgres.ts'
import type { Room } from './room.ts'

interface Columns {
  readonly labels: readonly string[]
  /** Column to metric, without the prefix. */
  readonly gauges?: Readonly<Record<string, string>>
  readonly counters?: Readonly<Record<string, readonly [metric: string, factor: number]>>
}

/** By SHOW command; the command is part of the metrics' names. */
const SHOWN: Readonly<Record<string, Columns>> = {
  databases: {
    labels: ['name', 'host', 'port', 'database', 'force_user', 'pool_mode'],
    gauges: {
      pool_size: 'pool_size',
      reserve_pool: 'reserve_pool',
      max_connections: 'max_connections',
      current_connections: 'current_connections',
      paused: 'paused',
      disabled: 'disabled',
    },
  },
  pools: {
    labels: ['database', 'user'],
    gauges: {
      cl_active: 'client_active_connections',
      cl_active_cancel_req: 'client_active_cancel_connections',
      cl_waiting: 'client_waiting_connections',
      cl_waiting_cancel_req: 'client_waiting_cancel_connections',
      sv_active: 'server_active_connections',
      sv_active_cancel: 'server_active_cancel_connections',
      sv_being_canceled: 'server_being_canceled_connections',
      sv_idle: 'server_idle_connections',
      sv_used: 'server_used_connections',
      sv_tested: 'server_testing_connections',
      sv_login: 'server_login_connections',
      maxwait: 'client_maxwait_seconds',
    },
  },
  stats_totals: {
    labels: ['database'],
    counters: {
      query_count: ['queries_pooled_total', 1],
      query_time: ['queries_duration_seconds_total', 1e-6],
      bytes_received: ['received_bytes_total', 1],
      bytes_sent: ['sent_bytes_total', 1],
      wait_time: ['client_wait_seconds_total', 1e-6],
      xact_count: ['sql_transactions_pooled_total', 1],
      xact_time: ['server_in_transaction_seconds_total', 1e-6],
    },
  },
}

const CONFIG: Readonly<Record<string, string>> = {
  max_client_conn: 'max_client_connections',
  max_user_connections: 'max_user_connections',
}

const LISTS = [
  'databases',
  'users',
  'pools',
  'free_clients',
  'used_clients',
  'login_clients',
  'free_servers',
  'used_servers',
]

/** Serves it, asking PgBouncer at every scrape; returns the URL. */
export async function startPgbouncerCollector(room: Room, show: (what: string) => Promise<Table>): Promise<string> {
  const server = createServer((_request, response) => {
    collect(show).then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  room.defer(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  })
  return `http://127.0.0.1:${port}/metrics`
}

async function collect(show: (what: string) => Promise<Table>): Promise<string> {
  const lines: string[] = []
  for (const [command, { labels, gauges = {}, counters = {} }] of Object.entries(SHOWN)) {
    const rows = await show(command)
    const columns: readonly [string, string, string, number][] = [
      ...Object.entries(gauges).map(
        ([column, metric]) => [column, metric, 'gauge', 1] as [string, string, string, number],
      ),
      ...Object.entries(counters).map(
        ([column, [metric, factor]]) => [column, metric, 'counter', factor] as [string, string, string, number],
      ),
    ]
    for (const [column, metric, type, factor] of columns) {
      const name = `pgbouncer_${command}_${metric}`
      lines.push(`# TYPE ${name} ${type}`)
      for (const row of rows) {
        const inner = labels.map((label) => `${label}=${JSON.stringify(row[label] ?? '')}`)
        lines.push(`${name}{${inner.join(',')}} ${Number(row[column]) * factor}`)
      }
    }
  }
  for (const { list, items } of await show('lists')) {
    if (list !== undefined && LISTS.includes(list))
      lines.push(`# TYPE pgbouncer_${list} gauge`, `pgbouncer_${list} ${items}`)
  }
  for (const { key, value } of await show('config')) {
    const metric = key === undefined ? undefined : CONFIG[key]
    if (metric !== undefined)
      lines.push(`# TYPE pgbouncer_config_${metric} gauge`, `pgbouncer_config_${metric} ${value}`)
  }
  lines.push('# TYPE pgbouncer_up gauge', 'pgbouncer_up 1')
  return `${lines.join('\n')}\n`
}
