// Flags made of Features and of what Guards say, as table and as flagd's own reader takes them.
import { FlagdCore } from '@openfeature/flagd-core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { projectFeature } from '../../controller/kube/feature.ts'
import { type Feature, isUsable } from '../../controller/model/feature.ts'
import { composeFlags, flagsOfGuard } from '../../flags/flag.ts'
import { makeFlagSet } from '../../flags/flag-set.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString()

function feature(name: string, spec: object = {}, status: object = {}): Feature {
  const made = projectFeature({ metadata: { namespace: 'shop', name }, spec: { tier: 'Sheddable', ...spec }, status })
  if (!isUsable(made)) throw new Error(made.fault)
  return made
}

const guard = (name: string, status: object, spec: object = { mode: 'Enforce' }) =>
  flagsOfGuard({ name, raw: { spec, status } })
const limit = (flow: string, most: unknown) => ({ flow, limit: most, since: at(-9), reason: 'p99 is 600 ms' })
const circuit = (state: string, letThrough?: number) => ({
  circuit: { state, since: at(-5), reason: 'CPU is 95 %', letThrough },
})

function valuesOf(features: Feature[], guards: ReturnType<typeof guard>[] = []): Record<string, unknown> {
  return Object.fromEntries([...composeFlags(features, guards, NOW)].map(([key, { value }]) => [key, value]))
}

describe('the flags of a namespace', () => {
  it.each([
    ['Closed', 1, 'closed'],
    ['HalfOpen', 0.1, 'half-open'],
    ['Open', 0, 'open'],
  ])('tell a circuit that is %s, and the share that it lets through', (state, share, value) => {
    expect(valuesOf([], [guard('checkout', circuit(state, share))])).toEqual({
      'circuit.checkout': value,
      'circuit.checkout.share': share,
    })
  })

  it.each([
    ['observes', { mode: 'Observe' }],
    ['says nothing of its mode, and so observes', {}],
    ['observes, its circuit forced closed', { mode: 'Observe', circuit: { mode: 'ForcedClosed' } }],
  ])('tell a circuit as closed of a Guard that %s, and what it would be', (_, spec) => {
    const observing = guard('checkout', circuit('Open', 0), spec)
    expect(valuesOf([], [observing])).toEqual({ 'circuit.checkout': 'closed', 'circuit.checkout.share': 1 })
    expect(composeFlags([], [observing], NOW).get('circuit.checkout')?.metadata).toMatchObject({ observed: 'open' })
  })

  it('tell a circuit as open that a person has forced open, in any mode', () => {
    const spec = { mode: 'Observe', circuit: { mode: 'ForcedOpen' } }
    expect(valuesOf([], [guard('checkout', circuit('Open', 0), spec)])).toMatchObject({ 'circuit.checkout': 'open' })
  })

  it('have no circuit of a Guard that has none, or one that is not known', () => {
    expect(valuesOf([], [guard('a', {}), guard('b', circuit('Ajar', 1))])).toEqual({})
  })

  it('tell the lowest of several limits of one flow, and whose it is', () => {
    const guards = [
      guard('a', { flows: [limit('browse', 500)] }),
      guard('b', { flows: [limit('browse', 300), limit('search', 50)] }),
    ]
    expect(valuesOf([], guards)).toEqual({ 'limit.browse': 300, 'limit.search': 50 })
    expect(composeFlags([], guards, NOW).get('limit.browse')?.metadata).toEqual({
      kind: 'Limit',
      by: 'b',
      since: at(-9),
      reason: 'p99 is 600 ms',
    })
  })

  it('pass over a limit that is no number', () => {
    expect(valuesOf([], [guard('a', { flows: [limit('browse', 'many'), limit('search', 50), 7] })])).toEqual({
      'limit.search': 50,
    })
  })

  it('know a Feature before anything else of its name', () => {
    expect(valuesOf([feature('limit.browse')], [guard('a', { flows: [limit('browse', 500)] })])).toEqual({
      'limit.browse': true,
    })
  })
})

describe('a flag set', () => {
  const degraded = { state: 'Degraded', since: at(-5), demandedBy: { checkout: { since: at(-5), reason: 'slow' } } }

  it('switches a feature off by its variant, and is never DISABLED', () => {
    const { configuration } = makeFlagSet('shop', [feature('reviews', {}, degraded)], [], NOW)
    expect(JSON.parse(configuration)).toEqual({
      $schema: 'https://flagd.dev/schema/v0/flags.json',
      metadata: { flagSetId: 'shop' },
      flags: {
        reviews: {
          state: 'ENABLED',
          variants: { normal: true, degraded: false },
          defaultVariant: 'degraded',
          metadata: {
            kind: 'Feature',
            tier: 'Sheddable',
            state: 'Degraded',
            by: 'checkout',
            reason: 'checkout: slow',
            since: at(-5),
          },
        },
      },
    })
  })

  it('has the tag of its content: whatever the order in which it was heard of', () => {
    const [a, b] = [feature('a'), feature('b', { normal: 1, degraded: 0 })]
    const guards = [guard('x', circuit('Open', 0)), guard('y', circuit('Closed', 1))]
    const etag = makeFlagSet('shop', [a, b], guards, NOW).etag
    expect(makeFlagSet('shop', [b, a], [...guards].reverse(), NOW + 60_000).etag).toBe(etag)
    expect(makeFlagSet('shop', [a], guards, NOW).etag).not.toBe(etag)
    expect(makeFlagSet('bank', [a, b], guards, NOW).etag).not.toBe(etag)
  })

  it('holds until the first override in it ends', () => {
    const override = (untilSeconds: number) => ({ override: { value: false, until: at(untilSeconds), reason: 'r' } })
    const features = [feature('a', override(60)), feature('b', override(-60)), feature('c', override(30))]
    expect(makeFlagSet('shop', features, [], NOW).holdsUntil).toBe(NOW + 30_000)
    expect(makeFlagSet('shop', [], [], NOW).holdsUntil).toBe(Number.POSITIVE_INFINITY)
  })

  it('is read by flagd’s own reader as it was meant, whatever is in it', () => {
    const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
    const pairs = fc.oneof(
      fc.tuple(fc.boolean(), fc.boolean()),
      fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()),
      fc.tuple(fc.string(), fc.string()),
    )
    const features = fc.uniqueArray(
      fc.record({ name: names, pair: pairs, isDegraded: fc.boolean(), reason: fc.string() }),
      { selector: ({ name }) => name, maxLength: 6 },
    )
    fc.assert(
      fc.property(features, fc.integer({ min: 0, max: 2 }), (made, open) => {
        const ours = made.map(({ name, pair: [normal, other], isDegraded, reason }) =>
          feature(name, { normal, degraded: other }, isDegraded ? { demandedBy: { g: { since: at(0), reason } } } : {}),
        )
        const guards = [guard('g', circuit(['Closed', 'HalfOpen', 'Open'][open] ?? '', 1 - open / 2))]
        const set = makeFlagSet('shop', ours, guards, NOW)
        const core = new FlagdCore()
        core.setConfigurations(set.configuration)
        for (const { key, value, variant } of set.flags.values()) {
          const type = typeof value as 'boolean' | 'number' | 'string'
          const resolved = core.resolve(type, key, ({ boolean: !value, number: -1, string: '?' } as const)[type])
          // JSON has no negative zero.
          expect(resolved).toMatchObject({ value: value === 0 ? 0 : value, variant, reason: 'STATIC' })
        }
        expect([...core.getFlags().keys()].sort()).toEqual([...set.flags.keys()].sort())
      }),
    )
  })
})
