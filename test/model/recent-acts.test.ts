// What the acts in status say of the remedies.
import { describe, expect, it } from 'vitest'
import type { Action } from '../../controller/model/guard-status.ts'
import { failingInARow, isRemedyPending, reversalsUpTo } from '../../controller/model/recent-acts.ts'

const NOW = Date.UTC(2026, 0, 1, 12)

/** "2>4 Done NotImproved", so many minutes ago. */
function act(text: string, minutesAgo = 0, field = 'Deployment/checkout replicas'): Action {
  const [, from, to, outcome, verdict] = /^(\d+)>(\d+) (\w+)(?: (\w+))?$/.exec(text) ?? []
  return {
    id: text,
    at: new Date(NOW - minutesAgo * 60_000).toISOString(),
    remedy: 'scale',
    field,
    from: Number(from),
    to: Number(to),
    why: 'w',
    outcome: outcome as Action['outcome'],
    ...(verdict === undefined ? {} : { verdict: verdict as NonNullable<Action['verdict']> }),
  }
}

describe('a remedy', () => {
  it.each([
    ['is pending when an act is announced', ['2>4 Pending'], true],
    ['is pending until an act is judged', ['2>4 Done'], true],
    ['is pending also when an act took back another since', ['2>4 Done', '8>6 Done'], true],
    ['is not pending once it is judged', ['2>4 Done Improved'], false],
    ['is not pending when the act failed', ['2>4 Failed'], false],
    ['is not pending when the act took another back', ['4>2 Done'], false],
    ['is not pending without an act', [], false],
  ])('%s', (_, acts, pending) => {
    expect(isRemedyPending(acts.map((one) => act(one)))).toBe(pending)
  })
})

describe('acts that fail in a row', () => {
  it.each([
    [[], 0],
    [['2>4 Done NotImproved'], 1],
    [['2>4 Done NotImproved', '4>6 Failed'], 2],
    [['2>4 Done Improved', '4>6 Done NotImproved', '6>8 Done NotImproved'], 2],
    [['2>4 Done NotImproved', '4>6 Done Improved'], 0],
    [['2>4 Done NotImproved', '4>6 Done Inconclusive'], 0],
    // What is not judged yet, and what took another back, says nothing.
    [['2>4 Done NotImproved', '4>6 Done NotImproved', '6>8 Done'], 2],
    [['2>4 Done NotImproved', '4>2 Done', '2>4 Done NotImproved'], 2],
  ])('%j are %d', (acts, count) => {
    expect(failingInARow(acts.map((one) => act(one)))).toBe(count)
  })
})

describe('acts that took back the one before', () => {
  it.each([
    [[act('2>4 Done', 3), act('4>6 Done', 2)], 0],
    [[act('2>4 Done', 3), act('4>2 Done', 2)], 1],
    [[act('2>4 Done', 4), act('4>2 Done', 3), act('2>4 Done', 2), act('4>2 Done', 1)], 3],
    [[act('2>4 Done', 3), act('4>2 Failed', 2), act('4>6 Done', 1)], 0],
    [[act('2>4 Done', 70), act('4>2 Done', 2)], 0],
    [[act('2>4 Done', 3), act('4>2 Done', 2, 'HorizontalPodAutoscaler/a minReplicas')], 0],
    [[act('2>4 Done', 4, 'a'), act('2>4 Done', 3, 'b'), act('4>2 Done', 2, 'a'), act('4>2 Done', 1, 'b')], 1],
    [
      [
        act('2>4 Done', 5, 'a'),
        act('2>4 Done', 4, 'b'),
        act('4>2 Done', 3, 'a'),
        act('2>4 Done', 2, 'a'),
        act('4>2 Done', 1, 'b'),
      ],
      2,
    ],
  ])('%# are counted of the field that went to and fro the most, within the hour', (acts, count) => {
    expect(reversalsUpTo(acts, NOW)).toBe(count)
  })
})
