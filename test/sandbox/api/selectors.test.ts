// Selectors that the conformance suite can't try on a real server, and what /scale makes of a selector.
import { describe, expect, test } from 'vitest'
import { labelSelectorText, parseFieldSelector, parseLabelSelector } from '../../../sandbox/api/selectors.ts'

const object = {
  metadata: { name: 'one', labels: { app: 'web', 'x.io/tier': 'a_b', empty: '' } },
  spec: { nodeName: 'n1' },
}

describe('a label selector', () => {
  test.each([
    ['', true],
    ['app=web', true],
    [' app = web , x.io/tier == a_b ', true],
    ['app in (db, web)', true],
    ['app notin (web)', false],
    ['missing notin (web)', true],
    ['missing!=x', true],
    ['empty=', true],
    ['empty', true],
    ['!empty', false],
    ['! missing', true],
    ['app in (web),missing', false],
  ])('"%s" is %s', (selector, expected) => {
    expect(parseLabelSelector(selector)(object)).toBe(expected)
  })

  test.each(['app in', 'a=b=c', '=web', 'app in (web', 'app web'])('"%s" is refused', (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow('unable to parse requirement')
  })
})

describe('a field selector', () => {
  test.each([
    ['metadata.name=one', true],
    ['metadata.name==one,spec.nodeName!=n2', true],
    ['metadata.namespace=', true],
    ['spec.nodeName=', false],
  ])('"%s" is %s', (selector, expected) => {
    expect(parseFieldSelector(selector, ['spec.nodeName'])(object)).toBe(expected)
  })

  test('of an unknown field or without a comparison is refused', () => {
    expect(() => parseFieldSelector('spec.other=x', [])).toThrow('field label not supported: spec.other')
    expect(() => parseFieldSelector('metadata.name', [])).toThrow('invalid field selector')
  })
})

test.each([
  [{ matchLabels: { b: '2', a: '1' } }, 'a=1,b=2'],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['x', 'y'] }] }, 'a in (x,y)'],
  [
    {
      matchExpressions: [
        { key: 'a', operator: 'DoesNotExist' },
        { key: 'b', operator: 'Exists' },
      ],
    },
    '!a,b',
  ],
  ['app=x', 'app=x'],
  [undefined, ''],
])('%j is written %s', (selector, expected) => {
  expect(labelSelectorText(selector)).toBe(expected)
})
