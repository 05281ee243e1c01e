// What a StatefulSet does about its numbered pods: step by step, and all the way.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Pod } from '../../../sandbox/workloads/objects.ts'
import { ordinalOf, planStatefulSet, reportStatefulSet } from '../../../sandbox/workloads/plan-stateful-set.ts'
import { aPod, aStatefulSet } from './objects.ts'

const NOW = 'web-new'
const set = (replicas: number, more: object = {}, status: object = {}) =>
  aStatefulSet({ replicas, ...more }, status, { name: 'web' })

/** `ready`, `starting`, `ending`, `failed`, each of the newest template, or of an older one with a leading `old-`. */
function pod(number: number, look: string): Pod {
  const revision = look.startsWith('old-') ? 'web-old' : NOW
  return aPod({
    isReady: look.endsWith('ready') || look.endsWith('ending'),
    phase: look.endsWith('failed') ? 'Failed' : 'Running',
    metadata: {
      name: `web-${number}`,
      labels: { 'controller-revision-hash': revision },
      ...(look.endsWith('ending') ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
  })
}

/** Numbers created, and numbers removed. */
function plan(replicas: number, looks: readonly string[], more: object = {}) {
  const of = set(replicas, more)
  const pods = looks.flatMap((look, number) => (look === '' ? [] : [pod(number, look)]))
  const { create, remove } = planStatefulSet(of, pods, NOW)
  return { create, remove: remove.map((one) => ordinalOf(of, one)) }
}

const nothing = { create: [], remove: [] }
const create = (...numbers: number[]) => ({ create: numbers, remove: [] })
const remove = (...numbers: number[]) => ({ create: [], remove: numbers })
const PARALLEL = { podManagementPolicy: 'Parallel' }

describe('a step in order', () => {
  test.each<[string, number, string[], object, ReturnType<typeof plan>]>([
    ['creates the first', 3, [], {}, create(0)],
    ['waits until it is ready', 3, ['starting'], {}, nothing],
    ['then creates the next', 3, ['ready'], {}, create(1)],
    ['fills a gap first', 3, ['', 'ready', 'ready'], {}, create(0)],
    ['waits for one that ends', 1, ['ending'], {}, nothing],
    ['makes anew one that failed', 2, ['failed', 'ready'], {}, remove(0)],
    ['takes away the last', 1, ['ready', 'ready', 'ready'], {}, remove(2)],
    ['waits until that is gone', 1, ['ready', 'ready', 'ending'], {}, nothing],
    ['replaces the last old one', 3, ['old-ready', 'old-ready', 'old-ready'], {}, remove(2)],
    ['waits until the new one is ready', 2, ['old-ready', 'starting'], {}, nothing],
    ['then replaces the one before', 2, ['old-ready', 'ready'], {}, remove(0)],
    ['replaces an old one that never got ready', 2, ['ready', 'old-starting'], {}, remove(1)],
    [
      'replaces none below the partition',
      2,
      ['old-ready', 'ready'],
      { updateStrategy: { rollingUpdate: { partition: 1 } } },
      nothing,
    ],
    ['leaves replacing to others with OnDelete', 1, ['old-ready'], { updateStrategy: { type: 'OnDelete' } }, nothing],
  ])('%s', (_, replicas, looks, more, expected) => {
    expect(plan(replicas, looks, more)).toEqual(expected)
  })
})

describe('a step in parallel', () => {
  test.each<[string, number, string[], ReturnType<typeof plan>]>([
    ['creates all', 3, ['', 'starting'], create(0, 2)],
    [
      'takes away all that are too many, and makes anew what failed',
      2,
      ['ready', 'failed', 'ready', 'ready'],
      remove(1, 3, 2),
    ],
    ['replaces old ones one by one', 2, ['old-ready', 'old-ready'], remove(1)],
  ])('%s', (_, replicas, looks, expected) => {
    expect(plan(replicas, looks, PARALLEL)).toEqual(expected)
  })
})

test('from wherever it starts, it gets to all numbers of the newest template', () => {
  const look = fc.constantFrom('', 'ready', 'starting', 'ending', 'failed', 'old-ready', 'old-starting', 'old-ending')
  fc.assert(
    fc.property(fc.nat({ max: 5 }), fc.array(look, { maxLength: 6 }), fc.boolean(), (replicas, looks, isParallel) => {
      let now: string[] = [...looks]
      for (let step = 0; step < 40; step += 1) {
        // What ends is gone; what starts is ready.
        now = now.map((one) => (one.endsWith('ending') ? '' : one.replace('starting', 'ready')))
        const { create, remove } = plan(replicas, now, isParallel ? PARALLEL : {})
        for (const number of create) now[number] = 'starting'
        for (const number of remove) if (number !== undefined) now[number] = 'ending'
        now = Array.from(now, (one) => one ?? '')
      }
      expect(now.filter((one) => one !== '')).toEqual(Array(replicas).fill('ready'))
      expect(now.slice(0, replicas)).toEqual(Array(replicas).fill('ready'))
    }),
  )
})

test('its status counts what is of the newest template, and calls that current once all are', () => {
  const status = { currentRevision: 'web-old' }
  const rolling = reportStatefulSet(set(2, {}, status), [pod(0, 'old-ready'), pod(1, 'starting')], NOW)
  expect(rolling).toMatchObject({ replicas: 2, readyReplicas: 1, currentReplicas: 1, updatedReplicas: 1 })
  expect(rolling).toMatchObject({ currentRevision: 'web-old', updateRevision: NOW })
  const done = reportStatefulSet(set(2, {}, status), [pod(0, 'ready'), pod(1, 'ready')], NOW)
  expect(done).toMatchObject({ currentReplicas: 2, updatedReplicas: 2, currentRevision: NOW })
})
