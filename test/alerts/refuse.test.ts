// What the generator refuses: alerts that can never fire, quotients of nothing, labels that can't be routed, inhibition of strangers.
import { describe, expect, it } from 'vitest'
import { buildAlerts } from '../../alerts/build.ts'
import { AlertsRefused, describeRefusal } from '../../alerts/refuse/error.ts'
import { neverFiring } from '../../alerts/refuse/limits.ts'
import { faultsOfRules } from '../../alerts/refuse/rules.ts'
import { faultsOfInhibition, INHIBITION, type InhibitRule } from '../../alerts/routing/inhibition.ts'
import { guardOf, OPTIONS } from './guards.ts'

const LABELS = { service: 'a', namespace: 'b', slo: 'c', severity: 'critical', team: 'd' }

describe('a threshold that can never be passed', () => {
  it.each([
    [{ limits: { errors: '100%' } }, 'spec.limits.errors (100%) its alert can never fire: error ratio is a share'],
    [{ limits: { pool: '100%' } }, 'spec.limits.pool (100%) its alert can never fire: connection pool is a share'],
    [
      { objectives: { availability: '90%' } },
      'spec.objectives.availability (90%) its burn-rate alerts 1h/5m (14.4) can never fire: were every request bad, the budget would burn 10 times as fast',
    ],
    [
      { objectives: { latency: { p50: '70ms' } } },
      'spec.objectives.latency (50%) its burn-rate alerts 1h/5m (14.4), 6h/30m (6), 1d/2h (3) can never fire: were every request bad, the budget would burn 2 times',
    ],
  ])('%j is refused', (more, said) => {
    const refusals = neverFiring(guardOf(more))
    expect(refusals.map(describeRefusal)).toEqual([expect.stringContaining(`shop/checkout: ${said}`)])
    expect(() => buildAlerts([guardOf(more)], OPTIONS)).toThrow(AlertsRefused)
  })

  it.each([
    {},
    { limits: { errors: '99.9%', pool: '99%' } },
    // More than all of a CPU request, or of one core, can be used.
    { limits: { cpu: '100%' } },
    { objectives: { availability: '93.1%' } },
    // Errors are not told by this profile: there is no alert of theirs.
    { limits: { errors: '100%' }, signals: { profile: 'nginx' }, objectives: undefined },
  ])('%j is not refused', (more) => {
    expect(neverFiring(guardOf(more))).toEqual([])
  })

  it('is left out when asked to, and nothing else is', () => {
    const more = { limits: { errors: '100%' }, objectives: { availability: '90%' } }
    const { sets, leftOut } = buildAlerts([guardOf(more)], { ...OPTIONS, leaveOut: true })
    expect(leftOut).toHaveLength(2)
    const rules = sets.flatMap(({ groups }) => groups.flatMap(({ alerts }) => alerts.map(({ rule }) => rule)))
    const burns = rules.filter(({ alert }) => alert === 'ErrorBudgetBurn').map(({ labels }) => labels.window)
    expect(burns).toEqual(['6h/30m', '1d/2h', '3d/6h'])
    const limits = rules.filter(({ alert }) => alert === 'LimitBreached').map(({ labels }) => labels.limit)
    expect(limits).toEqual(['rps', 'latency', 'cpu', 'pool', 'queue'])
  })

  it('is named for every Guard in one error', () => {
    const guards = [guardOf({ limits: { errors: '100%' } }), guardOf({ limits: { pool: '100%' } }, 'cart')]
    expect(() => buildAlerts(guards, OPTIONS)).toThrow(/shop\/checkout: .*\nshop\/cart: /)
  })
})

