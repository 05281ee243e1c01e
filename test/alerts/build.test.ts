// What the generator makes: every alert with its labels, texts, runbook, and cases in which it fires and in which it does not.
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildAlerts } from '../../alerts/build.ts'
import { budgetOf, decimal } from '../../alerts/promql.ts'
import { REQUIRED_LABELS } from '../../alerts/refuse/rules.ts'
import { runbooks } from '../../alerts/runbooks/runbooks.ts'
import { ALERTS, METRICS, RECORDED } from '../../controller/model/names.ts'
import { runbookFile } from '../../controller/model/runbooks.ts'
import { guardOf, OPTIONS } from './guards.ts'

const built = buildAlerts([guardOf()], OPTIONS)
const groups = built.sets.flatMap((set) => set.groups)
const alerts = groups.flatMap((group) => group.alerts)
const records = groups.flatMap((group) => group.records)

const ROWS = alerts.map(
  (one) => [`${one.rule.alert} ${one.rule.labels.window ?? one.rule.labels.limit ?? ''}`, one] as const,
)

describe.each(ROWS)('%s', (_, { rule, cases }) => {
  it('has every label that routes rest on, and says what it is, with its runbook and dashboard', () => {
    for (const label of REQUIRED_LABELS) expect(rule.labels[label]).toMatch(/^\S+$/)
    expect(Object.keys(rule.annotations)).toEqual(['summary', 'description', 'runbook_url', 'dashboard_url'])
    expect(rule.annotations.runbook_url).toBe(`https://example.com/runbooks/${runbookFile(rule.alert)}`)
    expect(rule.annotations.dashboard_url).toMatch(/^https:\/\/grafana\.example\.com\/d\/evenkeel-/)
  })

  it('has a case in which it fires, and one in which it does not', () => {
    expect(cases.some(({ fires }) => fires)).toBe(true)
    expect(rule.alert === ALERTS.watchdog || cases.some(({ fires }) => !fires)).toBe(true)
  })
})

describe('the rules', () => {
  it('hold every alert that there is a name for, and only metrics that there are', () => {
    expect(new Set(alerts.map(({ rule }) => rule.alert))).toEqual(new Set(Object.values(ALERTS)))
    const used = [...records, ...alerts.map(({ rule }) => rule)].flatMap(
      ({ expr }) => expr.match(/\bevenkeel_\w+/g) ?? [],
    )
    const known: readonly string[] = Object.values(METRICS)
    expect(used.length).toBeGreaterThan(40)
    expect(used.map((name) => name.replace(/_bucket$/, '')).filter((name) => !known.includes(name))).toEqual([])
  })

  it('record every name that they read', () => {
    const recorded = new Set(records.map(({ record }) => record))
    const read = [...records, ...alerts.map(({ rule }) => rule)].flatMap(
      ({ expr }) => expr.match(/\bslo:[\w:]+/g) ?? [],
    )
    expect(read.length).toBeGreaterThan(50)
    expect(read.filter((name) => !recorded.has(name))).toEqual([])
  })

  it('name the recorded series as Sloth does', () => {
    const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d', '30d']
    const ofAvailability = records.filter(({ labels }) => labels.slo === 'availability').map(({ record }) => record)
    expect(ofAvailability).toEqual(
      expect.arrayContaining([
        ...windows.map((window) => `slo:sli_error:ratio_rate${window}`),
        RECORDED.objective,
        RECORDED.budget,
        RECORDED.burnRate,
        RECORDED.budgetRemaining,
      ]),
    )
    expect(new Set(ofAvailability).size).toBe(ofAvailability.length)
  })

  it.each([
    ['3d', ['3d']],
    ['7d', ['3d', '7d']],
    ['100h', ['3d', '100h']],
  ])('reckon the budget over the Guard’s own window of %s', (window, recorded) => {
    const guard = guardOf({ objectives: { availability: '99.9%', window } })
    const names = buildAlerts([guard], OPTIONS).sets.flatMap((set) =>
      set.groups.flatMap((group) => group.records.map(({ record }) => record)),
    )
    expect(names.filter((name) => /ratio_rate(3d|7d|100h)$/.test(name))).toEqual(
      recorded.map((one) => `slo:sli_error:ratio_rate${one}`),
    )
    expect(new Set(names).size).toBe(names.length)
  })

  it.each([
    ['99.9%', '0.999', '0.001', ['0.0144', '0.006', '0.003', '0.001']],
    ['99.99%', '0.9999', '0.0001', ['0.00144', '0.0006', '0.0003', '0.0001']],
    ['99.999%', '0.99999', '0.00001', ['0.000144', '0.00006', '0.00003', '0.00001']],
    ['95%', '0.95', '0.05', ['0.72', '0.3', '0.15', '0.05']],
  ])('write the numbers of %s as people do', (availability, objective, budget, thresholds) => {
    const guard = guardOf({ objectives: { availability } })
    const all = buildAlerts([guard], OPTIONS).sets.flatMap((set) => set.groups)
    const exprOf = (name: string) => all.flatMap((group) => group.records).find(({ record }) => record === name)?.expr
    expect(exprOf(RECORDED.objective)).toBe(`vector(${objective})`)
    expect(exprOf(RECORDED.budget)).toBe(`vector(${budget})`)
    const burns = all.flatMap((group) => group.alerts).filter(({ rule }) => rule.alert === ALERTS.availabilityBurn)
    for (const [index, threshold] of thresholds.entries())
      expect(burns[index]?.rule.expr).toContain(
        `{service="checkout",namespace="shop",slo="availability"} > ${threshold} and`,
      )
  })

  it('of a Guard without objectives, and of a signal that nobody tells, are not there', () => {
    const guard = guardOf({
      objectives: undefined,
      remedies: [],
      signals: { profile: 'generic', queue: { metric: 'q' } },
    })
    const own = buildAlerts([guard], OPTIONS).sets.find(({ name }) => name === 'shop.checkout')
    expect(own?.groups).toHaveLength(1)
    const limits = own?.groups.flatMap((group) => group.alerts.flatMap(({ rule }) => rule.labels.limit ?? []))
    expect(limits).toEqual(['queue'])
  })

  it('of a Guard wait during its maintenance, but for the one that says that nothing is known of it', () => {
    const waits = (expr: string) => expr.includes(`unless on() max(`) && expr.includes(METRICS.guardInMaintenance)
    const [own, ofGuard] = built.sets.map(({ groups: all }) =>
      all.flatMap((group) => group.alerts.map(({ rule }) => rule)),
    )
    expect(ofGuard?.filter(({ expr }) => !waits(expr)).map(({ alert }) => alert)).toEqual([ALERTS.metricsAbsent])
    expect(own?.filter(({ expr }) => waits(expr))).toEqual([])
  })

  it('of a Guard that is paused are not there: nobody looks', () => {
    expect(buildAlerts([guardOf({ mode: 'Paused' })], OPTIONS).sets.map(({ name }) => name)).toEqual(['evenkeel'])
  })

  it('have no links when nobody said where to', () => {
    const plain = { team: 'a', evenkeelNamespace: 'b', leaveOut: false }
    const rules = buildAlerts([guardOf()], plain).sets.flatMap((set) =>
      set.groups.flatMap((group) => group.alerts.map(({ rule }) => rule)),
    )
    for (const { annotations } of rules) expect(Object.keys(annotations)).toEqual(['summary', 'description'])
  })
})

