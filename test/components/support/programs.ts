// Which programs a test of real components needs: skipped with a clear message where they are missing, failing in CI.
import { existsSync, readdirSync } from 'node:fs'
import { describe, it } from 'vitest'
import { findProgram } from '../../cluster/debian-packages.ts'

/** Debian package of each program or file that is needed. */
const PACKAGES = {
  postgres: 'postgresql-15',
  pgbouncer: 'pgbouncer',
  'redis-server': 'redis-server',
  celery: 'python3-celery',
  '/usr/lib/python3/dist-packages/redis/__init__.py': 'python3-redis',
  '/usr/lib/rabbitmq/bin/rabbitmq-server': 'rabbitmq-server',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  'prometheus-redis-exporter': 'prometheus-redis-exporter',
  'prometheus-postgres-exporter': 'prometheus-postgres-exporter',
} as const

type Needed = keyof typeof PACKAGES

/** `describe` for what needs these programs. */
export function describeWith(needed: readonly Needed[], title: string, body: () => void): void {
  const missing = needed.filter((name) => locate(name) === undefined).map((name) => PACKAGES[name])
  const why = `needs apt-get install --no-install-recommends ${missing.join(' ')}`
  if (missing.length === 0) {
    describe(title, body)
  } else if (process.env.CI === 'true') {
    it(title, () => {
      throw new Error(`${title} ${why}`)
    })
  } else {
    describe.skip(`${title} (${why})`, body)
  }
}

/** Where `name` is. Throws when it is missing, which `describeWith` has ruled out. */
export function program(name: Needed | 'psql' | 'initdb' | 'redis-cli' | 'epmd' | 'python3' | 'setpriv'): string {
  const path = locate(name)
  if (path === undefined) throw new Error(`${name} is not installed, and was not asked for by describeWith`)
  return path
}

function locate(name: string): string | undefined {
  if (name.startsWith('/')) return existsSync(name) ? name : undefined
  // The system's own, which has Debian's modules, before any other on the PATH.
  if (name === 'python3' && existsSync('/usr/bin/python3')) return '/usr/bin/python3'
  return (
    postgresFolders()
      .map((folder) => `${folder}/${name}`)
      .find(existsSync) ?? findProgram(name)
  )
}

/** Debian keeps PostgreSQL's programs out of the PATH, by version. */
function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  return existsSync(root) ? readdirSync(root).map((version) => `${root}/${version}/bin`) : []
}
