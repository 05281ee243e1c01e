// `evenkeel features` and `evenkeel feature`: the table, what may be asked for, and the real command on the sandbox's API.
import { describe, expect, it } from 'vitest'
import { featuresTable, type OverrideFlags, valueFor, wishOf } from '../../controller/cli/features.ts'
import { projectFeature } from '../../controller/kube/feature.ts'
import { getObject } from '../../controller/kube/objects.ts'
import { FEATURES } from '../../controller/kube/resource-type.ts'
import type { FeatureValue } from '../../controller/model/feature.ts'
import { NAMESPACE, useFlagRig } from '../flags/rig.ts'
import { evenkeel } from './evenkeel.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString()
const rig = useFlagRig()

describe('the table', () => {
  const row = (name: string, spec: object, status: object = {}) =>
    projectFeature({ metadata: { namespace: 'shop', name }, spec: { tier: 'Sheddable', ...spec }, status })

  it('tells of each Feature what services are told, since when, by whom and why', () => {
    const features = [
      row(
        'reviews',
        {},
        { state: 'Degraded', since: at(-65), demandedBy: { checkout: { since: at(-65), reason: 'slow' } } },
      ),
      row('ads', { override: { value: false, until: at(3600), reason: 'the sale', by: 'alice' } }),
      row('page-size', { normal: 50, degraded: 10, tier: 'SheddablePlus' }, { state: 'Normal', since: at(-3600) }),
      row('mixed', { normal: 'on' }),
    ]
    expect(featuresTable(features, NOW).split('\n')).toEqual([
      'NAMESPACE   FEATURE     TIER            VALUE   STATE        SINCE         ENDS     BY         WHY',
      'shop        ads         Sheddable       false   Overridden   -             in 1 h   alice      the sale',
      'shop        mixed       -               -       Refused      -             -        -          spec.degraded (false) is not of the type of spec.normal, which is "on": write text.',
      'shop        page-size   SheddablePlus   50      Normal       1 h ago       -        -          No Guard asks for less',
      'shop        reviews     Sheddable       false   Degraded     1 m 5 s ago   -        checkout   checkout: slow',
    ])
  })

  it('of none says so', () => {
    expect(featuresTable([], NOW)).toBe('No Features found.')
  })
})

describe('what is asked for', () => {
  it.each<[OverrideFlags, object | string]>([
    [
      { on: true, for: '2h', reason: 'r' },
      { value: true, forMs: 7_200_000, reason: 'r' },
    ],
    [
      { off: true, for: '1d', reason: 'r' },
      { value: false, forMs: 86_400_000, reason: 'r' },
    ],
    [
      { value: 'few', for: '30m', reason: 'r' },
      { value: 'few', forMs: 1_800_000, reason: 'r' },
    ],
    [{ clear: true }, 'clear'],
  ])('%j is understood', (flags, wish) => {
    expect(wishOf(flags)).toEqual(wish)
  })

  it.each<[OverrideFlags, RegExp]>([
    [{}, /^Say one of --on, --off, --value VALUE and --clear\.$/],
    [{ on: true, off: true, for: '2h', reason: 'r' }, /^Say one of/],
    [{ on: true, reason: 'r' }, /^An override has an end: say how long with --for/],
    [{ on: true, for: 'ever', reason: 'r' }, /^--for ever is not a duration/],
    [{ on: true, for: '0s', reason: 'r' }, /^--for 0s is not a duration/],
    [{ on: true, for: '2h' }, /^An override has a reason/],
    [{ on: true, for: '2h', reason: ' ' }, /^An override has a reason/],
  ])('%j is refused: %s', (flags, says) => {
    expect(() => wishOf(flags)).toThrow(says)
  })

  it.each<[FeatureValue, boolean | string, FeatureValue]>([
    [true, false, false],
    [true, 'false', false],
    [10, '3.5', 3.5],
    ['all', 'few', 'few'],
    ['all', '3', '3'],
  ])('for %j, %j is %j', (normal, asked, value) => {
    expect(valueFor(normal, asked)).toBe(value)
  })

  it.each<[FeatureValue, boolean | string, RegExp]>([
    [10, true, /^true can't stand in for 10: use --value with a number$/],
    [10, 'few', /use --value with a number$/],
    [10, '', /use --value with a number$/],
    ['all', false, /use --value with text$/],
    [true, 'off', /^"off" can't stand in for true: use --on or --off$/],
  ])('for %j, %j is refused', (normal, asked, says) => {
    expect(() => valueFor(normal, asked)).toThrow(says)
  })
})

describe('the command', () => {
  const run = (...args: string[]) => evenkeel([...args, '--kubeconfig', rig.kubeconfigPath])

  it('overrides a Feature for a time, with who and why, shows it, and takes it back', async () => {
    await rig.feature('reviews')
    const began = Date.now()
    const done = await run('feature', 'reviews', '-n', NAMESPACE, '--off', '--for', '2h', '--reason', 'the sale')
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toMatch(/^shop\/reviews is false until \S+, by sandbox: the sale\n$/)
    const { spec } = projectFeature(await getObject(rig.client, FEATURES, { namespace: NAMESPACE, name: 'reviews' }))
    expect(spec?.override).toMatchObject({ value: false, reason: 'the sale', by: 'sandbox' })
    expect((spec?.override?.until ?? 0) - began).toBeGreaterThan(7_190_000)
    expect((spec?.override?.until ?? 0) - began).toBeLessThan(7_260_000)

    const shown = await run('features', '-n', NAMESPACE, '-o', 'json')
    expect(JSON.parse(shown.stdout)).toMatchObject([
      { namespace: NAMESPACE, name: 'reviews', value: false, state: 'Overridden', by: 'sandbox', reason: 'the sale' },
    ])

    const cleared = await run('feature', 'reviews', '-n', NAMESPACE, '--clear')
    expect(cleared).toEqual({
      code: 0,
      stderr: '',
      stdout: 'shop/reviews has no override; it is true (Normal: No Guard asks for less)\n',
    })
  })

  it('says what is wrong: a Feature that is not there, a value of another type', async () => {
    await rig.feature('size', { normal: 10, degraded: 2 })
    const missing = await run('feature', 'nope', '-n', NAMESPACE, '--off', '--for', '2h', '--reason', 'r')
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringMatching(/Feature shop\/nope/)])
    const wrong = await run('feature', 'size', '-n', NAMESPACE, '--off', '--for', '2h', '--reason', 'r')
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/^evenkeel: false can't stand in for 10/)])
  })
})
