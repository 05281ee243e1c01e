// A successor begins where the last leader stopped: everything comes from the API server, and half-done acts are settled.
import { describe, expect, it } from 'vitest'
import { KubeError } from '../../controller/model/errors.ts'
import type { Action, GuardStatus } from '../../controller/model/guard-status.ts'
import { settlePending } from '../../controller/reconcile/restore.ts'
import { anAct, TARGET, useRig } from './rig.ts'
import { AUTOSCALERS, DEPLOYMENT, GUARD, INCIDENTS } from './shop-api.ts'

const rig = useRig()

const SPEC = { guard: 'checkout', target: { kind: 'Deployment', name: 'checkout' } }
const T = '2026-01-01T00:00:00.000Z'
const INCIDENT = { phase: 'Open', summary: 's', onset: T, detectedAt: T, findings: [], actions: [], timeline: [] }

function withStatus(status: GuardStatus): void {
  rig.api.put(GUARD, { ...rig.api.get(GUARD), metadata: {}, status })
}

describe('a Guard', () => {
  it('that never had a status begins calm, at the bottom of the ladder', async () => {
    const leader = await rig.leader()
    expect(await leader.restore()).toMatchObject({
      status: {},
      resourceVersion: '101',
      state: { recentActions: [], conditions: [], ladder: { scaleIn: {} }, limits: { cpu: { phase: 'calm' } } },
    })
  })

  it('that is gone is not begun', async () => {
    rig.api.remove(GUARD)
    expect(await (await rig.leader()).restore()).toBeUndefined()
  })

  it('goes on with its breaches, acts, conditions, decision, raised minimum and Incident', async () => {
    const status: GuardStatus = {
      conditions: [{ type: 'Healthy', status: 'False', reason: 'X', message: 'm', lastTransitionTime: T }],
      breaches: [{ limit: 'cpu', onset: T, confirmedAt: T, peak: 0.97, threshold: 0.9 }],
      recentActions: [anAct({ outcome: 'Done', verdict: 'Improved' })],
      lastDecision: { at: T, verdict: 'Acted', summary: 's', reasons: [], interlocks: [] },
      raisedMinimum: { kind: 'HorizontalPodAutoscaler', name: 'web', original: 1 },
      incident: 'checkout-1',
    }
    withStatus(status)
    rig.api.put(`${INCIDENTS}/checkout-1`, { spec: SPEC, status: INCIDENT })
    const restored = await (await rig.leader()).restore()
    expect(restored?.status).toEqual(status)
    expect(restored?.state).toMatchObject({
      limits: { cpu: { phase: 'breached', peak: 0.97, threshold: 0.9 }, errors: { phase: 'calm' } },
      recentActions: status.recentActions,
      conditions: status.conditions,
      lastDecision: status.lastDecision,
      raisedMinimum: status.raisedMinimum,
      incident: { name: 'checkout-1', namespace: 'shop', spec: SPEC, status: INCIDENT },
    })
  })

  it('whose outage is just over knows its Incident, so that a breach that comes back reopens it', async () => {
    withStatus({ lastIncident: 'checkout-1', recentActions: [anAct({ outcome: 'Done', incident: 'checkout-0' })] })
    rig.api.put(`${INCIDENTS}/checkout-1`, { spec: SPEC, status: { ...INCIDENT, phase: 'Resolved' } })
    expect((await (await rig.leader()).restore())?.state.incident?.name).toBe('checkout-1')
  })

  it('whose outage is over still knows the Incident of its last act, to which the undoing is told', async () => {
    withStatus({ recentActions: [anAct({ outcome: 'Done', incident: 'checkout-1' })] })
    rig.api.put(`${INCIDENTS}/checkout-1`, { spec: SPEC, status: { ...INCIDENT, phase: 'Resolved' } })
    expect((await (await rig.leader()).restore())?.state.incident?.name).toBe('checkout-1')
  })

  it('whose Incident was deleted by hand goes on without it', async () => {
    withStatus({ incident: 'checkout-1' })
    expect((await (await rig.leader()).restore())?.state.incident).toBeUndefined()
  })

  it.each(['GET guards/checkout', 'GET incidents/checkout-1'])('is not begun while %s fails', async (call) => {
    withStatus({ incident: 'checkout-1' })
    rig.api.failNext(call, 500)
    await expect((await rig.leader()).restore()).rejects.toThrow(KubeError)
  })
})

describe('an act that was announced and not concluded', () => {
  const onAutoscaler = anAct({ field: 'HorizontalPodAutoscaler/web minimum', from: 1, to: 4 })

  async function settled(action: Action): Promise<Action | undefined> {
    const { client, clock } = (await rig.leader()).deps
    return (
      await settlePending(client, clock, { target: TARGET, name: 'checkout', flows: [], isolations: [] }, [action])
    )[0]
  }
  const putAutoscaler = (minReplicas: number) =>
    rig.api.put(`${AUTOSCALERS}/web`, {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'checkout' }, minReplicas, maxReplicas: 10 },
    })

  it('is Done when the replicas are as it wanted them', async () => {
    rig.api.put(DEPLOYMENT, { spec: { replicas: 4 } })
    expect(await settled(anAct())).toMatchObject({
      outcome: 'Done',
      detail: 'found done after the answer to it was lost',
    })
  })

  it('is Abandoned when they are not', async () => {
    expect(await settled(anAct())).toMatchObject({
      outcome: 'Abandoned',
      detail: 'found not done (Deployment/checkout replicas is 2) after the answer to it was lost',
    })
  })

  it.each([
    [4, 'Done'],
    [1, 'Abandoned'],
  ] as const)('on an autoscaler whose minimum is %i is %s', async (minimum, outcome) => {
    putAutoscaler(minimum)
    expect(await settled(onAutoscaler)).toMatchObject({ outcome })
  })

  it('on an autoscaler that is gone is Abandoned', async () => {
    expect(await settled(onAutoscaler)).toMatchObject({
      outcome: 'Abandoned',
      detail: expect.stringContaining('is gone)'),
    })
  })

  it('stays Pending while what it wrote can’t be read', async () => {
    rig.api.failNext('GET deployments/checkout/scale', 500)
    expect(await settled(anAct())).toEqual(anAct())
    rig.api.failNext('GET horizontalpodautoscalers', 500)
    expect(await settled(onAutoscaler)).toEqual(onAutoscaler)
  })

  it('costs no read when there is none', async () => {
    const { client, clock } = (await rig.leader()).deps
    const acts = [anAct({ outcome: 'Done' }), anAct({ outcome: 'Failed' })]
    expect(
      await settlePending(client, clock, { target: TARGET, name: 'checkout', flows: [], isolations: [] }, acts),
    ).toBe(acts)
    expect(rig.api.calls).toEqual([])
  })
})
