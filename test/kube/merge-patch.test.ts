// A merge patch says what differs and nothing else: held to RFC 7386's own rule of how a patch is applied.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../controller/kube/json.ts'
import { mergePatchOf } from '../../controller/kube/merge-patch.ts'
import { applyMergePatch } from './rfc7386.ts'

const key = fc.constantFrom('a', 'b', 'c', 'signals')
const leaf = fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 3 }), fc.boolean())
const { object } = fc.letrec<{ value: unknown; object: JsonObject }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, tie('object'), fc.array(tie('value'), { maxLength: 2 })),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}))

describe('for all objects without null', () => {
  test('the patch applied to what was gives what shall be', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const patch = mergePatchOf(before, after)
        expect(patch === undefined ? before : applyMergePatch(before, patch)).toEqual(after)
      }),
      { numRuns: 500 },
    )
  })

  test('there is a patch exactly when something differs', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        expect(mergePatchOf(before, after) === undefined).toBe(isDeepStrictEqual(before, after))
        expect(mergePatchOf(after, structuredClone(after))).toBeUndefined()
      }),
    )
  })

  test('it names no field that stays the same', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        for (const name of Object.keys(mergePatchOf(before, after) ?? {}))
          expect(isDeepStrictEqual(before[name], after[name])).toBe(false)
      }),
    )
  })
})

test.each<[string, JsonObject, JsonObject, JsonObject | undefined]>([
  ['a field that is new is set', {}, { a: 1 }, { a: 1 }],
  ['a field that is gone is null', { a: 1, b: 2 }, { b: 2 }, { a: null }],
  ['a field that is undefined counts as gone', { a: 1 }, { a: undefined }, { a: null }],
  ['a field that is undefined on both sides is left alone', { a: undefined }, { a: undefined }, undefined],
  ['of an object only what differs in it is named', { a: { x: 1, y: 2 } }, { a: { x: 1, y: 3 } }, { a: { y: 3 } }],
  ['a list is replaced whole', { a: [1, 2] }, { a: [1, 3] }, { a: [1, 3] }],
  ['an object that becomes text is replaced', { a: { x: 1 } }, { a: 'x' }, { a: 'x' }],
  ['text that becomes an object is replaced', { a: 'x' }, { a: { x: 1 } }, { a: { x: 1 } }],
  ['an object that becomes empty loses its fields', { a: { x: 1 } }, { a: {} }, { a: { x: null } }],
])('%s', (_, before, after, patch) => {
  expect(mergePatchOf(before, after)).toEqual(patch)
})
