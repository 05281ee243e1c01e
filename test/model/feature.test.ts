// A Feature: what is right and wrong in a spec, and what services are told of it at any moment.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeFaults } from '../../controller/model/faults.ts'
import {
  effectiveFeature,
  FEATURE_SPEC,
  type FeatureSpec,
  type FeatureStatus,
  featureStateAt,
} from '../../controller/model/feature.ts'
import { usableFeatureSpec, validateFeatureSpec } from '../../controller/model/validate-feature.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString()
const override = (value: unknown, untilSeconds: number) => ({
  override: { value, until: at(untilSeconds), reason: 'the sale', by: 'alice' },
})
const spec = (changes: object = {}): FeatureSpec => FEATURE_SPEC.parse({ tier: 'Sheddable', ...changes })
const demand = (seconds: number, reason = 'CPU is 95 %') => ({ since: at(seconds), reason })

describe('the spec of a Feature', () => {
  it('needs a tier, and is true when all is well and false when not', () => {
    expect(spec()).toEqual({ tier: 'Sheddable', normal: true, degraded: false })
  })

  it.each<[object, RegExp]>([
    [{ tier: undefined }, /^spec\.tier is missing: write Sheddable, SheddablePlus, Critical or CriticalPlus\.$/],
    [{ tier: 'Low' }, /^spec\.tier \("Low"\) is not one of the values it may have/],
    [{ teir: 'Low' }, /^spec\.teir \("Low"\) is not a known field: did you mean tier\?/],
    [{ normal: 'on' }, /^spec\.degraded \(false\) is not of the type of spec\.normal, which is "on": write text\.$/],
    [
      { normal: 5, degraded: 'few' },
      /^spec\.degraded \("few"\) is not of the type of spec\.normal, which is 5: write a number\.$/,
    ],
    [{ normal: null }, /^spec\.normal \(null\)/],
    [{ normal: [1] }, /^spec\.normal \(\[1\]\)/],
    [
      override('off', 60),
      /^spec\.override\.value \("off"\) is not of the type of spec\.normal, which is true: write true or false\.$/,
    ],
    [{ override: { value: false, reason: 'x' } }, /^spec\.override\.until is missing/],
    [{ override: { value: false, until: at(9) } }, /^spec\.override\.reason is missing/],
    [{ override: { value: false, until: at(9), reason: '' } }, /^spec\.override\.reason \(""\) must be at least 1/],
    [{ override: { value: false, until: '2026-01-01', reason: 'x' } }, /^spec\.override\.until .* is not a time like/],
    [
      { override: { value: false, until: '2026-02-30T00:00:00Z', reason: 'x' } },
      /^spec\.override\.until .* is not a time/,
    ],
  ])('%j is refused: %s', (changes, said) => {
    const validation = validateFeatureSpec({ tier: 'Sheddable', ...changes })
    expect(validation.ok ? '' : describeFaults(validation.faults)).toMatch(said)
  })

  it.each<[string, object, object | undefined]>([
    ['an unknown field is left out', { sheed: true }, {}],
    ['an override that can’t be read is left out', { override: { value: false } }, {}],
    ['an override of another type is left out', override('off', 60), {}],
    ['values of two types leave nothing', { normal: 'on' }, undefined],
    ['a tier that is not known leaves nothing', { tier: 'Low' }, undefined],
  ])('with a fault is used as far as it can be: %s', (_, changes, left) => {
    const whole = { tier: 'Sheddable', normal: true, degraded: false }
    expect(usableFeatureSpec({ tier: 'Sheddable', ...changes })).toEqual(left === undefined ? undefined : whole)
  })
})

