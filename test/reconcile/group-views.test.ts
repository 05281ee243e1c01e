// What Guards see of FailoverGroups stays the same object until something that matters to them has changed.
import { expect, it } from 'vitest'
import { projectFailoverGroup } from '../../controller/kube/failover-group.ts'
import { createGroupViews } from '../../controller/reconcile/group-views.ts'

const SPEC = { mode: 'Enforce', method: { redis: {} }, service: 'db', members: [{ name: 'db-0' }, { name: 'db-1' }] }
const condition = (type: string, status: string, message = 'm') => ({
  type,
  status,
  reason: 'R',
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})

function world() {
  let raw: object[] = []
  const handlers: ((key: string) => void)[] = []
  let reads = 0
  const views = createGroupViews({
    byNamespace: () => {
      reads++
      return raw.map(projectFailoverGroup)
    },
    onChange: (handler) => {
      handlers.push(handler)
      return () => {}
    },
  })
  return {
    views,
    reads: () => reads,
    put(status: object, spec: object = SPEC, annotations: object = {}) {
      raw = [{ metadata: { name: 'shop-db', namespace: 'shop', uid: 'u', annotations }, spec, status }]
      for (const handler of handlers) handler('shop/shop-db')
    },
  }
}

it('is read when a group of the namespace has changed, and only then', () => {
  const { views, put, reads } = world()
  put({ active: 'db-0', epoch: 1 })
  const first = views.of('shop')
  expect(views.of('shop')).toBe(first)
  expect(reads()).toBe(1)
  put({ active: 'db-0', epoch: 1, lastSeen: { at: '2026-01-01T00:00:05Z', position: 7 } })
  expect(views.of('shop')).toBe(first)
  put({ active: 'db-1', epoch: 2 })
  expect(views.of('shop')).not.toBe(first)
  expect(views.of('shop')).toMatchObject([{ active: 'db-1', epoch: 2 }])
})

it('tells what a switch depends on', () => {
  const { views, put } = world()
  const status = {
    active: 'db-0',
    epoch: 3,
    conditions: [
      condition('Available', 'True'),
      condition('FailoverReady', 'False', 'db-1 lags.'),
      condition('RecoveryBlocked', 'True'),
    ],
    block: { epoch: 3, until: '2026-01-01T01:00:00Z' },
    switch: undefined,
  }
  put(status, SPEC, { 'evenkeel.dev/failover-request': '{"id":"1","kind":"Switchover","by":"ann"}' })
  expect(views.of('shop')).toEqual([
    {
      name: 'shop-db',
      fault: undefined,
      mode: 'Enforce',
      method: 'redis',
      names: ['shop-db', 'db', 'db-0', 'db-1'],
      active: 'db-0',
      epoch: 3,
      available: 'True',
      ready: 'False',
      notReady: 'db-1 lags.',
      blocked: 'True',
      blockedUntil: '2026-01-01T01:00:00Z',
      isSwitching: false,
      askedBy: 'ann',
    },
  ])
})

it('knows nothing of what a group has not said', () => {
  const { views, put } = world()
  put({})
  expect(views.of('shop')).toMatchObject([
    { active: undefined, available: 'Unknown', ready: 'Unknown', blocked: 'Unknown' },
  ])
})

it.each<[string, object, object, object, RegExp]>([
  ['a spec that is refused', {}, { mode: 'Enforce' }, {}, /spec\.method/],
  ['a status that another version wrote', { epoch: 'x' }, SPEC, {}, /status can't be read/],
  ['a request that can’t be read', {}, SPEC, { 'evenkeel.dev/failover-request': '?' }, /can't be read/],
])('says what is wrong with %s', (_what, status, spec, annotations, fault) => {
  const { views, put } = world()
  put(status, spec, annotations)
  expect(views.of('shop')[0]?.fault).toMatch(fault)
})
