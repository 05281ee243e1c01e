// Server-side apply as properties, for whatever is applied, and the keyed lists of CRDs.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyConfiguration } from '../../../sandbox/api/apply/apply.ts'
import { fieldsOf, fromFieldsV1, toFieldsV1 } from '../../../sandbox/api/apply/field-set.ts'
import type { JsonObject } from '../../../sandbox/api/json.ts'
import { builtInListKey, schemaListKey } from '../../../sandbox/api/patch/list-keys.ts'

const EMPTY = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'one' } }
const writer = (manager: string) => ({
  manager,
  operation: 'Apply' as const,
  apiVersion: 'v1',
  subresource: undefined,
  time: '2026-01-01T00:00:00Z',
})
const apply = (live: JsonObject, spec: unknown, manager: string, force = true) =>
  applyConfiguration(live, { ...EMPTY, spec }, writer(manager), force, builtInListKey)

const name = fc.constantFrom('a', 'b', 'c', 'd')
const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('x', 'y'), fc.boolean())
const containers = fc.uniqueArray(
  fc.record(
    {
      name,
      image: fc.constantFrom('1', '2'),
      env: fc.uniqueArray(fc.record({ name, value: fc.constantFrom('1', '2') }), { selector: (one) => one.name }),
    },
    { requiredKeys: ['name'] },
  ),
  { selector: (one) => one.name },
)
const spec = fc.record(
  {
    scalar,
    map: fc.dictionary(name, scalar),
    nested: fc.record({ deep: fc.dictionary(name, scalar) }),
    list: fc.array(scalar, { maxLength: 3 }),
    containers,
  },
  { requiredKeys: [] },
)

/** An empty object, or an empty list whose items are owned one by one, leaves room for what others put there. */
const saysNothing = (path: string, value: unknown) =>
  JSON.stringify(value) === '{}' || (JSON.stringify(value) === '[]' && /f:(containers|env)$/.test(path))

describe('server-side apply', () => {
  test('of the same configuration twice changes nothing the second time', () => {
    fc.assert(
      fc.property(spec, spec, spec, (first, other, mine) => {
        const live = apply(apply(apply(EMPTY, first, 'me'), other, 'you'), mine, 'me')
        expect(apply(live, mine, 'me')).toEqual(live)
      }),
    )
  })

  test('leaves an object with what was applied, whatever was there', () => {
    fc.assert(
      fc.property(spec, spec, (before, mine) => {
        const live = apply(apply(EMPTY, before, 'you'), mine, 'me')
        const fields = fieldsOf(live, builtInListKey)
        for (const [path, value] of fieldsOf({ ...EMPTY, spec: mine }, builtInListKey)) {
          if (!saysNothing(path, value)) expect(fields.get(path)).toEqual(value)
        }
      }),
    )
  })

  test('by a single manager leaves exactly what was applied last', () => {
    fc.assert(
      fc.property(spec, spec, (first, last) => {
        const scalars = (object: JsonObject) =>
          [...fieldsOf(object, builtInListKey)]
            .filter(([, value]) => !['{}', '[]'].includes(JSON.stringify(value)))
            .sort()
        const live = apply(apply(EMPTY, first, 'me'), last, 'me')
        expect(scalars(live)).toEqual(scalars({ ...EMPTY, spec: last }))
      }),
    )
  })

  test('never lets two managers own different values of one field', () => {
    fc.assert(
      fc.property(spec, spec, (first, second) => {
        const live = apply(EMPTY, first, 'you')
        try {
          const after = apply(live, second, 'me', false)
          const fields = fieldsOf(after, builtInListKey)
          for (const [path, value] of fieldsOf({ ...EMPTY, spec: first }, builtInListKey)) {
            if (!saysNothing(path, value)) expect(fields.get(path)).toEqual(value)
          }
        } catch (error) {
          expect(String(error)).toMatch(/Apply failed with \d+ conflict/)
        }
      }),
    )
  })

  test('keeps a set of fields on its way to FieldsV1 and back', () => {
    fc.assert(
      fc.property(spec, (one) => {
        const set = new Set(fieldsOf({ ...EMPTY, spec: one }, builtInListKey).keys())
        expect(new Set(fromFieldsV1(toFieldsV1(set)))).toEqual(set)
      }),
    )
  })

  test('merges a list for which a CRD declares keys', () => {
    const schema = {
      properties: {
        spec: {
          properties: {
            cabins: { items: {}, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['deck', 'side'] },
          },
        },
      },
    }
    const put = (live: JsonObject, cabins: object[], manager: string) =>
      applyConfiguration(live, { ...EMPTY, spec: { cabins } }, writer(manager), false, schemaListKey(schema))
    const one = put(
      EMPTY,
      [
        { deck: 1, side: 'a', beds: 1 },
        { deck: 1, side: 'b', beds: 2 },
      ],
      'one',
    )
    const two = put(one, [{ deck: 1, side: 'b', view: 'sea' }], 'two')
    const last = put(two, [{ deck: 1, side: 'a', beds: 9 }], 'one')
    expect(last.spec).toEqual({
      cabins: [
        { deck: 1, side: 'a', beds: 9 },
        { deck: 1, side: 'b', view: 'sea' },
      ],
    })
  })
})
