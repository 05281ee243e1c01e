// postgres_exporter, mysqld_exporter and pgbouncer_exporter: connections of a database, and of a pooler before it.
import type { Recipe } from '../recipe.ts'

export const POSTGRES: readonly Recipe[] = [
  {
    kind: 'usage',
    resource: 'database',
    label: 'connections',
    says: 'connections of PostgreSQL are open',
    // Every backend of every database, idle ones too: each takes one of max_connections.
    used: { metric: 'pg_stat_database_numbackends' },
    max: [{ metric: 'pg_settings_max_connections' }],
  },
]

export const MYSQLD: readonly Recipe[] = [
  {
    kind: 'usage',
    resource: 'database',
    label: 'connections',
    says: 'connections of MySQL are open',
    used: { metric: 'mysql_global_status_threads_connected' },
    max: [{ metric: 'mysql_global_variables_max_connections' }],
    refused: [
      {
        of: { metric: 'mysql_global_status_connection_errors_total', match: { error: 'max_connections' } },
        says: 'connections are refused a second for max_connections',
      },
    ],
  },
]

export const PGBOUNCER: readonly Recipe[] = [
  {
    kind: 'usage',
    resource: 'pool',
    label: 'connections',
    says: 'server connections of PgBouncer are in use',
    used: { metric: 'pgbouncer_pools_server_active_connections', by: 'database' },
    // In SHOW DATABASES `name` is what SHOW POOLS calls the database.
    max: [{ metric: 'pgbouncer_databases_pool_size', by: 'name' }],
    waiting: [
      {
        of: { metric: 'pgbouncer_pools_client_waiting_connections', by: 'database' },
        says: 'clients wait for a connection',
      },
      {
        of: { metric: 'pgbouncer_pools_client_maxwait_seconds', by: 'database' },
        says: 's has the first of them waited',
      },
    ],
  },
]
