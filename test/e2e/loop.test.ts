// The loop on the real control plane: real pods, real load, a real Deployment that is scaled and comes back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explainGuard } from '../../controller/cli/explain.ts'
import { listAt, textAt } from '../../controller/kube/json.ts'
import { getObject } from '../../controller/kube/objects.ts'
import { GUARDS } from '../../controller/kube/resource-type.ts'
import { type Controller, conditionOf, nameOf, startController, statusOf, until } from './support/product.ts'
import { deploymentOf, NAMESPACE, patchGuard, quickGuard, startWorld, type World } from './support/world.ts'

let world: World
let controller: Controller

beforeAll(async () => {
  world = await startWorld()
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
})
afterAll(async () => {
  expect(await controller?.stop()).toBe(0)
  await world?.stop()
})

describe('a Deployment behind a Guard in Enforce', () => {
  it('is scaled to the computed number under load, and comes back down once when load ends', async () => {
    await world.deploy('checkout', 2)
    const guard = await world.guard('checkout', quickGuard('checkout'))
    await until(
      'the Guard is healthy',
      async () => conditionOf(await statusOf(world.admin, guard), 'Healthy')?.status === 'True',
    )
    expect(await world.replicasOf('checkout')).toBe(2)

    const load = await world.load('checkout', 130)
    await until('it is scaled', async () => (await world.replicasOf('checkout')) > 2)
    expect(await world.replicasOf('checkout')).toBe(4)
    await until('all four are ready', async () => (await statusOf(world.admin, guard)).replicas?.ready === 4)
    const incident = await until('the incident is mitigated', async () =>
      (await world.incidents('checkout')).find((one) => textAt(one, 'status', 'phase') !== 'Open'),
    )
    expect(listAt(incident, 'status', 'actions')).toMatchObject([{ from: 2, to: 4, outcome: 'Done', remedy: 'scale' }])

    const { failed } = await load.stop()
    expect(failed).toBe(0)
    await until('it is back at two', async () => (await world.replicasOf('checkout')) === 2, 90_000)
    const status = await until('the act is concluded', async () => {
      const now = await statusOf(world.admin, guard)
      return now.recentActions?.at(-1)?.outcome === 'Done' && now.incident === undefined ? now : undefined
    })
    expect(status.recentActions?.map(({ from, to, outcome }) => ({ from, to, outcome }))).toEqual([
      { from: 2, to: 4, outcome: 'Done' },
      { from: 4, to: 2, outcome: 'Done' },
    ])
    const [told, ...others] = await world.incidents('checkout')
    expect(others).toEqual([])
    const story = listAt(told, 'status', 'timeline').map((entry) => textAt(entry, 'what') ?? '')
    expect(textAt(told, 'status', 'phase')).toBe('Resolved')
    for (const part of [
      /^Onset: Load/,
      /^Detected after/,
      /replicas 2 → 4, because: Load is/,
      /^Mitigated/,
      /^Resolved/,
    ])
      expect(
        story.some((entry) => part.test(entry)),
        `${part} in ${story.join(' | ')}`,
      ).toBe(true)
    const reasons = (await world.events('checkout')).map((event) => textAt(event, 'reason'))
    expect(reasons).toEqual(expect.arrayContaining(['LimitBreached', 'RemedyApplied', 'LimitReleased']))
    const explained = explainGuard(await getObject(world.admin, GUARDS, guard), Date.now())
    expect(explained).toMatch(/Acted, .* ago: Set Deployment\/checkout replicas from 4 to 2/)
    expect(explained).toMatch(/freshness\s+Allow\s+a fresh read shows 4 replicas/)
    const metrics = await (await fetch(`${controller.url}/metrics`)).text()
    expect(metrics).toMatch(
      /evenkeel_actions_total\{namespace="shop",guard="checkout",remedy="scale",direction="up",outcome="Done"\} 1/,
    )
  })
})

