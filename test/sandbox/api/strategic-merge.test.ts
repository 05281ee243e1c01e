// Strategic merge patches, as a table.
import { describe, expect, test } from 'vitest'
import { builtInListKey } from '../../../sandbox/api/patch/list-keys.ts'
import { strategicMerge } from '../../../sandbox/api/patch/strategic-merge.ts'

const merge = (target: unknown, patch: unknown) => strategicMerge(target, patch, builtInListKey)
const inPod = (...containers: object[]) => ({ spec: { containers } })

describe('a strategic merge patch', () => {
  test.each<[string, unknown, unknown, unknown]>([
    ['sets and removes fields', { a: 1, b: 2 }, { a: 3, b: null }, { a: 3 }],
    ['merges objects', { m: { a: 1 } }, { m: { b: 2 } }, { m: { a: 1, b: 2 } }],
    ['replaces a list without a key', { args: ['a'] }, { args: ['b'] }, { args: ['b'] }],
    [
      'merges a list by its key',
      inPod({ name: 'a', image: '1' }, { name: 'b' }),
      inPod({ name: 'a', image: '2' }, { name: 'c' }),
      inPod({ name: 'a', image: '2' }, { name: 'b' }, { name: 'c' }),
    ],
    [
      'merges lists inside of lists',
      inPod({ name: 'a', env: [{ name: 'X', value: '1' }], ports: [{ containerPort: 80 }] }),
      inPod({ name: 'a', env: [{ name: 'Y', value: '2' }], ports: [{ containerPort: 80, name: 'http' }] }),
      inPod({
        name: 'a',
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
        ports: [{ containerPort: 80, name: 'http' }],
      }),
    ],
    [
      'deletes an item',
      inPod({ name: 'a' }, { name: 'b' }),
      inPod({ name: 'a', $patch: 'delete' }),
      inPod({ name: 'b' }),
    ],
    ['deletes the last item with its list', inPod({ name: 'a' }), inPod({ name: 'a', $patch: 'delete' }), { spec: {} }],
    [
      'replaces a list that says so',
      inPod({ name: 'a' }),
      inPod({ $patch: 'replace' }, { name: 'z' }),
      inPod({ name: 'z' }),
    ],
    ['replaces an object that says so', { m: { a: 1 } }, { m: { $patch: 'replace', b: 2 } }, { m: { b: 2 } }],
    ['deletes an object that says so', { m: { a: 1 }, n: 1 }, { m: { $patch: 'delete' } }, { n: 1 }],
    [
      'keeps only the fields that it is told to retain',
      { strategy: { type: 'RollingUpdate', rollingUpdate: {} } },
      { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      { strategy: { type: 'Recreate' } },
    ],
    [
      'takes values out of a list of values',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      { metadata: { finalizers: ['b'] } },
    ],
    [
      'adds to a list of values, once',
      { metadata: { finalizers: ['a'] } },
      { metadata: { finalizers: ['a', 'b'], '$setElementOrder/finalizers': ['a', 'b'] } },
      { metadata: { finalizers: ['a', 'b'] } },
    ],
    [
      'tells the ports of a Service from those of a container',
      { spec: { ports: [{ port: 80, targetPort: 1 }] } },
      { spec: { ports: [{ port: 80, name: 'http' }] } },
      { spec: { ports: [{ port: 80, targetPort: 1, name: 'http' }] } },
    ],
  ])('%s', (_, target, patch, expected) => {
    expect(merge(target, patch)).toEqual(expected)
  })

  test('of an item without its key is refused', () => {
    expect(() => merge(inPod({ name: 'a' }), inPod({ image: 'x' }))).toThrow(
      'does not contain declared merge key: name',
    )
  })

  test('leaves what it is given as it was', () => {
    const target = inPod({ name: 'a', env: [] })
    const copy = structuredClone(target)
    merge(target, inPod({ name: 'a', image: 'x' }))
    expect(target).toEqual(copy)
  })
})