describe('what services are told', () => {
  const degraded = { state: 'Degraded', since: at(-60), demandedBy: { checkout: demand(-60) } } as const

  it.each<[string, object, FeatureStatus, object]>([
    ['the normal value, when nobody asks for less', {}, {}, { value: true, state: 'Normal', by: '' }],
    ['no beginning, before there is a status', {}, {}, { since: undefined }],
    [
      'the degraded value, while a Guard asks for it',
      {},
      degraded,
      { value: false, state: 'Degraded', by: 'checkout', since: NOW - 60_000 },
    ],
    ['why', {}, degraded, { reason: 'checkout: CPU is 95 %' }],
    [
      'every Guard that asks for it, in a steady order',
      {},
      { demandedBy: { payment: demand(-5, 'slow'), cart: demand(-3, 'errors') } },
      { by: 'cart, payment', reason: 'cart: errors; payment: slow' },
    ],
    [
      'the value of an override, whatever Guards ask for',
      override(true, 60),
      degraded,
      { value: true, state: 'Overridden', by: 'alice', reason: 'the sale', until: NOW + 60_000, since: undefined },
    ],
    ['nothing of an override that has ended', override(true, 0), degraded, { value: false, state: 'Degraded' }],
    ['numbers and text too', { normal: 10, degraded: 2 }, degraded, { value: 2 }],
  ])('is %s', (_, changes, status, expected) => {
    expect(effectiveFeature({ spec: spec(changes), status }, NOW)).toMatchObject(expected)
  })

  it('is since when the state began, and that is kept while the state stays', () => {
    const feature = { spec: spec(), status: degraded }
    expect(featureStateAt(feature, NOW)).toEqual({
      state: 'Degraded',
      since: at(-60),
      reason: 'checkout: CPU is 95 %',
    })
    const restored = { spec: spec(), status: { ...degraded, demandedBy: {} } }
    expect(featureStateAt(restored, NOW)).toMatchObject({ state: 'Normal', since: at(0) })
  })
})

const values = fc.constantFrom<[unknown, unknown, unknown]>([true, false, true], [3, 1, 2], ['all', 'few', 'some'])
const features = fc
  .record({
    values,
    untilSeconds: fc.option(fc.integer({ min: -1000, max: 1000 }), { nil: undefined }),
    guards: fc.uniqueArray(fc.constantFrom('checkout', 'cart', 'payment', 'constructor')),
    state: fc.constantFrom('Normal', 'Degraded', 'Overridden', undefined),
  })
  .map(({ values: [normal, degraded, overridden], untilSeconds, guards, state }) => ({
    spec: spec({ normal, degraded, ...(untilSeconds === undefined ? {} : override(overridden, untilSeconds)) }),
    status: {
      demandedBy: Object.fromEntries(guards.map((guard) => [guard, demand(-10)])),
      ...(state === undefined ? {} : { state, since: at(-10) }),
    } satisfies FeatureStatus,
  }))
const moments = fc.integer({ min: -2000, max: 2000 }).map((seconds) => NOW + seconds * 1000)

describe('whatever the Feature and the moment', () => {
  it('an override wins while it lasts, and it always ends', () => {
    fc.assert(
      fc.property(features, moments, (feature, now) => {
        const { override } = feature.spec
        const { value, state } = effectiveFeature(feature, now)
        const lasts = override !== undefined && now < override.until
        expect(state === 'Overridden').toBe(lasts)
        if (lasts) expect(value).toBe(override.value)
        else
          expect(value).toBe(
            Object.keys(feature.status.demandedBy).length > 0 ? feature.spec.degraded : feature.spec.normal,
          )
        if (override !== undefined) expect(effectiveFeature(feature, override.until).state).not.toBe('Overridden')
      }),
    )
  })

  it('the value hangs on spec, demands and the moment alone: not on what status says of the state', () => {
    fc.assert(
      fc.property(features, moments, (feature, now) => {
        const bare = { ...feature, status: { demandedBy: feature.status.demandedBy } }
        const { value, state, reason, by, until } = effectiveFeature(feature, now)
        expect(effectiveFeature(structuredClone(bare), now)).toMatchObject({ value, state, reason, by, until })
      }),
    )
  })

  it('writing the state down once is enough', () => {
    fc.assert(
      fc.property(features, moments, (feature, now) => {
        const written = { ...feature, status: { ...feature.status, ...featureStateAt(feature, now) } }
        expect(featureStateAt(written, now)).toEqual(featureStateAt(feature, now))
      }),
    )
  })
})
