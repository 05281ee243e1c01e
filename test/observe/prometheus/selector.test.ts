// Selectors: a Guard's own series, and never fewer than all Guards of a batch need.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMatcher, matchOf, selectAny } from '../../../controller/observe/prometheus/selector.ts'

const by = (kind: 'Deployment' | 'StatefulSet', name: string) =>
  createMatcher(matchOf('shop', { workload: { kind, name }, podLabel: 'pod' }))

describe('without a match, a Guard selects the pods of its workload', () => {
  it.each([
    ['Deployment', 'checkout', 'checkout-7d9f8c6b5-bcd2x', true],
    ['Deployment', 'checkout', 'checkout-worker-7d9f8c6b5-bcd2x', false],
    ['Deployment', 'checkout', 'checkout-agent-bcd2x', false],
    ['Deployment', 'checkout', 'my-checkout-7d9f8c6b5-bcd2x', false],
    ['Deployment', 'checkout', 'checkout-0', false],
    ['Deployment', 'a.b', 'a.b-7d9f8c6b5-bcd2x', true],
    ['Deployment', 'a.b', 'a-b-7d9f8c6b5-bcd2x', false],
    ['StatefulSet', 'ledger', 'ledger-0', true],
    ['StatefulSet', 'ledger', 'ledger-12', true],
    ['StatefulSet', 'ledger', 'ledger-backup-0', false],
  ] as const)('%s %s: pod %s is %s', (kind, name, pod, expected) => {
    expect(by(kind, name)({ namespace: 'shop', pod })).toBe(expected)
    expect(by(kind, name)({ namespace: 'other', pod })).toBe(false)
  })
})

it('without a match and without a workload, everything in the namespace is selected', () => {
  const match = matchOf('shop.a', { podLabel: 'pod' })
  expect(match).toEqual({ namespace: 'shop\\.a' })
})

describe('the selector of a batch', () => {
  it.each([
    ['one plain value', ['shop'], ['a="shop"']],
    ['plain values', ['shop', 'bank', 'shop'], ['a=~"bank|shop"']],
    ['a pattern', ['shop-.*'], ['a=~"(?:shop-.*)"']],
    ['a pattern beside a value', ['shop', 'x|y'], ['a=~"shop|(?:x|y)"']],
    ['a pattern that may be empty', ['shop', '.*'], []],
    ['a pattern that RE2 has not', ['(?!shop).+'], ['a!=""']],
    ['a pattern that would break the query of all', ['x"} or up', 'shop'], ['a!=""']],
    ['more patterns than a server likes', Array.from({ length: 33 }, (_, index) => `x${index}.+`), ['a!=""']],
  ])('of %s', (_, patterns, expected) => {
    expect(selectAny(patterns.map((a) => ({ a })))).toEqual(expected)
  })

  it('selects all that any of its Guards does', () => {
    const pattern = fc.constantFrom('shop', 'bank', 'a.c', 'sh.*', 'a|b', '[a-c]+', '', '(?:x|y)z?', '(?=a)a', 'a{1,2}')
    const value = fc.constantFrom('', 'shop', 'bank', 'abc', 'a', 'b', 'xz', 'y', 'aa')
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 40 }), value, (patterns, text) => {
        const [matcher] = selectAny(patterns.map((a) => ({ a })))
        const selected = patterns.some((a) => createMatcher({ a })({ a: text }))
        const [, op, quoted = '""'] = /^a(=~|!=|=)(.*)$/.exec(matcher ?? '') ?? []
        const operand: unknown = JSON.parse(quoted)
        const passes =
          op === undefined ||
          (op === '=' && text === operand) ||
          (op === '!=' && text !== operand) ||
          (op === '=~' && new RegExp(`^(?:${operand})$`).test(text))
        expect(!selected || passes).toBe(true)
      }),
    )
  })
})
