// Two sites behind one Service, on the real control plane: failover, the block after it, failback, drills, and the command line.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evenkeel } from '../cli/evenkeel.ts'
import { type Controller, startController, until } from './support/product.ts'
import { type Group, NAMESPACE, type Sites, startSites } from './support/sites.ts'

let sites: Sites
let controller: Controller
let shop: Group

beforeAll(async () => {
  sites = await startSites()
  shop = await sites.group('shop', ['east', 'west'], { failback: { soak: '10s' } })
  controller = await startController(sites.cluster.kubeconfigFor('evenkeel'))
  await until('the first site is adopted', async () => (await shop.status()).active === 'east')
})
afterAll(async () => {
  await controller?.stop()
  await sites?.stop()
})

const run = (...args: string[]) => evenkeel([...args, '--kubeconfig', sites.cluster.kubeconfig])
const isActive = (group: Group, member: string) => async () => {
  const { active, switch: under } = await group.status()
  return active === member && under === undefined && (await group.routed()) === member
}

describe('a group behind a Service', () => {
  it('is adopted as the Service has it, in epoch 1, and could fail over', async () => {
    const status = await shop.status()
    expect(status).toMatchObject({ active: 'east', epoch: 1, method: 'service' })
    await until('it is ready', async () => (await shop.condition('FailoverReady'))?.status === 'True')
    expect(await shop.condition('Accepted')).toMatchObject({ status: 'True' })
    expect(await shop.condition('Available')).toMatchObject({ status: 'True' })
  })

  it('says what a dry run would do, and changes nothing', async () => {
    const before = await shop.status()
    const { code, stdout } = await run('failover', `${NAMESPACE}/shop`, '--dry-run')
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'Switchover from east to west could be made now.'])
    const refused = await run('failover', `${NAMESPACE}/shop`, '--dry-run', '--to', 'north')
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('north is no member of this group')])
    expect(await shop.status()).toMatchObject({ active: before.active, epoch: before.epoch, history: before.history })
  })

  it('fails over when the active site is down for as long as it says, and the Service follows', async () => {
    const failedAt = Date.now()
    await shop.health('east', false)
    await until('west is active', isActive(shop, 'west'))
    const { history = [], block, epoch } = await shop.status()
    const last = history.at(-1)
    expect(last).toMatchObject({ kind: 'Failover', from: 'east', to: 'west', outcome: 'Done', by: 'evenkeel' })
    const metrics = await (await fetch(`${controller.url}/metrics`)).text()
    expect(metrics).toMatch(/^evenkeel_failover_group_unacknowledged\{[^}]*group="shop"\} 1$/m)
    expect(metrics).toMatch(
      /^evenkeel_failover_group_last_switch_timestamp_seconds\{[^}]*kind="Failover",outcome="Done"\} 1/m,
    )
    expect(Date.parse(last?.startedAt ?? '') - failedAt).toBeGreaterThanOrEqual(1_000)
    expect(block).toMatchObject({ epoch })
    await until('it is told', async () => (await shop.events()).some((one) => one.startsWith('SwitchDone: Failover')))
  })

  it('makes no second one by itself while the first is not acknowledged, says so, and makes it when it is', async () => {
    await shop.health('east', true)
    await until('east could take over again', async () => {
      const { members = [] } = await shop.status()
      return members.find(({ name }) => name === 'east')?.state === 'Answers'
    })
    await shop.health('west', false)
    const refusal = await until('it is refused', async () => {
      const condition = await shop.condition('FailoverRefused')
      return condition?.status === 'True' ? condition : undefined
    })
    expect(refusal.message).toMatch(/has not been acknowledged/)
    expect(await shop.status()).toMatchObject({ active: 'west' })
    expect(await shop.routed()).toBe('west')
    expect((await run('failovers')).stdout).toMatch(/west\* Refuses.*epoch \d+\)/)

    expect((await run('failover', `${NAMESPACE}/shop`, '--acknowledge')).code).toBe(0)
    await until('east is active', isActive(shop, 'east'))
    const { history = [] } = await shop.status()
    expect(history.filter(({ kind, outcome }) => kind === 'Failover' && outcome === 'Done')).toHaveLength(2)
    await until('the end of the block is told', async () =>
      (await shop.events()).some((one) => /^RecoveryBlockEnded: .*acknowledged/.test(one)),
    )
    await shop.health('west', true)
  })

  it('switches when a person asks, though automatic failover is blocked, and goes back only after the soak', async () => {
    await until('west is well', async () => (await run('failover', `${NAMESPACE}/shop`, '--dry-run')).code === 0)
    const over = await run('failover', `${NAMESPACE}/shop`, '--to', 'west')
    expect([over.code, over.stdout]).toEqual([0, expect.stringMatching(/^shop\/shop: done: /)])
    expect(await isActive(shop, 'west')()).toBe(true)

    const early = await run('failback', `${NAMESPACE}/shop`, '-o', 'json')
    expect(early.code).toBe(1)
    expect(JSON.parse(early.stdout)).toMatchObject({ outcome: 'Refused', active: 'west' })
    expect(JSON.parse(early.stdout).message).toMatch(/without lag/)
    await until('it has soaked', async () => (await shop.condition('FailbackReady'))?.status === 'True')
    const back = await run('failback', `${NAMESPACE}/shop`)
    expect([back.code, back.stdout]).toEqual([0, expect.stringMatching(/^shop\/shop: done: /)])
    expect(await isActive(shop, 'east')()).toBe(true)
    expect((await shop.status()).history?.at(-1)).toMatchObject({ kind: 'Failback', outcome: 'Done' })
  })

  it('refuses a request in mode Observe and only says what it would do when the active site is down', async () => {
    const calm = await sites.group('calm', ['east', 'west'], { mode: 'Observe' })
    await until('it is adopted', async () => (await calm.status()).active === 'east')
    const asked = await run('failover', `${NAMESPACE}/calm`)
    expect([asked.code, asked.stdout]).toEqual([1, expect.stringContaining('The mode of the group is Observe.')])
    await calm.health('east', false)
    await until('it would', async () => (await calm.events()).some((one) => one.startsWith('SwitchProposed: ')))
    expect(await calm.routed()).toBe('east')
    expect(await calm.status()).toMatchObject({ active: 'east', epoch: 1 })
  })

  it('goes back by itself when it is told to, and rehearses by cron', async () => {
    const auto = await sites.group('auto', ['east', 'west'], {
      recoveryBlock: '1s',
      failback: { mode: 'Automatic', soak: '2s' },
      drill: { cron: '* * * * *', mode: 'Enforce' },
    })
    await until('it is adopted', async () => (await auto.status()).active === 'east')
    await auto.health('east', false)
    await until('west is active', isActive(auto, 'west'))
    await auto.health('east', true)
    await until('east is active again', isActive(auto, 'east'))
    const drill = await until('a drill is recorded', async () => (await auto.status()).drill, 90_000)
    expect(drill).toMatchObject({ mode: 'Enforce', passed: true, message: expect.stringMatching(/east → west took/) })
    expect(await isActive(auto, 'east')()).toBe(true)
    const metrics = await (await fetch(`${controller.url}/metrics`)).text()
    expect(metrics).toMatch(/^evenkeel_failover_group_drill_passed\{[^}]*group="auto"[^}]*\} 1$/m)
    expect(metrics).toMatch(/^evenkeel_failovers_total\{[^}]*group="auto",kind="Failback",outcome="Done"\} 1$/m)
  })

  it('refuses a spec that can’t be used in one sentence', async () => {
    const wrong = await sites.group('wrong', ['east', 'west'], {
      members: [{ name: 'east' }, { name: 'east' }],
    })
    const accepted = await until('it is judged', () => wrong.condition('Accepted'))
    expect(accepted).toMatchObject({ status: 'False', message: expect.stringMatching(/^spec\.members\[1\]\.name/) })
    const asked = await run('failover', `${NAMESPACE}/wrong`)
    expect([asked.code, asked.stdout]).toEqual([1, expect.stringContaining('The spec is refused')])
    const isRefused = async () => {
      const metrics = await (await fetch(`${controller.url}/metrics`)).text()
      return /^evenkeel_failover_group_refused\{[^}]*group="wrong"\} (\d)$/m.exec(metrics)?.[1]
    }
    expect(await isRefused()).toBe('1')
    await wrong.patch({
      members: [
        { name: 'east', selector: { site: 'east' } },
        { name: 'west', selector: { site: 'west' } },
      ],
    })
    await until('it runs', async () => (await isRefused()) === '0')
  })
})
