// MySQL and MariaDB behind mysqld_exporter: the pool is all connections of the server.
import type { ProfileSources } from './profiles.ts'

export const mysqld: ProfileSources<'mysqld'> = {
  // What clients sent; `queries` has the statements of stored programs too.
  rps: [{ metric: 'mysql_global_status_questions' }, { metric: 'mysql_global_status_queries' }],
  pool: [
    {
      used: { metric: 'mysql_global_status_threads_connected' },
      max: { metric: 'mysql_global_variables_max_connections' },
    },
  ],
}
