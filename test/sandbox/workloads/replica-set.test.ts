// What a ReplicaSet does about its pods: how many, which ones, and what it says of them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createExpectations } from '../../../sandbox/workloads/expectations.ts'
import { isActive, type Pod } from '../../../sandbox/workloads/objects.ts'
import { planReplicaSet, reportReplicaSet } from '../../../sandbox/workloads/plan-replica-set.ts'
import { matches } from '../../../sandbox/workloads/selector.ts'
import { aPod, aReplicaSet, type PodLook } from './objects.ts'

const EARLIER = '2026-01-01T00:00:00Z'
const LATER = '2026-01-01T00:01:00Z'
const ENDING = { deletionTimestamp: EARLIER }

describe('planReplicaSet', () => {
  test.each<[string, PodLook, PodLook]>([
    ['is on no node', { node: '', isReady: false }, { isReady: false }],
    ['is not running yet', { phase: 'Pending' }, { isReady: false }],
    ['is not ready', { isReady: false }, { readyAt: LATER, restarts: 9 }],
    ['became ready later', { readyAt: LATER }, { readyAt: EARLIER, restarts: 9 }],
    ['was restarted more often', { readyAt: EARLIER, restarts: 2 }, { readyAt: EARLIER, restarts: 1 }],
    [
      'is younger',
      { readyAt: EARLIER, metadata: { creationTimestamp: LATER } },
      { readyAt: EARLIER, metadata: { creationTimestamp: EARLIER } },
    ],
  ])('gives up first the pod that %s', (_, given, kept) => {
    const [first, second] = [aPod(given), aPod(kept)]
    expect(planReplicaSet(1, [first, second])).toEqual({ create: 0, remove: [first] })
    expect(planReplicaSet(1, [second, first])).toEqual({ create: 0, remove: [first] })
  })

  test.each<[string, PodLook]>([
    ['that ends', { isReady: true, metadata: ENDING }],
    ['that succeeded', { phase: 'Succeeded' }],
    ['that failed', { phase: 'Failed' }],
  ])('counts no pod %s, and never removes it', (_, look) => {
    expect(planReplicaSet(1, [aPod(look)])).toEqual({ create: 1, remove: [] })
    expect(planReplicaSet(0, [aPod(look)])).toEqual({ create: 0, remove: [] })
  })

  test('leads to exactly as many active pods as are wanted, and gives up no ready one for one that is not', () => {
    const pod = fc
      .record({ isReady: fc.boolean(), phase: fc.constantFrom('Pending', 'Running', 'Failed'), isEnding: fc.boolean() })
      .map(({ isReady, phase, isEnding }) =>
        aPod({ isReady: isReady && phase === 'Running', phase, metadata: isEnding ? ENDING : {} }),
      )
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.array(pod, { maxLength: 12 }), (wanted, pods) => {
        const { create, remove } = planReplicaSet(wanted, pods)
        const active = pods.filter(isActive)
        expect(active.length + create - remove.length).toBe(wanted)
        const left = active.filter((one) => !remove.includes(one))
        const readyOf = (some: readonly Pod[]) =>
          some.filter(({ status }) => status.conditions[0]?.status === 'True').length
        if (readyOf(remove) > 0) expect(readyOf(left)).toBe(left.length)
      }),
    )
  })
})

describe('reportReplicaSet', () => {
  test('counts what is active, ready, labelled, and ready for long enough', () => {
    const labels = { app: 'web' }
    const pods = [
      aPod({ readyAt: EARLIER, metadata: { labels } }),
      aPod({ readyAt: LATER, metadata: { labels } }),
      aPod({ metadata: { labels: {} } }),
      aPod({ readyAt: EARLIER, metadata: { ...ENDING, labels } }),
    ]
    const replicaSet = aReplicaSet({ minReadySeconds: 10 }, {}, { generation: 3 })
    expect(reportReplicaSet(replicaSet, pods, Date.parse(LATER) + 4_000)).toEqual({
      status: { observedGeneration: 3, replicas: 3, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 1 },
      againInMs: 6_000,
    })
    expect(reportReplicaSet(replicaSet, pods, Date.parse(LATER) + 10_000)).toMatchObject({
      status: { availableReplicas: 2 },
      againInMs: undefined,
    })
  })
})

describe('expectations', () => {
  test('hold a key back until each was seen, in whichever order, or until patience ends', () => {
    let now = 0
    const expectations = createExpectations(() => now)
    expectations.expect('a', 'pod 1')
    expectations.expect('a', 'pod 2')
    expectations.expect('b', 'pod 3')
    expectations.saw('pod 2')
    expect(expectations.waitMs('a')).toBe(10_000)
    expectations.saw('pod 1')
    expect(expectations.waitMs('a')).toBeUndefined()
    now = 9_000
    expect(expectations.waitMs('b')).toBe(1_000)
    now = 10_000
    expect(expectations.waitMs('b')).toBeUndefined()
  })
})

describe('matches', () => {
  const expression = (operator: string, values: string[] = []) => ({
    matchLabels: {},
    matchExpressions: [{ key: 'tier', operator, values }],
  })
  test.each([
    ['labels that are there', { matchLabels: { app: 'web' }, matchExpressions: [] }, true],
    ['a label with another value', { matchLabels: { app: 'api' }, matchExpressions: [] }, false],
    ['nothing asked for', { matchLabels: {}, matchExpressions: [] }, true],
    ['In', expression('In', ['core', 'edge']), true],
    ['In others', expression('In', ['edge']), false],
    ['NotIn', expression('NotIn', ['core']), false],
    ['Exists', expression('Exists'), true],
    ['DoesNotExist', expression('DoesNotExist'), false],
    ['an unknown operator', expression('Near'), false],
  ])('%s', (_, selector, expected) => {
    expect(matches(selector, { app: 'web', tier: 'core' })).toBe(expected)
  })
})
