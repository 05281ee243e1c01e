// Redis as pods on the real control plane, under write load: its primary killed, hung, cut off and flapping, and two controllers racing.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { KubeClient } from '../../controller/kube/client.ts'
import { type Kubelet, startKubelet } from '../../sandbox/kubelet/kubelet.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { describeWith } from '../components/support/programs.ts'
import { startWriter, type Writers } from '../components/support/redis-writers.ts'
import { type Controller, connectAs, install, startController, until } from './support/product.ts'
import { type ActiveRedis, type RedisPods, startRedisPods } from './support/redis-pods.ts'

const NAMESPACE = 'shop'

let cluster: ControlPlane
let admin: KubeClient
let kubelet: Kubelet
let db: RedisPods
let controllers: Controller[] = []

describeWith(['redis-server'], 'Redis on the real control plane', () => {
  beforeAll(async () => {
    cluster = await startControlPlane()
    admin = await connectAs(cluster.kubeconfig)
    await install(admin, ['evenkeel', 'evenkeel-2'], [NAMESPACE])
    kubelet = await startKubelet({
      cluster: cluster.kubeconfig,
      nodeName: 'node-1',
      // Many are killed here, one after the other.
      backoff: { firstMs: 100, longestMs: 100, forgetAfterMs: 600_000 },
      onProblem: () => {},
    })
    db = await startRedisPods(admin, kubelet, { namespace: NAMESPACE, name: 'db' }, { recoveryBlock: '0s' })
    controllers = [await startController(cluster.kubeconfigFor('evenkeel'))]
    await until('the group is ready', () => db.isReady())
  })
  afterEach(async () => {
    await until('the group is ready again', () => db.isReady()).catch(async (cause) => {
      throw new Error(JSON.stringify(await db.status(), null, 1), { cause })
    })
  })
  afterAll(async () => {
    await Promise.all(controllers.map((one) => one.stop()))
    db?.close()
    await kubelet?.stop()
    await admin?.close()
    await cluster?.stop()
  })

  it('begins with the one that a person has made the primary, and makes the others follow it', async () => {
    expect(await db.status()).toMatchObject({ active: 'db-0', epoch: 1 })
    expect(await db.writable()).toEqual(['db-0'])
  })

  it('after kill -9, another takes over with all that had reached it, and the old one comes back as its replica', () =>
    loses((old) => old.signal('SIGKILL'), 'Told|Ended'))

  it('a primary that hangs is ended before another takes over: it never wakes', () =>
    loses((old) => old.signal('SIGSTOP'), 'Ended'))

  it('a primary that is cut off takes no writes before another does, nor when the network is whole again', async () => {
    let heal = () => {}
    await loses(
      async (old) => {
        heal = await old.cut()
      },
      'Starved',
      () => heal(),
    )
  })

  it('two controllers that both believe that they lead never make two of them writable', async () => {
    await controllers[0]?.stop()
    controllers = await Promise.all(
      (['evenkeel', 'evenkeel-2'] as const).map((user) =>
        startController(cluster.kubeconfigFor(user), { EVENKEEL_LEASE_NAME: `of-${user}` }),
      ),
    )
    const watch = watchWritable()
    const before = (await db.status()).epoch ?? 0
    const rounds = 6
    for (let round = 0; round < rounds; round++) {
      await until('the group is ready', () => db.isReady())
      const { epoch = 0 } = await db.status()
      const old = await db.active()
      // At any moment of the other's tick, and with either of them standing still for a while.
      await sleep(Math.random() * 300)
      old.signal('SIGKILL')
      const slow = controllers[round % 2]?.process
      await sleep(800 + Math.random() * 600)
      slow?.kill('SIGSTOP')
      await sleep(Math.random() * 800)
      slow?.kill('SIGCONT')
      await until('there is a new one', async () => ((await db.status()).epoch ?? 0) > epoch)
    }
    await until('the group is ready', () => db.isReady())
    expect(await watch.stop()).toBeGreaterThan(100)
    const { history = [], epoch = 0 } = await db.status()
    const made = history.filter(({ outcome, kind }) => kind === 'Failover' && outcome === 'Done').slice(-rounds)
    expect(new Set(made.map((one) => one.epoch)).size).toBe(rounds)
    expect(epoch).toBeGreaterThanOrEqual(before + rounds)
    await controllers.pop()?.stop()
  })

  it('a primary that flaps is failed over from once; then the block stands, and a human is called', async () => {
    await db.patch({ recoveryBlock: '1h' })
    const first = await db.active()
    const { epoch = 0 } = await db.status()
    first.signal('SIGKILL')
    await until('another has taken over', async () => ((await db.status()).epoch ?? 0) > epoch)
    await until('the old one follows', async () => {
      const { members = [], active } = await db.status()
      return members.filter(({ follows, link }) => follows === active && link === 'Up').length === 2
    })
    const second = await db.active()
    second.signal('SIGKILL')
    const refused = await until('it is refused', async () => {
      const condition = await db.condition('FailoverRefused')
      return condition?.status === 'True' ? condition : undefined
    })
    expect(refused.message).toMatch(/has not been acknowledged/)
    expect((await db.status()).active).toBe(second.name)
    expect(await db.writable()).toEqual([])
    await db.acknowledge()
    await until('another has taken over', async () => (await db.status()).active !== second.name)
    await db.acknowledge()
  })
})

