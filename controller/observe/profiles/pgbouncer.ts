// PgBouncer behind pgbouncer_exporter: the pool is its connections to the server, the queue the clients that wait for one.
import type { ProfileSources } from './profiles.ts'

/** PgBouncer lists its own administration as one more database, with a pool of 2 that is never used. */
const CLIENTS = { except: { database: 'pgbouncer' } }

export const pgbouncer: ProfileSources<'pgbouncer'> = {
  rps: [
    { metric: 'pgbouncer_stats_totals_queries_pooled_total', ...CLIENTS },
    // Before pgbouncer_exporter 0.11.
    { metric: 'pgbouncer_stats_queries_pooled_total', ...CLIENTS },
  ],
  pool: [
    {
      used: { metric: 'pgbouncer_pools_server_active_connections', ...CLIENTS },
      // What SHOW POOLS calls the database is the `name` in SHOW DATABASES, whose `database` is the one on the server.
      max: {
        metric: 'pgbouncer_databases_pool_size',
        except: { name: 'pgbouncer' },
        renamed: { database: 'name' },
      },
    },
  ],
  queue: [{ metric: 'pgbouncer_pools_client_waiting_connections', ...CLIENTS, aggregate: 'sum' }],
}
