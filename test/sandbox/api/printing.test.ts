// What tables are made of: ages, JSON paths, and the word for what a pod is at.
import { describe, expect, test } from 'vitest'
import { humanDuration } from '../../../sandbox/api/table/age.ts'
import { compilePath } from '../../../sandbox/api/table/json-path.ts'
import { podWord } from '../../../sandbox/api/table/pod-columns.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test.each([
  [-5 * SECOND, '<invalid>'],
  [-1, '0s'],
  [0, '0s'],
  [119 * SECOND, '119s'],
  [120 * SECOND, '2m'],
  [125 * SECOND, '2m5s'],
  [9 * MINUTE + 59 * SECOND, '9m59s'],
  [10 * MINUTE + 5 * SECOND, '10m'],
  [179 * MINUTE, '179m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + 5 * MINUTE, '3h5m'],
  [8 * HOUR + 5 * MINUTE, '8h'],
  [47 * HOUR, '47h'],
  [2 * DAY + 3 * HOUR, '2d3h'],
  [30 * DAY, '30d'],
  [3 * 365 * DAY + 5 * DAY, '3y5d'],
])('%d ms are printed as %s', (milliseconds, expected) => {
  expect(humanDuration(milliseconds)).toBe(expected)
})

describe('a JSONPath', () => {
  const object = {
    spec: { name: 'x', 'a.b': 1, list: [{ v: 1 }, { v: 2 }] },
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Other', status: 'False' },
      ],
    },
  }
  test.each([
    ['.spec.name', ['x']],
    ['.spec.missing.deeper', []],
    ['.spec.list[0].v', [1]],
    ['.spec.list[*].v', [1, 2]],
    ['.spec.list[7].v', []],
    [".spec['a.b']", [1]],
    ['.spec.a\\.b', [1]],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='None')].status", []],
  ])('%s finds %j', (path, expected) => {
    expect(compilePath(path)(object)).toEqual(expected)
  })

  test('that nobody understands is refused', () => {
    expect(() => compilePath('.a[?(@.b > 3)]')).toThrow(SyntaxError)
  })
})

describe('a pod is called', () => {
  const waiting = (reason: string) => ({ state: { waiting: { reason } } })
  const pod = (status: object, metadata: object = {}) => ({ metadata, status })
  test.each([
    ['Pending', pod({ phase: 'Pending' })],
    ['Running', pod({ phase: 'Running', containerStatuses: [{ ready: true, state: { running: {} } }] })],
    ['CrashLoopBackOff', pod({ phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff')] })],
    ['First', pod({ phase: 'Running', containerStatuses: [waiting('First'), waiting('Second')] })],
    [
      'Error',
      pod({ phase: 'Failed', containerStatuses: [{ state: { terminated: { reason: 'Error', exitCode: 1 } } }] }),
    ],
    ['ExitCode:3', pod({ phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] })],
    [
      'Signal:9',
      pod({ phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 137, signal: 9 } } }] }),
    ],
    ['Completed', pod({ phase: 'Succeeded', containerStatuses: [{ state: { terminated: { reason: 'Completed' } } }] })],
    ['Terminating', pod({ phase: 'Running' }, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['Evicted', pod({ phase: 'Failed', reason: 'Evicted' })],
  ])('%s', (word, object) => {
    expect(podWord(object)).toBe(word)
  })
})
