// Which programs a test of real components needs: skipped with a clear message where they are missing, failing in CI.
import { existsSync, readdirSync } from 'node:fs'
import { describe, it } from 'vitest'
import { findProgram } from '../../cluster/debian-packages.ts'

/** Debian's own Python has Debian's modules; another one on the PATH would not. */
const PYTHON = '/usr/bin/python3'
const MODULES = '/usr/lib/python3/dist-packages'
const POSTGRES = '/usr/lib/postgresql'

/** By Debian package, what tests use of it: programs on the PATH, or files. */
const PACKAGES = {
  'postgresql-15': ['postgres', 'initdb', 'psql'],
  pgbouncer: ['pgbouncer'],
  patroni: ['/usr/bin/patroni', `${MODULES}/patroni`, `${MODULES}/psycopg2`],
  'python3-etcd': [`${MODULES}/etcd`],
  'etcd-server': ['etcd'],
  'redis-server': ['redis-server'],
  'redis-sentinel': ['redis-sentinel'],
  'python3-celery': [PYTHON, `${MODULES}/celery`, `${MODULES}/amqp`],
  'python3-redis': [`${MODULES}/redis`],
  'mariadb-server': ['mariadbd', 'mariadb-install-db'],
  'rabbitmq-server': ['/usr/lib/rabbitmq/bin/rabbitmq-server', '/usr/lib/rabbitmq/bin/rabbitmqctl'],
  prometheus: ['prometheus', 'promtool'],
  'prometheus-alertmanager': ['prometheus-alertmanager', 'amtool'],
  'prometheus-node-exporter': ['prometheus-node-exporter'],
  'prometheus-redis-exporter': ['prometheus-redis-exporter'],
  'prometheus-postgres-exporter': ['prometheus-postgres-exporter'],
  haproxy: ['haproxy'],
  nginx: ['nginx'],
  curl: ['curl'],
} as const

/** `describe` for what needs these Debian packages, or the same programs from elsewhere. */
export function describeWith(packages: readonly (keyof typeof PACKAGES)[], title: string, body: () => void): void {
  const missing = packages.filter((name) => PACKAGES[name].some((used) => locate(used) === undefined))
  const why = `needs apt-get install --no-install-recommends ${missing.join(' ')}`
  if (missing.length === 0) {
    describe(title, body)
  } else if (process.env.CI === 'true') {
    it(title, () => {
      throw new Error(`${title} ${why}`)
    })
  } else {
    // Not `describe.skip`, which runs the body: it may need a user that comes with the package.
    it.skip(`${title} (${why})`)
  }
}

/** Where a program is. Throws when it is missing. */
export function program(name: string): string {
  const path = locate(name === 'python3' ? PYTHON : name)
  if (path === undefined) throw new Error(`${name} is not installed: ask for its package with describeWith`)
  return path
}

function locate(name: string): string | undefined {
  if (name.startsWith('/')) return existsSync(name) ? name : undefined
  return (
    postgresFolders()
      .map((folder) => `${folder}/${name}`)
      .find(existsSync) ?? findProgram(name)
  )
}

/** Debian keeps PostgreSQL's programs out of the PATH, by version. */
function postgresFolders(): string[] {
  return existsSync(POSTGRES) ? readdirSync(POSTGRES).map((version) => `${POSTGRES}/${version}/bin`) : []
}
