// Rules that are quickened for a drill: every hold and window is shorter by one factor, and nothing else changes.
import { expect, it } from 'vitest'
import { buildAlerts } from '../../alerts/build.ts'
import { groupsOf } from '../../alerts/output/rules.ts'
import { lasting } from '../../alerts/promql.ts'
import { parseDuration } from '../../controller/model/units.ts'
import { guardOf, OPTIONS } from './guards.ts'

interface AnyRule {
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
}

const groups = (quickenedBy?: number) => buildAlerts([guardOf()], { ...OPTIONS, quickenedBy }).sets.flatMap(groupsOf)
const rules = (quickenedBy?: number): AnyRule[] => groups(quickenedBy).flatMap((group) => group.rules)
const holds = (quickenedBy?: number) => rules(quickenedBy).flatMap((rule) => [rule.for, rule.keep_firing_for])
const ranges = (quickenedBy?: number) => rules(quickenedBy).map(({ expr }) => expr.match(/(?<=[[:])\w+(?=[:\]])/g))

const ms = (text: string | undefined) => (text === undefined ? undefined : parseDuration(text))

it.each([10, 5])('by %i, each is that much shorter', (factor) => {
  const shorter = (text: string | undefined) => {
    const whole = ms(text)
    return whole === undefined ? undefined : whole / factor
  }
  expect(holds(factor).map(ms)).toEqual(holds().map(shorter))
  expect(holds().filter((hold) => hold !== undefined).length).toBeGreaterThan(20)
  expect(ranges(factor).map((all) => all?.map(ms))).toEqual(ranges().map((all) => all?.map(shorter)))
  expect(
    ranges()
      .flat()
      .filter((range) => range !== null).length,
  ).toBeGreaterThan(40)
  expect(
    groups(factor)
      .flatMap(({ interval }) => interval ?? [])
      .map(ms),
  ).toEqual(
    groups()
      .flatMap(({ interval }) => interval ?? [])
      .map(shorter),
  )
})

it('in all else they are the same rules, but for how many requests a shorter window must hold', () => {
  const blank = (quickenedBy?: number) =>
    JSON.stringify(groups(quickenedBy))
      .replace(/(?<=[[:])\w+(?=[:\]])/g, '')
      .replace(/"(for|keep_firing_for|interval)":"\w+"/g, '"$1":""')
      .replace(/\* [\d.]+ >= /g, '* >= ')
  expect(blank(10)).toBe(blank())
})

it('as they are, nothing is touched; and nothing becomes shorter than a second', () => {
  expect(groups(1)).toEqual(groups())
  expect(lasting('5m', { ...OPTIONS, quickenedBy: 1_000 })).toBe('1s')
  expect(() => lasting('soon', { ...OPTIONS, quickenedBy: 2 })).toThrow('soon is no duration')
})
