// The leader is killed (SIGKILL) before and after each write of a switch: the next leader finishes or abandons it, and one site is
// left that the Service names. And two controllers that both believe that they lead make each switch once.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Controller, startController, until } from './support/product.ts'
import { epochsOf, type Group, type Sites, startSites } from './support/sites.ts'
import { startWriteProxy, type WriteProxy } from './support/write-proxy.ts'

let sites: Sites
const running = new Set<Controller>()

beforeAll(async () => {
  // Each controller that is started is ended with this process.
  process.setMaxListeners(40)
  sites = await startSites()
})
afterEach(async () => {
  await Promise.all([...running].map((one) => one.kill()))
  running.clear()
})
afterAll(() => sites?.stop())

const QUICK_LEASE = {
  EVENKEEL_LEASE_DURATION: '2s',
  EVENKEEL_RENEW_DEADLINE: '1500ms',
  EVENKEEL_LEASE_RETRY: '250ms',
  EVENKEEL_REQUEST_TIMEOUT: '1s',
}

async function startOne(kubeconfig: string, env: Readonly<Record<string, string>> = {}): Promise<Controller> {
  const controller = await startController(kubeconfig, { ...QUICK_LEASE, ...env })
  running.add(controller)
  return controller
}

/** What belongs to the switch: the steps in status, and the Service; not Events, nor the Lease, nor mere readings. */
function isOfSwitch(name: string, { method, path, body }: { method: string; path: string; body: string }): boolean {
  if (method !== 'PATCH') return false
  if (path.includes(`/services/${name}?`)) return true
  return path.includes(`/failovergroups/${name}/status?`) && /"switch":/.test(body)
}

async function settled(group: Group): Promise<boolean> {
  const { active, switch: under, request } = await group.status()
  return under === undefined && request?.outcome !== 'Accepted' && active === (await group.routed())
}

/** Whether the write that is to be the last is seen now; then the process that makes it is dead. */
function killAt(proxy: WriteProxy, victim: Controller, group: Group, point: number, moment: 'before' | 'after') {
  const killed = { at: '' }
  let writes = 0
  proxy.onWrite = (write, when) => {
    if (killed.at !== '') return false
    if (!isOfSwitch(group.name, write)) return true
    if (when === 'before') writes++
    if (writes !== point || when !== moment) return true
    victim.process.kill('SIGKILL')
    killed.at = `${moment} ${write.path.includes('/services/') ? 'Service' : stepIn(write.body)}`
    return false
  }
  return killed
}

const WRITES = ['Fencing', 'Promoting', 'Following', 'Routing', 'Service', 'the end']
/** A planned switch dies at each moment; one of a site that is lost only after the write: before it is after the one before. */
const MOMENTS = WRITES.flatMap((write, index) =>
  (['before', 'after'] as const).map((moment) => ({ write, point: index + 1, moment })),
)
const ROUNDS = [
  ...MOMENTS.map((moment) => ({ ...moment, isLost: false })),
  ...MOMENTS.filter(({ moment }) => moment === 'after').map((moment) => ({ ...moment, isLost: true })),
]

