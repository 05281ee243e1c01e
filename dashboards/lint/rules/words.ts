// What a reader needs of each panel: a title, a description, and the unit of its values.
import * as units from '@grafana/grafana-foundation-sdk/units'
import type { Finding, LintBoard, LintPanel } from '../model.ts'

/** Those that show no values of their own. */
const WITHOUT_VALUES = new Set([
  'row',
  'text',
  'dashlist',
  'alertlist',
  'annolist',
  'news',
  'logs',
  'traces',
  'welcome',
])
const KNOWN_UNITS = new Set(
  Object.values(units)
    .filter((unit) => typeof unit === 'string')
    .map(String),
)
/** Units that anyone can make up: Grafana reads the part before the colon. */
const OWN_UNIT = /^(prefix|suffix|time|si|count|currency|bool):./

const hasValues = ({ type }: LintPanel) => !WITHOUT_VALUES.has(type)

export function titles({ panels }: LintBoard): Finding[] {
  return panels
    .filter(({ title, type }) => type !== 'text' && title.trim() === '')
    .map(({ where }) => ({
      rule: 'titles',
      where,
      message: 'has no title',
      remedy: 'say in a few words what it shows',
    }))
}

export function descriptions({ panels }: LintBoard): Finding[] {
  return panels
    .filter((panel) => hasValues(panel) && panel.description.trim() === '')
    .map(({ where }) => ({
      rule: 'descriptions',
      where,
      message: 'has no description',
      remedy: 'say what is shown and how to read it',
    }))
}

export function unitsAreKnown({ panels }: LintBoard): Finding[] {
  return panels.filter(hasValues).flatMap(({ where, units: named }) => {
    const remedy = 'name one of Grafana’s units, such as percentunit, s, reqps or none'
    if (named.length === 0) return [{ rule: 'units', where, message: 'has no unit', remedy }]
    return named
      .filter((unit) => !KNOWN_UNITS.has(unit) && !OWN_UNIT.test(unit))
      .map((unit) => ({
        rule: 'units',
        where,
        message: `has the unit ${JSON.stringify(unit)}, which Grafana does not know`,
        remedy,
      }))
  })
}
