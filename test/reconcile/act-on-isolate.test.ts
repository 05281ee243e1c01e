// Pods taken out and given back, over real HTTP: announced first, each write only for the pod that was read, and nothing counted that did not happen.
import { describe, expect, it } from 'vitest'
import { at, textAt } from '../../controller/kube/json.ts'
import type { IsolateProposal } from '../../controller/model/command.ts'
import type { Isolation } from '../../controller/model/isolation.ts'
import { actOn, decideOn } from '../../controller/reconcile/act-on.ts'
import { planOf } from '../../controller/reconcile/guard-plan.ts'
import { settlePending } from '../../controller/reconcile/restore.ts'
import type { Session } from '../../controller/reconcile/session.ts'
import { guardSpec } from '../decide/ladder-world.ts'
import { actsOf, anAct, type Leader, TARGET, useRig } from './rig.ts'
import { PODS } from './shop-api.ts'

const rig = useRig()
const NAMES = ['a', 'b', 'c', 'd'] as const
const PATCH_A = 'PATCH pods/a'
const OUT: IsolateProposal = {
  remedy: 'isolate',
  direction: 'up',
  step: 'out',
  from: 1,
  to: 0,
  pods: [{ name: 'a', uid: 'uid-a' }],
  reasons: ['half of its requests fail', 'for 30 s'],
  rung: 0,
}
const BACK: IsolateProposal = { ...OUT, direction: 'down', step: 'back', from: 0, to: 1, reasons: ['its time is over'] }
const DELETE: IsolateProposal = { ...OUT, step: 'delete' }
const MARKED = {
  labels: { app: 'checkout', 'evenkeel.dev/serving': 'false' },
  annotations: { 'evenkeel.dev/isolated-by': 'checkout' },
}

function putPod(name: string, metadata: object = {}): void {
  const owner = { kind: 'ReplicaSet', name: 'r', uid: 'r', apiVersion: 'apps/v1', controller: true }
  rig.api.put(`${PODS}/${name}`, {
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      labels: { app: 'checkout' },
      ownerReferences: [owner],
      ...metadata,
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  })
}
const metadataOf = (name: string) => at(rig.api.get(`${PODS}/${name}`), 'metadata')

async function begin(leader: Leader, isolations: readonly Isolation[] = []): Promise<Session> {
  for (const name of NAMES) if (rig.api.get(`${PODS}/${name}`) === undefined) putPod(name)
  const session = await leader.begin()
  session.plan = planOf(guardSpec([{ isolate: {} }]))
  session.state = { ...session.state, isolations }
  const observations = {}
  session.last = {
    observations,
    assessment: { at: leader.deps.clock.now(), observations, limits: session.state.limits, findings: [], blind: [] },
  }
  return session
}

async function act(leader: Leader, session: Session, proposal: IsolateProposal) {
  const decision = await decideOn(leader.deps, session, proposal, TARGET)
  if (decision.verdict !== 'act') return decision
  return actOn(leader.deps, session, decision, (now) => ({ ...actsOf(now), isolations: [...now.state.isolations] }))
}
const out: Isolation = {
  pod: 'a',
  uid: 'uid-a',
  phase: 'Out',
  ejections: 1,
  since: '2026-01-01T00:00:00.000Z',
  until: '2026-01-01T00:00:30.000Z',
  why: 'half of its requests fail',
}

describe('taking a pod out', () => {
  it('is announced in status, and marks just the pod that was read', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    const version = textAt(rig.api.get(`${PODS}/a`), 'metadata', 'resourceVersion')
    expect(await act(leader, session, OUT)).toEqual({ kind: 'done' })
    expect(rig.api.calls.filter((call) => call.startsWith('PATCH'))).toEqual(['PATCH guards/checkout/status', PATCH_A])
    expect(rig.api.bodiesOf('PATCH guards/checkout/status')).toMatchObject([
      {
        status: { isolations: [out], recentActions: [{ field: 'Pod/a serving', from: 1, to: 0, outcome: 'Pending' }] },
      },
    ])
    expect(rig.api.bodiesOf(PATCH_A)).toEqual([
      {
        metadata: {
          uid: 'uid-a',
          resourceVersion: version,
          labels: { 'evenkeel.dev/serving': 'false' },
          annotations: { 'evenkeel.dev/isolated-by': 'checkout' },
        },
      },
    ])
    expect(session.state.isolations).toEqual([out])
    expect(session.state.recentActions).toMatchObject([{ remedy: 'isolate', outcome: 'Done', rung: 0 }])
  })

  it('leaves no trace when the pod changed in between', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.failNext(PATCH_A, 409)
    expect(await act(leader, session, OUT)).toMatchObject({ kind: 'conflict' })
    expect([session.state.isolations, session.state.recentActions]).toEqual([[], []])
  })

  it('counts no ejection that the API server refused', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.failNext(PATCH_A, 403)
    expect(await act(leader, session, OUT)).toMatchObject({ kind: 'failed' })
    expect(session.state.isolations).toEqual([])
    expect(session.state.recentActions).toMatchObject([{ outcome: 'Failed' }])
  })

  it('is vetoed by what a fresh read shows, and then nothing is written', async () => {
    for (const name of ['b', 'c']) putPod(name, MARKED)
    const leader = await rig.leader()
    const session = await begin(leader)
    expect(await act(leader, session, OUT)).toMatchObject({ verdict: 'veto' })
    expect(rig.api.calls.filter((call) => call.startsWith('PATCH'))).toEqual([])
  })
})

