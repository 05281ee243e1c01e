// PgBouncer through prometheus-community/pgbouncer_exporter: server connections that clients hold, of those it may open.
import type { ProfileSources } from './profiles.ts'

/** Connections that are only kept open are free: they are in neither of the states that count as used. */
const used = { metric: 'pgbouncer_pools_server_active_connections' }
const POOL_SIZE = 'pgbouncer_databases_pool_size'

export const pgbouncer: ProfileSources<'pgbouncer'> = {
  pool: [
    // PgBouncer's own console is a database too, with two connections that nobody can use: it alone pools by statement.
    { used, max: { metric: POOL_SIZE, match: { pool_mode: '(session|transaction)?' } } },
    { used, max: { metric: POOL_SIZE } },
  ],
}
