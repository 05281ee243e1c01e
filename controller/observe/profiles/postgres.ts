// PostgreSQL behind postgres_exporter: the pool is all connections of the server.
import type { ProfileSources } from './profiles.ts'

const MAX = { metric: 'pg_settings_max_connections' }

export const postgres: ProfileSources<'postgres'> = {
  rps: [{ metric: 'pg_stat_database_xact_commit' }],
  pool: [
    { used: { metric: 'pg_stat_database_numbackends' }, max: MAX },
    { used: { metric: 'pg_stat_activity_count' }, max: MAX },
  ],
}
