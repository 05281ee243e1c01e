// Which alerts keep which others quiet. An alert without a label of `equal` equals every other one without it: both sides must ask for each.
import type { Refusal } from '../refuse/limits.ts'

/** As Alertmanager has it; each matcher as `label="value"`. */
export interface InhibitRule {
  readonly source_matchers: readonly string[]
  readonly target_matchers: readonly string[]
  readonly equal: readonly string[]
}

const OF_ONE_SERVICE = ['namespace', 'service', 'slo'] as const
const present = OF_ONE_SERVICE.map((label) => `${label}=~".+"`)

/** A page makes the warning of the same thing needless, and what is only to be known of it; and no other. */
export const INHIBITION: readonly InhibitRule[] = [
  {
    source_matchers: ['severity="critical"', ...present],
    target_matchers: ['severity=~"warning|info"', ...present],
    equal: [...OF_ONE_SERVICE],
  },
]

export function faultsOfInhibition(rules: readonly InhibitRule[]): Refusal[] {
  return rules.flatMap(({ source_matchers, target_matchers, equal }, index) => {
    const where = `inhibition rule ${index + 1}`
    const sides = [
      ['source', source_matchers],
      ['target', target_matchers],
    ] as const
    const unasked = equal.flatMap((label) =>
      sides
        .filter(([, matchers]) => !matchers.some((matcher) => asksFor(matcher, label)))
        .map(
          ([side]): Refusal => ({
            where,
            why: `its ${side} does not ask for the label ${label}: alerts without it would equal each other, and be inhibited`,
            remedy: `add ${label}=~".+" to ${side}_matchers`,
          }),
        ),
    )
    const unequal: Refusal = {
      where,
      why: 'has no label in equal: one alert would inhibit those of every service',
      remedy: `name the labels that must be equal, like ${OF_ONE_SERVICE.join(', ')}`,
    }
    return equal.length === 0 ? [unequal, ...unasked] : unasked
  })
}

/** Whether an alert without this label fails the matcher. */
function asksFor(matcher: string, label: string): boolean {
  const [, name, operator, quoted] = /^\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/.exec(matcher) ?? []
  if (name !== label || quoted === undefined) return false
  const value = /^".*"$/.test(quoted) ? quoted.slice(1, -1) : quoted
  if (operator === '=') return value !== ''
  if (operator === '!=') return value === ''
  const matchesNothing = new RegExp(`^(?:${value})$`).test('')
  return operator === '=~' ? !matchesNothing : matchesNothing
}
