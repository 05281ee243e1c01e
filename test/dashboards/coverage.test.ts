// What is measured is shown: every metric has a panel, and every alert a panel from which its runbook is reached.
import { describe, expect, it } from 'vitest'
import { ALERTS, METRICS } from '../../controller/model/names.ts'
import { runbookFile } from '../../controller/model/runbooks.ts'
import { boards } from '../../dashboards/boards.ts'
import { queriesOf } from './expressions.ts'

const RUNBOOKS = 'https://example.com/runbooks'
const all = boards({ runbooks: RUNBOOKS })

/** Metrics that no panel shows, and why. */
const NOT_SHOWN: Readonly<Record<string, string>> = {}

describe('every metric', () => {
  const shown = new Set(
    all
      .flatMap(queriesOf)
      .flatMap(({ expr }) => expr.match(/\bevenkeel_\w+/g) ?? [])
      .map((name) => name.replace(/_(bucket|count)$/, '')),
  )

  it.each(Object.values(METRICS))('%s is shown in a panel, or it is said why not', (name) => {
    expect(shown.has(name)).toBe(!(name in NOT_SHOWN))
  })
})

describe('every alert', () => {
  const linked = new Set(
    all.flatMap(({ panels = [] }) =>
      panels.flatMap((panel) => ('links' in panel ? (panel.links ?? []) : [])).map(({ url }) => url),
    ),
  )

  it.each(Object.values(ALERTS))('%s has a panel that leads to its runbook', (alert) => {
    expect(linked).toContain(`${RUNBOOKS}/${runbookFile(alert)}`)
  })
})
