import { describe, expect, it } from 'vitest'
import { createRateRing } from '../../controller/observe/rate.ts'

/** Pushes [second, total] readings into a ring of a 2 s window at 1 s, and asks for the rate. */
function rate(readings: readonly (readonly [number, number])[], historySeconds: number): number | undefined {
  const ring = createRateRing(2000, 1000)
  for (const [second, total] of readings) ring.push(second * 1000, total)
  return ring.perSecond(historySeconds * 1000)
}

describe('the rate of a target', () => {
  it.each<[string, readonly (readonly [number, number])[], number, number | undefined]>([
    ['is unknown after one reading', [[0, 0]], 0, undefined],
    [
      'is over what there is at first, when the service is new as well',
      [
        [0, 0],
        [1, 50],
      ],
      1,
      50,
    ],
    [
      'is over the window',
      [
        [0, 0],
        [1, 10],
        [2, 60],
        [3, 160],
      ],
      3,
      75,
    ],
    [
      'is over the whole gap after one',
      [
        [0, 0],
        [1, 10],
        [6, 260],
      ],
      6,
      50,
    ],
    [
      'counts a newcomer over the window of all, in which it served only for a while',
      [
        [9, 0],
        [10, 50],
      ],
      10,
      25,
    ],
    [
      'is not changed for a newcomer whose own readings fill the window',
      [
        [8, 0],
        [9, 50],
        [10, 100],
      ],
      10,
      50,
    ],
  ])('%s', (_, readings, history, expected) => expect(rate(readings, history)).toBe(expected))

  it('of a service stays what it is when load moves to a new pod', () => {
    // 100 a second on one pod until 10 s, then half of it on a second pod.
    const old =
      rate(
        [
          [8, 800],
          [9, 900],
          [10, 1000],
          [11, 1050],
        ],
        11,
      ) ?? 0
    const fresh =
      rate(
        [
          [10, 0],
          [11, 50],
        ],
        11,
      ) ?? 0
    expect(old + fresh).toBe(100)
  })
})
