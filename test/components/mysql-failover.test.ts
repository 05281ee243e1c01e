// MariaDB with two replicas under writes: told to switch, killed, hung, come back, and grown apart. What is acknowledged is kept.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createMysqlObserver } from '../../controller/observe/failover/mysql.ts'
import { type Mariadb, makeMariadbs } from './support/mariadb.ts'
import { type MysqlGroup, mysqlGroup, SOON, targetOf } from './support/mysql-group.ts'
import { type OrderWriters, writeOrders } from './support/order-writers.ts'
import { describeWith } from './support/programs.ts'
import { createRoom } from './support/room.ts'

const NAMES = ['db-0', 'db-1', 'db-2'] as const
type Name = (typeof NAMES)[number]
const READ_ONLY = /read-only/

describeWith(['mariadb-server'], 'A FailoverGroup of MariaDB', () => {
  const room = createRoom('mariadb', 'mysql')
  let servers: Readonly<Record<Name, Mariadb>>
  let group: MysqlGroup
  let orders: OrderWriters
  /** Each test leaves the group well, and says here who is the primary. */
  let primary: Name = 'db-0'

  beforeAll(async () => {
    const [zero, one, two] = await makeMariadbs(room, NAMES)
    if (zero === undefined || one === undefined || two === undefined) throw new Error('three were asked for')
    servers = { 'db-0': zero, 'db-1': one, 'db-2': two }
    await Promise.all(all().map((server) => server.start()))
    group = mysqlGroup(all())
    await zero.query('SET GLOBAL read_only = 0')
    await Promise.all([group.untilFollows('db-1', 'db-0'), group.untilFollows('db-2', 'db-0')])
    orders = writeOrders(room, zero)
    await acknowledged(50)
  })
  afterAll(async () => {
    await group?.close()
    await room.stop()
  })

  const all = () => NAMES.map((name) => servers[name])
  const replicas = () => NAMES.filter((name) => name !== primary)
  /** Who is to take over, and who is to follow it. */
  function pick(): readonly [to: Name, other: Name] {
    const [to, other] = replicas()
    if (to === undefined || other === undefined) throw new Error('there are two replicas')
    return [to, other]
  }

  async function acknowledged(more: number): Promise<void> {
    const from = orders.acknowledged.length
    await vi.waitFor(() => expect(orders.acknowledged.length - from).toBeGreaterThanOrEqual(more), SOON)
  }

  async function promote(to: Name, other: Name, context: Parameters<MysqlGroup['promote']>[0]): Promise<void> {
    await group.promote({
      ...context,
      switch: { ...context.switch, step: 'Promoting', stepSince: new Date().toISOString() },
    })
    orders.primary = servers[to]
    primary = to
    await group.untilFollows(other, to)
  }

  /** Every order that was acknowledged is on every member, and what they have is the same, to the last bit. */
  async function nothingIsLost(): Promise<void> {
    await orders.pause()
    const [{ at } = {}] = await servers[primary].query('SELECT @@gtid_binlog_pos AS at')
    const sums = await Promise.all(
      all().map(async (server) => {
        if (server.name !== primary)
          expect(await server.query(`SELECT MASTER_GTID_WAIT('${at}', 20) AS waited`)).toEqual([{ waited: 0 }])
        const [{ Checksum } = {}] = await server.query('CHECKSUM TABLE shop.orders')
        const rows = await server.query('SELECT id FROM shop.orders WHERE BINARY note = SHA1(id)')
        return { checksum: Checksum, ids: new Set(rows.map(({ id }) => Number(id))) }
      }),
    )
    const lost = orders.acknowledged.filter((id) => !sums.every(({ ids }) => ids.has(id)))
    const sizes = sums.map(({ ids }) => ids.size)
    console.log('acknowledged', orders.acknowledged.length, 'there', sizes, 'lost', lost.length)
    expect(lost).toEqual([])
    expect(new Set(sums.map(({ checksum }) => checksum)).size).toBe(1)
    orders.resume()
    await acknowledged(20)
  }

  it('every member says what it is, how far it is, and whom it follows', async () => {
    await group.untilWell('db-0')
    await orders.pause()
    const [zero, one, two] = await group.look()
    orders.resume()
    expect(zero).toMatchObject({ replicas: 2 })
    expect(zero?.returnsWritable).toBeUndefined()
    expect(zero?.position).toBeGreaterThan(50)
    expect([one?.position, two?.position]).toEqual([zero?.position, zero?.position])
    expect(two?.primarySilentMs).toBeLessThan(1_000)
    expect(new Set([zero?.instance, (await group.reading('db-0')).instance]).size).toBe(1)
  })

  it('with a wrong password, or none, nothing is known of a member, and the password is not told', async () => {
    for (const password of ['wr0ng', '']) {
      const observer = createMysqlObserver()
      const { members } = await observer.look(
        targetOf(all(), { username: 'evenkeel', password }),
        AbortSignal.timeout(5_000),
      )
      for (const { reach } of members) {
        expect(reach).toMatchObject({ kind: 'unknown', why: expect.stringContaining('Access denied') })
        expect(JSON.stringify(reach)).not.toContain('wr0ng')
      }
      await observer.close()
    }
  })

  it('a planned switch under writes loses nothing, and the old primary follows and takes no writes', async () => {
    const from = primary
    const [to, other] = pick()
    const context = await group.contextOf('Switchover', from, to)
    const startedAt = performance.now()
    await vi.waitFor(
      async () => expect(await group.hands.fence(context)).toMatchObject({ kind: 'fenced', by: 'Told' }),
      SOON,
    )
    await promote(to, other, context)
    await acknowledged(1)
    console.log('planned switch: writes again after', Math.round(performance.now() - startedAt), 'ms')
    await group.untilFollows(from, to)
    await expect(servers[from].asApp("INSERT INTO shop.orders VALUES (-1, 'late')")).rejects.toThrow(READ_ONLY)
    await group.untilWell(to)
    await nothingIsLost()
  })

  it('a primary that is killed under writes is replaced, comes back read-only, and rejoins', async () => {
    const from = primary
    const [to, other] = pick()
    await servers[from].kill()
    const killedAt = performance.now()
    await vi.waitFor(async () => {
      expect((await group.reading(from)).reach.kind).toBe('refused')
      for (const name of [to, other]) expect(await group.reading(name)).toMatchObject({ link: 'Down', follows: from })
    }, SOON)
    const context = await group.contextOf('Failover', from, to)
    // Its end is known by others; nothing that it could be told would make it so.
    expect(await group.hands.fence(context)).toMatchObject({ kind: 'refused' })
    await promote(to, other, context)
    await acknowledged(1)
    console.log('kill -9: writes again after', Math.round(performance.now() - killedAt), 'ms')
    await servers[from].start()
    expect(await group.reading(from)).toMatchObject({ role: 'Primary', isWritable: false })
    await expect(servers[from].asApp("INSERT INTO shop.orders VALUES (-2, 'late')")).rejects.toThrow(READ_ONLY)
    await group.untilFollows(from, to)
    await group.untilWell(to)
    await nothingIsLost()
  })

  it('a primary that hangs is silent to us and to its replicas, is not promoted past while it may wake, and ends by its kill', async () => {
    const from = primary
    const [to, other] = pick()
    servers[from].signal('SIGSTOP')
    const hungAt = performance.now()
    await vi.waitFor(async () => {
      expect((await group.reading(from)).reach.kind).toBe('silent')
      for (const name of [to, other]) expect((await group.reading(name)).primarySilentMs).toBeGreaterThan(500)
    }, SOON)
    const context = await group.contextOf('Failover', from, to)
    expect(await group.hands.fence(context)).toMatchObject({ kind: 'refused' })
    await servers[from].kill()
    const killedAt = performance.now()
    await promote(to, other, context)
    await acknowledged(1)
    const [hung, killed] = [hungAt, killedAt].map((at) => Math.round(performance.now() - at))
    console.log('hang: writes again after', hung, 'ms, of which', killed, 'ms since it was killed')
    await servers[from].start()
    await group.untilFollows(from, to)
    await group.untilWell(to)
    await nothingIsLost()
  })

  it('a switch that is abandoned gives the old primary its writes back', async () => {
    const from = primary
    const [to] = pick()
    // What does not arrive is waited for.
    await servers[to].query('STOP SLAVE IO_THREAD')
    await acknowledged(20)
    const context = await group.contextOf('Switchover', from, to)
    expect(await group.hands.fence(context)).toMatchObject({
      kind: 'waiting',
      why: expect.stringMatching(/still to get \d+/),
    })
    await expect(servers[from].asApp("INSERT INTO shop.orders VALUES (-3, 'fenced')")).rejects.toThrow(READ_ONLY)
    expect(await group.hands.unfence(context)).toEqual({ kind: 'done' })
    await acknowledged(20)
    await servers[to].query('START SLAVE')
    await group.untilWell(from)
  })

  it('a client that holds a lock, or writes for long, does not hold up the fence', async () => {
    const from = primary
    const [to, other] = pick()
    const client = await servers[from].connectAsApp()
    await client.query('LOCK TABLES shop.orders WRITE')
    const ended = new Promise((resolve) => client.on('error', resolve))
    const context = await group.contextOf('Switchover', from, to)
    await vi.waitFor(
      async () => expect(await group.hands.fence(context)).toMatchObject({ kind: 'fenced', by: 'Told' }),
      SOON,
    )
    await ended
    await promote(to, other, context)
    await group.untilFollows(from, to)
    await group.untilWell(to)
    await nothingIsLost()
  })

  it('a leader that was paused after it asked whether it may write makes nobody writable when it wakes', async () => {
    const from = primary
    const [to] = pick()
    const context = await group.contextOf('Switchover', from, to)
    await vi.waitFor(async () => expect(await group.hands.fence(context)).toMatchObject({ kind: 'fenced' }), SOON)
    const pausedAt = new Set<string>()
    const paused = {
      ...context,
      mayWrite: () => {
        // As a stopped process: nothing of ours runs meanwhile. Of five writes the last makes it writable.
        pausedAt.add(`${pausedAt.size}`)
        if (pausedAt.size === 4) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500)
        return true
      },
    }
    expect(await group.hands.promote(paused)).toMatchObject({
      kind: 'waiting',
      why: expect.stringContaining('too late'),
    })
    expect(pausedAt.size).toBe(4)
    expect(await group.reading(to)).toMatchObject({ role: 'Primary', isWritable: false })
    const forbidden = { ...context, mayWrite: () => false }
    expect(await group.hands.promote(forbidden)).toMatchObject({ kind: 'waiting' })
    expect(await group.reading(to)).toMatchObject({ isWritable: false })
    await group.untilFollows(to, from)
    expect(await group.hands.unfence(context)).toEqual({ kind: 'done' })
    await group.untilWell(from)
  })

  it('the one that takes over fetches first what only the other replica has heard', async () => {
    const from = primary
    const [to, other] = pick()
    await servers[to].query('STOP SLAVE')
    await acknowledged(30)
    await servers[from].kill()
    const [behind, ahead] = [await group.reading(to), await group.reading(other)]
    expect(ahead.position).toBeGreaterThan((behind.position ?? 0) + 20)
    await promote(to, other, await group.contextOf('Failover', from, to))
    await servers[from].start()
    await group.untilFollows(from, to)
    await group.untilWell(to)
    await nothingIsLost()
  })

  it('a replica that was written to is not fit to take over', async () => {
    const [to] = pick()
    await servers[to].query("INSERT INTO shop.orders VALUES (-4, 'written here')")
    await vi.waitFor(
      async () => expect((await group.reading(to)).unfit).toMatch(/transactions of its own|applies nothing/),
      SOON,
    )
    expect(await group.follow(to, primary)).toMatchObject({ kind: 'failed' })
    await rebuild(to)
    await nothingIsLost()
  })

  it('an old primary with transactions that nobody else got is not made a replica, and keeps them', async () => {
    const from = primary
    const [to, other] = pick()
    await orders.pause()
    for (const name of [to, other]) await servers[name].query('STOP SLAVE IO_THREAD')
    await servers[from].query('SET GLOBAL rpl_semi_sync_master_enabled = 0')
    for (const id of [-5, -6]) await servers[from].asApp(`INSERT INTO shop.orders VALUES (${id}, 'nobody got it')`)
    await servers[from].kill()
    await promote(to, other, await group.contextOf('Failover', from, to))
    orders.resume()
    await acknowledged(20)
    await servers[from].start()
    expect(await group.follow(from, to)).toEqual({
      kind: 'failed',
      why: `${from} has 2 transactions that ${to} never got: see whether they matter, and rebuild it from ${to}`,
    })
    expect(await group.reading(from)).toMatchObject({ role: 'Primary', isWritable: false })
    expect(await servers[from].query('SELECT id FROM shop.orders WHERE id IN (-5, -6)')).toHaveLength(2)
    await rebuild(from)
    await nothingIsLost()
  })

  it('one that would come back writable is told, and is not fit', async () => {
    const [to] = pick()
    await servers[to].stop()
    await servers[to].start(['--read-only=OFF'])
    const why = 'read_only=ON belongs in its configuration, and it started without'
    expect(await group.reading(to)).toMatchObject({ unfit: why, isWritable: true })
    await servers[to].query('SET GLOBAL read_only = 1')
    expect(await group.reading(to)).toMatchObject({ unfit: why, isWritable: false })
    await servers[to].stop()
    await servers[to].start()
    await group.untilWell(primary)
  })

  /** From nothing: the binary log of the primary goes back to the beginning. */
  async function rebuild(name: Name): Promise<void> {
    await servers[name].kill()
    servers[name].wipe()
    await servers[name].start()
    await group.untilFollows(name, primary)
    await group.untilWell(primary)
  }
})
