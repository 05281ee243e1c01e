// The exporters that diagnosis knows, by the names that a Guard gives them.
import type { DiagnosisProfile } from '../../../model/diagnosis-spec.ts'
import type { Recipe } from '../recipe.ts'
import { MYSQLD, PGBOUNCER, POSTGRES } from './databases.ts'
import { NODE } from './node.ts'
import { CELERY, HAPROXY, NGINX, REDIS, UWSGI } from './others.ts'

export const EXPORTERS: Readonly<Record<DiagnosisProfile, readonly Recipe[]>> = {
  node: NODE,
  postgres: POSTGRES,
  mysqld: MYSQLD,
  pgbouncer: PGBOUNCER,
  redis: REDIS,
  nginx: NGINX,
  haproxy: HAPROXY,
  uwsgi: UWSGI,
  celery: CELERY,
}
