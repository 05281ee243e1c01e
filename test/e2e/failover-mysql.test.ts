// MariaDB pods on the real control plane, the whole of Evenkeel beside them: the primary killed, hung and switched under writes.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { evenkeel } from '../cli/evenkeel.ts'
import { type OrderWriters, writeOrders } from '../components/support/order-writers.ts'
import { describeWith } from '../components/support/programs.ts'
import { createRoom } from '../components/support/room.ts'
import { type MariadbPods, MEMBERS, type Member, startMariadbPods } from './support/mariadb-pods.ts'
import { type Controller, startController, until } from './support/product.ts'

describeWith(['mariadb-server'], 'MariaDB pods in a FailoverGroup', () => {
  const room = createRoom('mariadb-pods', 'mysql')
  let pods: MariadbPods
  let controller: Controller
  let orders: OrderWriters

  beforeAll(async () => {
    pods = await startMariadbPods(room)
    controller = await startController(pods.cluster.kubeconfigFor('evenkeel'))
    room.defer(async () => void (await controller.stop()))
    await until('it could fail over', async () => await isReady('db-0'))
    orders = writeOrders(room, await theRouted())
    followTheService()
    await acknowledged(100)
  })
  afterAll(() => room.stop())

  async function theRouted() {
    const address = await until('the Service leads somewhere', () => pods.routed())
    return { address, port: pods.port }
  }

  /** As the data plane of a Service: who connects anew gets where it leads now. */
  function followTheService(): void {
    const ending = new AbortController()
    const running = (async () => {
      while (!ending.signal.aborted) {
        const address = await pods.routed().catch(() => undefined)
        if (address !== undefined) orders.primary = { address, port: pods.port }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })()
    room.defer(async () => {
      ending.abort()
      await running
    })
  }

  async function isReady(active: Member): Promise<boolean> {
    const { active: now, switch: under, conditions = [], members = [] } = await pods.status()
    const isTrue = (type: string) => conditions.find((one) => one.type === type)?.status === 'True'
    const others = members.filter(({ name }) => name !== active)
    const follow = others.every(({ follows, link }) => follows === active && link === 'Up')
    return now === active && under === undefined && isTrue('FailoverReady') && isTrue('Available') && follow
  }

  async function activeNow(): Promise<Member> {
    const { active } = await pods.status()
    const found = MEMBERS.find((name) => name === active)
    if (found === undefined) throw new Error(`${active} is no member`)
    return found
  }

  async function acknowledged(more: number): Promise<void> {
    const from = orders.acknowledged.length
    await until(`${more} more orders are acknowledged`, async () => orders.acknowledged.length - from >= more)
  }

  /** Waits until all three are well again, and compares what they have. */
  async function nothingIsLost(active: Member): Promise<void> {
    await until(`${active} is the primary and the others follow it`, () => isReady(active))
    await orders.pause()
    const [{ at } = {}] = await pods.query(active, 'SELECT @@gtid_binlog_pos AS at')
    const sums = await Promise.all(
      MEMBERS.map(async (member) => {
        if (member !== active)
          expect(await pods.query(member, `SELECT MASTER_GTID_WAIT('${at}', 20) AS waited`)).toEqual([{ waited: 0 }])
        const [{ Checksum } = {}] = await pods.query(member, 'CHECKSUM TABLE shop.orders')
        const ids = await pods.query(member, 'SELECT id FROM shop.orders WHERE BINARY note = SHA1(id)')
        return { checksum: Checksum, ids: new Set(ids.map(({ id }) => Number(id))) }
      }),
    )
    const lost = orders.acknowledged.filter((id) => !sums.every(({ ids }) => ids.has(id)))
    console.log(
      'acknowledged',
      orders.acknowledged.length,
      'there',
      sums.map(({ ids }) => ids.size),
      'lost',
      lost.length,
    )
    expect(lost).toEqual([])
    expect(new Set(sums.map(({ checksum }) => checksum)).size).toBe(1)
    for (const member of MEMBERS.filter((one) => one !== active))
      await expect(pods.asApp(member, "INSERT INTO shop.orders VALUES (-1, 'late')")).rejects.toThrow(/read-only/)
    orders.resume()
    await acknowledged(20)
  }

  it('a primary that restarts, with all that its replicas have, goes on as the primary', async () => {
    const active = await activeNow()
    const { epoch } = await pods.status()
    await orders.pause()
    const before = await signalled(active, 'SIGKILL')
    await until('another process runs', async () => (pods.processId(active) ?? before) !== before)
    orders.resume()
    await acknowledged(20)
    expect(await pods.status()).toMatchObject({ active, epoch })
    await nothingIsLost(active)
  })

  it.each([
    ['is killed, and again as soon as it is back,', 'SIGKILL', 2],
    ['hangs', 'SIGSTOP', 1],
  ] as const)(
    'a primary that %s under writes is replaced, and rejoins without a write of its own',
    async (...[, signal, times]) => {
      const from = await activeNow()
      const before = (await pods.status()).history?.length ?? 0
      const at = performance.now()
      for (let time = 0; time < times; time++) await signalled(from, signal)
      const active = await until('another is the primary', async () => {
        const { active: now, switch: under } = await pods.status()
        return now !== from && under === undefined ? await activeNow() : undefined
      })
      await acknowledged(1)
      console.log(signal, 'writes again within', Math.round(orders.lastAt - at), 'ms')
      const entry = (await pods.status()).history?.slice(before).at(-1)
      expect(entry).toMatchObject({ kind: 'Failover', from, to: active, outcome: 'Done', by: 'evenkeel' })
      await nothingIsLost(active)
    },
  )

  /** Once it runs; its process id. */
  async function signalled(member: Member, signal: NodeJS.Signals): Promise<number> {
    const pid = await until(`${member} runs`, async () => pods.processId(member))
    process.kill(pid, signal)
    if (signal === 'SIGKILL') await until('it has ended', async () => pods.processId(member) !== pid)
    return pid
  }

  it('goes back when a person asks, and loses nothing', async () => {
    const from = await activeNow()
    const to = MEMBERS.find((name) => name !== from) ?? 'db-0'
    const asked = await evenkeel(['failover', 'shop/db', '--to', to, '--kubeconfig', pods.cluster.kubeconfig])
    expect([asked.code, asked.stdout]).toEqual([0, expect.stringContaining('done')])
    await nothingIsLost(to)
  })
})
