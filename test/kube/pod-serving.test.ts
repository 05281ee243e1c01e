// What a Pod's object says of its place in load balancing.
import { describe, expect, test } from 'vitest'
import { projectPod } from '../../controller/kube/resources.ts'

const STARTED = '2026-01-01T00:00:00Z'

function pod(ready: string, turnedAt: string | undefined, more: { metadata?: object; conditions?: object[] } = {}) {
  return projectPod({
    metadata: { name: 'a', namespace: 'shop', uid: 'u', ...more.metadata },
    status: {
      phase: 'Running',
      startTime: STARTED,
      conditions: [{ type: 'Ready', status: ready, lastTransitionTime: turnedAt }, ...(more.conditions ?? [])],
    },
  })
}

describe('readiness', () => {
  test.each([
    ['True', '2026-01-01T00:00:09Z', { ready: true }],
    ['False', STARTED, { ready: false }],
    ['False', '2026-01-01T00:00:02Z', { ready: false }],
    ['False', '2026-01-01T00:00:03Z', { ready: false, hasBeenReady: true }],
    ['False', undefined, { ready: false }],
    ['False', 'soon', { ready: false }],
    ['Unknown', '2026-01-01T00:10:00Z', { ready: false, readyUnknown: true }],
  ])('%s since %s', (status, turnedAt, expected) => {
    const { ready, hasBeenReady, readyUnknown } = pod(status, turnedAt)
    expect({ ready, hasBeenReady, readyUnknown }).toEqual(expected)
  })
})

describe('the mark evenkeel.dev/serving', () => {
  const mark = 'evenkeel.dev/serving'
  test.each<[string, Parameters<typeof pod>[2], true | undefined]>([
    ['is not there', {}, undefined],
    ['is a condition that is False', { conditions: [{ type: mark, status: 'False' }] }, true],
    ['is a condition that is True', { conditions: [{ type: mark, status: 'True' }] }, undefined],
    ['is a condition that is Unknown', { conditions: [{ type: mark, status: 'Unknown' }] }, undefined],
    ['is a label', { metadata: { labels: { [mark]: 'false' } } }, true],
    ['is a label that says true', { metadata: { labels: { [mark]: 'true' } } }, undefined],
    ['is an annotation', { metadata: { annotations: { [mark]: 'false' } } }, true],
  ])('%s', (_, more, isolated) => {
    expect(pod('True', STARTED, more).isolated).toBe(isolated)
  })
})

describe('the readiness gate evenkeel.dev/serving', () => {
  const mark = 'evenkeel.dev/serving'
  const gated = (metadata: object, conditions: object[]) =>
    projectPod({
      metadata: { name: 'a', namespace: 'shop', uid: 'u', ...metadata },
      spec: { readinessGates: [{ conditionType: mark }] },
      status: { phase: 'Running', conditions },
    }).gate

  test('is none of a pod that does not name it', () => {
    expect(pod('True', STARTED, { conditions: [{ type: mark, status: 'True' }] }).gate).toBeUndefined()
  })
  test.each<[string, object, object[], object]>([
    ['is not written yet', {}, [], { is: 'Unset', shouldBe: 'True' }],
    ['is open', {}, [{ type: mark, status: 'True' }], { is: 'True', shouldBe: 'True' }],
    ['is shut with no mark behind it', {}, [{ type: mark, status: 'False' }], { is: 'False', shouldBe: 'True' }],
    [
      'is open in spite of a mark',
      { labels: { [mark]: 'false' } },
      [{ type: mark, status: 'True' }],
      { is: 'True', shouldBe: 'False' },
    ],
    [
      'is unknown',
      { annotations: { [mark]: 'false' } },
      [{ type: mark, status: 'Unknown' }],
      { is: 'Unset', shouldBe: 'False' },
    ],
  ])('%s', (_, metadata, conditions, gate) => {
    expect(gated(metadata, conditions)).toEqual(gate)
  })

  test('the Guard that took a pod out is told', () => {
    const metadata = { annotations: { 'evenkeel.dev/isolated-by': 'checkout' } }
    expect(pod('True', STARTED, { metadata }).isolatedBy).toBe('checkout')
    expect(pod('True', STARTED).isolatedBy).toBeUndefined()
  })
})