describe('a leader that is killed in the middle of a switch', () => {
  it('is followed by one that finishes or abandons it, whatever the write', async () => {
    const group = await sites.group('crash', ['east', 'west'], { recoveryBlock: '0s' })
    const proxies = [
      await startWriteProxy(sites.cluster, 'evenkeel'),
      await startWriteProxy(sites.cluster, 'evenkeel-2'),
    ]
    const proxyOf = (round: number) => proxies[round % 2] as WriteProxy
    const start = (round: number) => {
      proxyOf(round).onWrite = () => true
      return startOne(proxyOf(round).kubeconfig)
    }
    let victim = await start(0)
    for (const [round, { write, point, moment, isLost }] of ROUNDS.entries()) {
      const what = `${isLost ? 'Failover' : 'Switchover'}, ${moment} ${write}`
      const successor = await start(round + 1)
      await until('the victim leads, and the group is ready', async () => {
        const isReady = (await group.condition('FailoverReady'))?.status === 'True'
        return isReady && (await settled(group)) && (await leads(victim))
      })
      const before = await group.status()
      const from = before.active ?? ''
      const killed = killAt(proxyOf(round), victim, group, point, moment)
      const id = isLost ? undefined : await group.ask({ kind: 'Switchover' })
      if (isLost) await group.health(from, false)
      await until(`the victim is dead: ${what}`, () => killed.at)
      expect(killed.at).toBe(`${moment} ${write}`)
      await until(`it is settled after a death: ${what}`, async () => {
        const { request, active } = await group.status()
        const isAnswered = isLost ? active !== from : request?.id === id && request?.outcome !== 'Accepted'
        return isAnswered && (await settled(group))
      })
      const after = await group.status()
      const last = after.history?.at(-1)
      expect(last, what).toMatchObject({ kind: isLost ? 'Failover' : 'Switchover', from, epoch: after.epoch })
      // The site that is lost is given up in any case; a planned switch that was not begun to be made may be abandoned.
      if (isLost || last?.outcome !== 'Abandoned')
        expect([last?.outcome, after.active], what).toEqual(['Done', other(from)])
      else expect(after.active, what).toBe(from)
      expect(await group.routed(), what).toBe(after.active)
      expect(after.epoch, what).toBe((before.epoch ?? 0) + 1)
      expect(new Set(epochsOf(after)).size, what).toBe(epochsOf(after).length)
      if (isLost) await group.health(from, true)
      running.delete(victim)
      victim = successor
    }
    for (const proxy of proxies) await proxy.close()
  }, 600_000)
})

function stepIn(body: string): string {
  return /"step":"(\w+)"/.exec(body)?.[1] ?? (/"switch":null/.test(body) ? 'the end' : body)
}

const other = (member: string | undefined) => (member === 'east' ? 'west' : 'east')

async function leads({ url }: Controller): Promise<boolean> {
  return /^evenkeel_leader 1$/m.test(await (await fetch(`${url}/metrics`)).text())
}

describe('two controllers that both believe that they lead', () => {
  it('make each switch once: every epoch has one, and the Service names the site that status names', async () => {
    const group = await sites.group('race', ['east', 'west'], {
      interval: '100ms',
      downAfter: '500ms',
      recoveryBlock: '0s',
    })
    for (const [user, lease] of [
      ['evenkeel', 'one'],
      ['evenkeel-2', 'two'],
    ] as const)
      await startOne(sites.cluster.kubeconfigFor(user), { EVENKEEL_LEASE_NAME: lease })
    await until('both lead', async () => (await Promise.all([...running].map(leads))).every(Boolean))
    await until('it is adopted', () => settled(group))
    const rounds = 8
    for (let round = 0; round < rounds; round++) {
      const { active = '' } = await group.status()
      await until('the other could take over', async () => {
        const { members = [] } = await group.status()
        return members.find(({ name }) => name === other(active))?.state === 'Answers'
      })
      await group.health(active, false)
      await until(
        'the other is active',
        async () => (await group.status()).active === other(active) && (await settled(group)),
      )
      await group.health(active, true)
    }
    const status = await group.status()
    const made = (status.history ?? []).filter(({ kind, outcome }) => kind === 'Failover' && outcome === 'Done')
    expect(made).toHaveLength(rounds)
    const epochs = epochsOf(status)
    expect(new Set(epochs).size).toBe(epochs.length)
    expect([...epochs].sort((a, b) => a - b)).toEqual(epochs)
    // Each leads from where the one before it has led.
    for (const [index, { from, to }] of made.entries())
      expect([from, to]).toEqual([made[index - 1]?.to ?? 'east', other(from)])
    const conflicts = [...running]
      .flatMap(({ log }) => log)
      .filter(({ msg }) => String(msg).includes('written by others'))
    expect(conflicts.length).toBeGreaterThan(0)
  })
})
