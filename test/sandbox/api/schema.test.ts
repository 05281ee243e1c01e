// What a structural schema does beyond what the conformance suite tries: nesting, odd keywords, every message.
import { describe, expect, test } from 'vitest'
import { schemaRules } from '../../../sandbox/api/schema/rules.ts'

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const rulesOf = (spec: object) => schemaRules(object({ spec }))
const with_ = (spec: unknown) => ({ apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, spec })

describe('normalising', () => {
  test.each<[string, object, unknown, unknown]>([
    ['keeps known fields', object({ a: { type: 'string' } }), { a: 'x', b: 1 }, { a: 'x' }],
    [
      'keeps all of an object that says so',
      object({}, { 'x-kubernetes-preserve-unknown-fields': true }),
      { b: { c: 1 } },
      { b: { c: 1 } },
    ],
    [
      'still treats the known fields of an object that keeps everything',
      object({ a: object({ d: { default: 1 } }) }, { 'x-kubernetes-preserve-unknown-fields': true }),
      { a: { x: 1 }, b: 1 },
      { a: { d: 1 }, b: 1 },
    ],
    ['goes into lists', { type: 'array', items: object({ a: { default: 1 } }) }, [{ b: 1 }, {}], [{ a: 1 }, { a: 1 }]],
    [
      'goes into maps',
      object({}, { additionalProperties: object({ a: { default: 1 } }) }),
      { k: { b: 1 } },
      { k: { a: 1 } },
    ],
    ['does not make objects for the defaults inside of them', object({ a: object({ b: { default: 1 } }) }), {}, {}],
    [
      'keeps false, 0 and "" from being defaulted',
      object({ a: { default: 1 }, b: { default: true }, c: { default: 'x' } }),
      { a: 0, b: false, c: '' },
      { a: 0, b: false, c: '' },
    ],
    [
      'keeps null where it may be',
      object({ a: { nullable: true, default: 1 }, b: { default: 1 }, c: {} }),
      { a: null, b: null, c: null },
      { a: null, b: 1 },
    ],
  ])('%s', (_, schema, value, expected) => {
    expect(rulesOf(schema).normalise(with_(value)).spec).toEqual(expected)
  })

  test('hands out a default of its own each time', () => {
    const rules = rulesOf(object({ list: { type: 'array', default: [] } }))
    const one = rules.normalise(with_({})).spec
    expect(one).toEqual({ list: [] })
    expect(rules.normalise(with_({})).spec).not.toBe(one)
  })
})

describe('validating', () => {
  test.each<[object, unknown, string | undefined]>([
    [{ type: 'string' }, 'x', undefined],
    [{ type: 'string', nullable: true }, null, undefined],
    [{ type: 'integer', format: 'int32' }, 2 ** 40, 'must be of type int32'],
    [{ type: 'number', minimum: 1, exclusiveMinimum: true }, 1, 'should be greater than 1'],
    [{ type: 'number', multipleOf: 5 }, 7, 'should be a multiple of 5'],
    [{ type: 'array', maxItems: 1 }, [1, 2], 'should have at most 1 items'],
    [{ type: 'object', maxProperties: 1 }, { a: 1, b: 2 }, 'should have at most 1 properties'],
    [{ anyOf: [{ type: 'string' }, { type: 'integer' }] }, true, 'must validate at least one schema (anyOf)'],
    [
      { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      {},
      'must validate one and only one schema (oneOf)',
    ],
    [{ not: { enum: ['x'] } }, 'x', 'must not validate the schema (not)'],
    [{ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }, 7, undefined],
    [{ 'x-kubernetes-int-or-string': true, pattern: '^a' }, 'b', "should match '^a'"],
    [{ type: 'string', format: 'unheard-of' }, 'x', undefined],
    [{ type: 'string', format: 'date-time' }, '2026-02-30T00:00:00', 'must be of type date-time'],
    [{ type: 'string', format: 'duration' }, '1h30m', undefined],
    [{ type: 'string', format: 'ipv4' }, '1.2.3', 'must be of type ipv4'],
    [{ type: 'string', enum: ['a'], nullable: true }, null, undefined],
  ])('%j of %j says %s', (schema, value, expected) => {
    const messages = rulesOf(schema)
      .validate(with_(value))
      .map(({ message }) => message)
    if (expected === undefined) expect(messages).toEqual([])
    else expect(messages).toEqual([expect.stringContaining(expected)])
  })

  test('names a field inside of lists and maps', () => {
    const schema = object({ list: { type: 'array', items: object({}, { additionalProperties: { type: 'string' } }) } })
    const [cause] = rulesOf(schema).validate(with_({ list: [{}, { 'a/b': 1 }] }))
    expect(cause).toMatchObject({ field: 'spec.list[1].a/b', reason: 'FieldValueInvalid' })
  })
})