describe('a StatefulSet behind a Guard in Enforce', () => {
  it('is scaled to the computed number under load', async () => {
    await world.deploy('ledger', 1, 'StatefulSet')
    const spec = { ...quickGuard('ledger', { scale: { min: 1 } }), target: { kind: 'StatefulSet', name: 'ledger' } }
    const guard = await world.guard('ledger', spec)
    await until(
      'the Guard is healthy',
      async () => conditionOf(await statusOf(world.admin, guard), 'Healthy')?.status === 'True',
    )
    const load = await world.load('ledger', 70)
    await until('it is scaled', async () => (await world.replicasOf('ledger', 'StatefulSet')) === 2)
    await until('both are ready', async () => (await statusOf(world.admin, guard)).replicas?.ready === 2)
    await load.stop()
    const { recentActions } = await statusOf(world.admin, guard)
    expect(recentActions).toMatchObject([{ field: 'StatefulSet/ledger replicas', from: 1, to: 2, outcome: 'Done' }])
  })
})

describe('a Guard in Observe mode', () => {
  it('writes nothing but its own status, Incident and Events, and says what it would have done', async () => {
    await world.deploy('catalogue', 2)
    const guard = await world.guard('catalogue', quickGuard('catalogue', { mode: 'Observe' }))
    const before = await deploymentOf(world, 'catalogue')
    const load = await world.load('catalogue', 130)
    const status = await until('it would act', async () => {
      const now = await statusOf(world.admin, guard)
      return now.lastDecision?.verdict === 'WouldAct' ? now : undefined
    })
    expect(status.lastDecision?.summary).toMatch(/^Would set Deployment\/catalogue replicas from 2 to 4: Load is/)
    await until('its incident is told', async () => (await world.incidents('catalogue')).length === 1)
    await load.stop()
    await until(
      'its incident is resolved',
      async () => textAt((await world.incidents('catalogue'))[0], 'status', 'phase') === 'Resolved',
    )

    const after = await deploymentOf(world, 'catalogue')
    expect(textAt(after, 'metadata', 'resourceVersion')).toBe(textAt(before, 'metadata', 'resourceVersion'))
    expect((await statusOf(world.admin, guard)).recentActions).toEqual([])
    expect((await world.events('catalogue')).map((event) => textAt(event, 'reason'))).toContain('RemedyProposed')
    const explained = explainGuard(await getObject(world.admin, GUARDS, guard), Date.now())
    expect(explained).toMatch(/mode\s+Veto\s+the mode is Observe/)
  })
})

describe('a Guard that can not be used', () => {
  it('is told so in one clear sentence, and the others go on', async () => {
    const wrong = await world.guard('wrong', { target: { name: 'checkout' }, limits: { hodl: '2s' } })
    const min = await world.guard('min-above-max', {
      target: { name: 'checkout' },
      remedies: [{ scale: { min: 5, max: 2 } }],
    })
    const lost = await world.guard('lost', { target: { name: 'nowhere' } })
    const accepted = async (guard: typeof wrong) => conditionOf(await statusOf(world.admin, guard), 'Accepted')
    expect(await until('it is refused', () => accepted(wrong))).toMatchObject({
      status: 'False',
      message: 'spec.limits.hodl ("2s") is not a known field: did you mean hold?',
    })
    expect(await until('it is refused', () => accepted(min))).toMatchObject({
      status: 'False',
      message: expect.stringMatching(/min \(5\) is above max, which is 2/),
    })
    expect(
      await until('its target is missed', async () => conditionOf(await statusOf(world.admin, lost), 'Observed')),
    ).toMatchObject({
      status: 'False',
      message: expect.stringMatching(/Deployment shop\/nowhere does not exist/),
    })
    const checkout = { namespace: NAMESPACE, name: 'checkout' }
    const { signalsAt = '' } = await statusOf(world.admin, checkout)
    const moved = await world.load('checkout', 20)
    await until(
      'the other Guard goes on',
      async () => ((await statusOf(world.admin, checkout)).signalsAt ?? '') > signalsAt,
    )
    await moved.stop()
  })

  it('is taken up again when it is corrected', async () => {
    const guard = { namespace: NAMESPACE, name: 'min-above-max' }
    await patchGuard(world, guard, { remedies: [{ scale: { min: 2, max: 5 } }] })
    await until(
      'it is accepted',
      async () => conditionOf(await statusOf(world.admin, guard), 'Accepted')?.status === 'True',
    )
    expect(nameOf(await getObject(world.admin, GUARDS, guard))).toBe('min-above-max')
  })
})