describe('a number', () => {
  it('in a rule is a plain decimal that is the number, for any that a Guard can lead to', () => {
    const parts = fc.integer({ min: 1, max: 99_999_999 })
    fc.assert(
      fc.property(parts, fc.constantFrom(10, 30, 60, 144), (good, tenths) => {
        const text = decimal((tenths / 10) * budgetOf(good / 100_000_000))
        expect(text).toMatch(/^\d+(\.\d{1,9})?$/)
        expect(Number(text)).toBe(((100_000_000 - good) * tenths) / 1_000_000_000)
      }),
    )
  })

  it.each([
    [budgetOf(0.999), '0.001'],
    [budgetOf(0.99999), '0.00001'],
    [1 - budgetOf(0.3), '0.3'],
    [0.1 + 0.2, '0.3'],
    [1e-7, '0.0000001'],
    [2.5e-9, '0.0000000025'],
    [14.4 * budgetOf(0.9995), '0.0072'],
    [20, '20'],
  ])('%d is %s', (value, text) => expect(decimal(value)).toBe(text))

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('that is none is refused: %d', (value) => {
    expect(() => decimal(value)).toThrow('no finite number')
  })
})

describe('docs/runbooks', () => {
  const folder = new URL('../../docs/runbooks/', import.meta.url)

  it.each(runbooks())('$file is what is generated: npm run generate brings it up to date', ({ file, markdown }) => {
    expect(readFileSync(new URL(file, folder), 'utf8')).toBe(markdown)
  })

  it('hold no runbook of an alert that is gone', () => {
    expect(readdirSync(folder).toSorted()).toEqual(
      runbooks()
        .map(({ file }) => file)
        .toSorted(),
    )
  })

  it.each(Object.values(ALERTS))('tell of %s: Meaning, Impact, Diagnosis and Mitigation', (alert) => {
    const page = readFileSync(new URL(runbookFile(alert), folder), 'utf8')
    expect(page).toContain(`\`${alert}\``)
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
      'Meaning',
      'Impact',
      'Diagnosis',
      'Mitigation',
    ])
  })
})