describe('giving a pod back', () => {
  it.each([
    ['removes the label that was not there before', { ...MARKED }, undefined],
    [
      'restores the label that was',
      { ...MARKED, annotations: { ...MARKED.annotations, 'evenkeel.dev/serving-before': 'true' } },
      'true',
    ],
    [
      'removes the annotation, and leaves the label alone',
      {
        labels: { app: 'checkout', 'evenkeel.dev/serving': 'true' },
        annotations: { ...MARKED.annotations, 'evenkeel.dev/serving': 'false' },
      },
      'true',
    ],
  ])('%s', async (_, metadata, label) => {
    putPod('a', metadata)
    const leader = await rig.leader()
    const session = await begin(leader, [out])
    expect(await act(leader, session, BACK)).toEqual({ kind: 'done' })
    expect(at(metadataOf('a'), 'labels', 'evenkeel.dev/serving')).toBe(label)
    expect(at(metadataOf('a'), 'annotations')).toEqual({})
    expect(session.state.isolations).toMatchObject([{ phase: 'Trial', ejections: 1 }])
    expect(session.state.ladder.restoredAt).toBeUndefined()
  })

  it('tries again when the kubelet wrote the pod in between', async () => {
    putPod('a', MARKED)
    const leader = await rig.leader()
    const session = await begin(leader, [out])
    rig.api.failNext(PATCH_A, 409)
    expect(await act(leader, session, BACK)).toEqual({ kind: 'done' })
    expect(rig.api.bodiesOf(PATCH_A)).toHaveLength(2)
  })
})

describe('deleting a pod', () => {
  it('is bound to its uid and version', async () => {
    const leader = await rig.leader()
    const session = await begin(leader, [{ ...out, phase: 'Trial', ejections: 3 }])
    const version = textAt(rig.api.get(`${PODS}/a`), 'metadata', 'resourceVersion')
    expect(await act(leader, session, DELETE)).toEqual({ kind: 'done' })
    expect(rig.api.bodiesOf('DELETE pods/a')).toMatchObject([
      { preconditions: { uid: 'uid-a', resourceVersion: version } },
    ])
    expect(session.state.recentActions).toMatchObject([{ field: 'Pod/a', from: 1, to: 0, outcome: 'Done' }])
  })
})

describe('an act whose answer was lost', () => {
  const pending = (field: string, to: number) => anAct({ remedy: 'isolate', field, from: 1 - to, to })
  it.each<[string, object | undefined, string, number, string]>([
    ['taking out, found marked', MARKED, 'Pod/a serving', 0, 'Done'],
    ['taking out, found unmarked', {}, 'Pod/a serving', 0, 'Abandoned'],
    ['taking out, found gone', undefined, 'Pod/a serving', 0, 'Done'],
    ['giving back, found unmarked', {}, 'Pod/a serving', 1, 'Done'],
    ['giving back, found marked', MARKED, 'Pod/a serving', 1, 'Abandoned'],
    ['deleting, found gone', undefined, 'Pod/a', 0, 'Done'],
    ['deleting, found ending', { deletionTimestamp: '2026-01-01T00:00:00Z' }, 'Pod/a', 0, 'Done'],
    ['deleting, found another of that name', { uid: 'new' }, 'Pod/a', 0, 'Done'],
    ['deleting, found there', MARKED, 'Pod/a', 0, 'Abandoned'],
  ])('%s', async (_, metadata, field, to, outcome) => {
    if (metadata !== undefined) putPod('a', metadata)
    const { deps } = await rig.leader()
    const guard = { target: TARGET, name: 'checkout', flows: [], isolations: [out] }
    expect(await settlePending(deps.client, deps.clock, guard, [pending(field, to)])).toMatchObject([{ outcome }])
  })
})
