// The linter: every rule over a board.
import type { Finding, LintBoard, Rule } from './model.ts'
import { counters, metricNames, rateInterval, syntax } from './rules/expressions.ts'
import { panelIds, readOnly, refIds } from './rules/identity.ts'
import { layout } from './rules/layout.ts'
import { schema } from './rules/schema.ts'
import { datasource, knownVariables, selectors } from './rules/variables.ts'
import { descriptions, titles, unitsAreKnown } from './rules/words.ts'

const RULES: readonly Rule[] = [
  schema,
  panelIds,
  refIds,
  layout,
  titles,
  descriptions,
  unitsAreKnown,
  datasource,
  knownVariables,
  selectors,
  syntax,
  rateInterval,
  counters,
  metricNames,
  readOnly,
]

export function lintBoard(board: LintBoard): Finding[] {
  return RULES.flatMap((rule) => rule(board))
}
