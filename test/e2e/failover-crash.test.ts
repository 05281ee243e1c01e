// The leader is killed (SIGKILL) before and after each write of a switch: the next leader finishes or abandons it, and one site is
// left that the Service names. And two controllers that both believe that they lead make each switch once.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Controller, startController, until } from './support/product.ts'
import { epochsOf, type Group, type Sites, startSites } from './support/sites.ts'
import { startWriteProxy } from './support/write-proxy.ts'

let sites: Sites
const running = new Set<Controller>()

beforeAll(async () => {
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

async function start(kubeconfig: string, env: Readonly<Record<string, string>> = {}): Promise<Controller> {
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

describe('a leader that is killed in the middle of a switch', () => {
  it('is followed by one that finishes or abandons it, whatever the write', async () => {
    const group = await sites.group('crash', ['east', 'west'])
    const proxy = await startWriteProxy(sites.cluster, 'evenkeel')
    const seen: string[] = []
    try {
      let epoch = 1
      for (let point = 1, isPast = false; !isPast; point++)
        for (const moment of ['before', 'after'] as const) {
          const victim = await start(proxy.kubeconfig)
          await until('the victim looks after the group', async () => {
            const isReady = (await group.condition('FailoverReady'))?.status === 'True'
            return isReady && (await settled(group)) && (await leads(victim))
          })
          const before = await group.status()
          let writes = 0
          let killed = ''
          proxy.onWrite = (write, when) => {
            if (killed !== '') return false
            if (!isOfSwitch(group.name, write)) return true
            if (when === 'before') writes++
            if (writes !== point || when !== moment) return true
            killed = `${moment} write ${point}: ${write.path.includes('/services/') ? 'Service' : stepIn(write.body)}`
            victim.process.kill('SIGKILL')
            return false
          }
          const id = await group.ask({ kind: 'Switchover' })
          await until('the victim is dead, or done', async () => {
            const isAnswered = ['Done', 'Refused'].includes((await group.status()).request?.outcome ?? '')
            return killed !== '' || isAnswered
          })
          await victim.kill()
          running.delete(victim)
          proxy.onWrite = () => true
          isPast = killed === ''
          if (killed !== '') seen.push(killed)
          const successor = await start(sites.cluster.kubeconfigFor('evenkeel-2'))
          await until('it is settled', async () => (await settled(group)) && (await group.status()).request?.id === id)
          const after = await group.status()
          const isDone = after.request?.outcome === 'Done'
          expect(after.active, killed).toBe(isDone ? other(before.active) : before.active)
          expect(isDone || after.request?.outcome === 'Abandoned', `${killed}: ${JSON.stringify(after.request)}`).toBe(
            true,
          )
          expect(await group.routed(), killed).toBe(after.active)
          expect(after.epoch, killed).toBe(epoch + 1)
          expect(new Set(epochsOf(after)).size, killed).toBe(epochsOf(after).length)
          epoch = after.epoch ?? 0
          await successor.stop()
          running.delete(successor)
        }
    } finally {
      await proxy.close()
    }
    console.log(seen.join('\n'))
    expect(seen.map((one) => one.replace(/^.*: /, ''))).toEqual(
      ['Fencing', 'Promoting', 'Following', 'Routing', 'Service', 'the end'].flatMap((step) => [step, step]),
    )
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
      await start(sites.cluster.kubeconfigFor(user), { EVENKEEL_LEASE_NAME: lease })
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
