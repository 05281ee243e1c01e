// Connections that are held through a real PgBouncer: the share of its pool, those that wait, and those of PostgreSQL behind it.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { guardOf } from './support/look.ts'
import { startPgbouncerCollector } from './support/pgbouncer-collector.ts'
import {
  type Database,
  holdConnections,
  startPgbouncer,
  startPostgres,
  startPostgresExporter,
} from './support/postgres.ts'
import { describeWith } from './support/programs.ts'
import { createRoom } from './support/room.ts'

const POOL = 10
const MOST = 40

describeWith(['postgresql-15', 'pgbouncer', 'prometheus-postgres-exporter'], 'PgBouncer with PostgreSQL', () => {
  const room = createRoom('pgbouncer', 'postgres')
  let postgres: Database
  let pgbouncer: Database
  let poolUrl: string
  let serverUrl: string

  beforeAll(async () => {
    postgres = await startPostgres(room, MOST)
    pgbouncer = await startPgbouncer(room, postgres, POOL)
    poolUrl = await startPgbouncerCollector(room, (what) => pgbouncer.query(`show ${what}`))
    serverUrl = await startPostgresExporter(room, postgres)
  })
  afterAll(() => room.stop())

  /** What PgBouncer and PostgreSQL say themselves. */
  async function truth() {
    const pool = (await pgbouncer.query('show pools')).find((row) => row.database === 'shop')
    const size = (await pgbouncer.query('show databases')).find((row) => row.name === 'shop')?.pool_size
    const [sleeping] = await postgres.query(
      "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()",
    )
    return {
      share: Number(pool?.sv_active ?? 0) / Number(size),
      waiting: Number(pool?.cl_waiting ?? 0),
      sleeping: Number(sleeping?.count),
    }
  }

  it.each([
    ['7 held connections are 70% of the pool', 7, { share: 0.7, waiting: 0, sleeping: 7 }],
    ['with 5 more all 10 are in use and 2 clients wait', 5, { share: 1, waiting: 2, sleeping: 10 }],
  ])('%s, as SHOW POOLS and pg_stat_activity say', async (_, more, expected) => {
    const pool = guardOf('pool', { profile: 'pgbouncer', match: { database: 'shop' } }, poolUrl)
    const everyPool = guardOf('pool', { profile: 'pgbouncer' }, poolUrl)
    const queue = guardOf('queue', { profile: 'pgbouncer', match: { database: 'shop' } }, poolUrl)
    await holdConnections(room, pgbouncer, more)
    await vi.waitFor(async () => expect(await truth()).toEqual(expected), { timeout: 20_000, interval: 100 })
    const ours = { share: await pool(), waiting: await queue() }
    const theirs = await truth()
    console.log('ours and theirs:', ours, theirs)
    expect(ours).toEqual({ share: theirs.share, waiting: theirs.waiting })
    expect(await everyPool()).toBe(theirs.share)
  })

  it('the connections of PostgreSQL are as many as pg_stat_activity lists', async () => {
    const connections = guardOf('pool', { profile: 'postgres' }, serverUrl)
    const listed = async () => {
      const [row] = await postgres.query(
        'select count(*) from pg_stat_activity where datname is not null and pid <> pg_backend_pid()',
      )
      return Number(row?.count)
    }
    // The exporter connects to look, and disconnects a little later.
    const before = await listed()
    const ours = Math.round((await connections()) * MOST)
    const after = await listed()
    console.log('ours and theirs:', ours, [before, after])
    expect(ours).toBeGreaterThanOrEqual(Math.min(before, after))
    expect(ours).toBeLessThanOrEqual(Math.max(before, after) + 2)
  })
})