/** Loses the active member under write load, and looks at what became of the writes. */
async function loses(
  lose: (old: ActiveRedis) => unknown,
  fencedBy: string,
  afterwards: () => void = () => {},
): Promise<void> {
  const old = await db.active()
  const { epoch = 0 } = await db.status()
  const prefix = `epoch-${epoch}`
  const everywhere = startWriter(db.hosts, prefix, 2)
  // They stay on its own side, whatever the Service says.
  const faithful = startWriter(() => [old.inside], `${prefix}-faithful`, 0)
  const watch = watchWritable()
  try {
    await until('there are writes', () => everywhere.everywhere.length > 50 && faithful.acknowledged.length > 50)
    await lose(old)
    const { fenced, at } = await untilFenced(epoch + 1)
    expect(fenced).toMatch(new RegExp(`^(${fencedBy}): `))
    const before = everywhere.acknowledged.length
    await until('writes resume', () => everywhere.acknowledged.length > before + 20)
    afterwards()
    await until('the old one follows', () => db.isReady())
    const { active = '', history = [] } = await db.status()
    expect(active).not.toBe(old.name)
    expect(history.at(-1)).toMatchObject({ kind: 'Failover', from: old.name, to: active, outcome: 'Done' })
    expect(faithful.lastAt()).toBeLessThan(at)
    await everywhere.stop()
    expect(await missing(active, everywhere)).toEqual([])
    await until('the old one has them, too', async () => (await missing(old.name, everywhere)).length === 0)
  } finally {
    await Promise.all([everywhere.stop(), faithful.stop()])
    await watch.stop()
  }
}

/** When an epoch was fenced, and how, by the log of who did it: in status it stands for a moment only. */
async function untilFenced(epoch: number): Promise<{ fenced: string; at: number }> {
  return until('it is fenced', () => {
    for (const { log } of controllers)
      for (const entry of log)
        if (entry.epoch === epoch && entry.step === 'Promoting')
          return { fenced: String(entry.fenced), at: Date.parse(String(entry.time)) }
    return undefined
  })
}

async function missing(member: string, { everywhere }: Writers): Promise<string[]> {
  const there = new Set((await db.ask(member, 'KEYS', '*')) as readonly string[])
  return everywhere.filter((key) => !there.has(key))
}

/** Fails at its stop when two were writable at the same time; returns how often it has looked. */
function watchWritable(): { stop(): Promise<number> } {
  const found: string[] = []
  let looks = 0
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const writable = await db.writable()
      looks++
      if (writable.length > 1) found.push(writable.join(' and '))
      await sleep(10)
    }
  })()
  return {
    async stop() {
      isOver = true
      await watching
      expect(found).toEqual([])
      return looks
    },
  }
}
