// Readings over time: one per second, bounded, in order, and none called current that is old.
import { describe, expect, it } from 'vitest'
import { historyOf, type Reading, readExposition, withReading } from '../../../sandbox/view/collect/readings.ts'

const seconds = (...values: readonly (readonly [at: number, value: number | undefined])[]): readonly Reading[] =>
  values.reduce<readonly Reading[]>((all, [at, value]) => withReading(all, { at: at * 1_000, value }), [])

describe('readings', () => {
  it('are kept for five minutes', () => {
    const all = seconds(...Array.from({ length: 1_000 }, (_, at) => [at, at] as const))
    expect(all).toHaveLength(300)
    expect(all.at(-1)?.value).toBe(999)
  })

  it.each([
    ['one per second: the last', seconds([1, 10], [1.2, 11], [2, 20]), 2, [11, 20]],
    ['one that comes late is left out', seconds([2, 20], [1, 10]), 2, [20]],
    ['a value holds between two writes of status', seconds([1, 10], [4, 40]), 5, [10, 10, 10, 40, 40]],
    [
      'unknown is a gap until it is known again',
      seconds([1, 10], [2, undefined], [4, 40]),
      4,
      [10, undefined, undefined, 40],
    ],
    ['none', [], 9, []],
  ])('%s', (_, readings, now, history) => {
    expect(historyOf(readings, now * 1_000)).toEqual(history)
  })

  it('do not hold for ever', () => {
    const history = historyOf(seconds([1, 10]), 30_000)
    expect(history.slice(0, 16).every((value) => value === 10)).toBe(true)
    expect(history.slice(16).every((value) => value === undefined)).toBe(true)
  })
})

describe('an exposition', () => {
  it('is read for known and unknown signals, and for nothing else', () => {
    const labels = 'namespace="shop",guard="checkout"'
    expect(
      readExposition(
        [
          `evenkeel_guard_signal{${labels},signal="rps"} 1.5e2`,
          `evenkeel_guard_signal{${labels},signal="cpu"} NaN`,
          `evenkeel_guard_signal_unknown{${labels},signal="pool"} 1`,
          `evenkeel_guard_signal_unknown{${labels},signal="rps"} 0`,
          `evenkeel_guard_limit_breached{${labels},limit="rps"} 1`,
          'evenkeel_guard_signal{guard="nameless"} 1',
          'garbage {',
        ].join('\n'),
      ),
    ).toEqual([
      { namespace: 'shop', guard: 'checkout', signal: 'rps', value: 150 },
      { namespace: 'shop', guard: 'checkout', signal: 'pool', value: undefined },
    ])
  })
})