describe('an expression', () => {
  it.each([
    ['a / b', /“a \/ b” divides by what may be nothing.*divide by \(b > 0\)/],
    ['sum(rate(a[5m])) / sum(rate(b[5m]))', /divides by what may be nothing/],
    ['1 - a / b', /“a \/ b” divides/],
    ['a / (b >= 0)', /divides/],
    ['a / (b > -1)', /divides/],
    ['a / (b > bool 0)', /divides/],
    ['a / (b)', /divides/],
    ['a / 0', /divides/],
    ['a / on(x) b', /divides/],
    ['(a / (b > 0)) / c', /“\(a \/ \(b > 0\)\) \/ c” divides/],
    ['sum(rate(a[5m])', /does not parse/],
    ['a >', /does not parse/],
    ['slo:sli_error:ratio_rate5m{slo="x"} > 1', /can never be: it is a share/],
    ['slo:sli_error:ratio_rate5m >= 1.44', /can never be/],
    ['a_ratio > 1', /can never be/],
  ])('%s is refused', (expr, why) => {
    expect(faultsOfRules([{ record: 'r', expr }]).map(describeRefusal)).toEqual([expect.stringMatching(why)])
  })

  it.each([
    'a / (b > 0)',
    'a / (sum(rate(b[5m])) > 0)',
    'a / ((b) > 0)',
    'a / (b > 0.5)',
    'a / 0.001',
    'a / (0.001)',
    '1 - slo:sli_error:ratio_rate30d{slo="x"} / 0.001',
    'slo:sli_error:ratio_rate5m > 0.0144',
    'slo:sli_error:ratio_rate5m >= 1',
    'slo:sli_error:ratio_rate5m < 2',
    'a_ratio_total > 1',
  ])('%s is not refused', (expr) => {
    expect(faultsOfRules([{ record: 'r', expr }])).toEqual([])
  })
})

describe('an alert', () => {
  it.each(Object.keys(LABELS))('without the label %s is refused', (name) => {
    const labels = Object.fromEntries(Object.entries(LABELS).filter(([one]) => one !== name))
    const faults = faultsOfRules([{ alert: 'RemedyExhausted', expr: 'a', labels }])
    expect(faults.map(describeRefusal)).toEqual([expect.stringContaining(`has no label ${name}`)])
  })

  it('whose label changes with its value is refused: each value would be another alert', () => {
    const labels = { ...LABELS, value: '{{ $value }}' }
    const faults = faultsOfRules([{ alert: 'RemedyExhausted', expr: 'a', labels }])
    expect(faults.map(describeRefusal)).toEqual([expect.stringContaining('has the label value “{{ $value }}”')])
  })

  it.each([
    ['{{$labels.group}}', 0],
    ['{{$labels.namespace}}/{{$labels.group}}', 0],
    ['{{$labels.group}} {{$value}}', 1],
  ])('whose label is %s is the same while it lasts, or is refused', (value, faults) => {
    const labels = { ...LABELS, service: value }
    expect(faultsOfRules([{ alert: 'FailoverRefused', expr: 'a', labels }])).toHaveLength(faults)
  })
})

describe('an inhibition', () => {
  const [ours] = INHIBITION
  if (ours === undefined) throw new Error('there is no rule')
  const without = (side: 'source_matchers' | 'target_matchers', label: string): InhibitRule => ({
    ...ours,
    [side]: ours[side].filter((matcher) => !matcher.startsWith(label)),
  })

  it('as it is generated asks for every label on both sides', () => {
    expect(faultsOfInhibition(INHIBITION)).toEqual([])
  })

  it.each(ours.equal.flatMap((label) => [['source', label] as const, ['target', label] as const]))(
    'whose %s does not ask for %s is refused',
    (side, label) => {
      const faults = faultsOfInhibition([without(side === 'source' ? 'source_matchers' : 'target_matchers', label)])
      expect(faults.map(describeRefusal)).toEqual([
        expect.stringContaining(`inhibition rule 1 its ${side} does not ask for the label ${label}`),
      ])
    },
  )

  it.each(['slo=~".*"', 'slo=~"(a|)"', 'slo!="a"', 'slo!~"a"', 'slo=""', 'sloth=~".+"'])(
    'that asks for a label by %s is refused, since none at all fits that too',
    (matcher) => {
      const rule = {
        ...ours,
        target_matchers: ours.target_matchers.map((one) => (one.startsWith('slo') ? matcher : one)),
      }
      expect(faultsOfInhibition([rule])).toHaveLength(1)
    },
  )

  it.each(['slo="a"', 'slo=~"a|b"', 'slo!=""', 'slo!~"(.?|b)"', 'slo = a'])('may ask for a label by %s', (matcher) => {
    const rule = {
      ...ours,
      target_matchers: ours.target_matchers.map((one) => (one.startsWith('slo') ? matcher : one)),
    }
    expect(faultsOfInhibition([rule])).toEqual([])
  })

  it('with no label in equal is refused: one service would keep all others quiet', () => {
    const faults = faultsOfInhibition([{ ...ours, equal: [] }])
    expect(faults.map(describeRefusal)).toEqual([expect.stringContaining('has no label in equal')])
  })
})
