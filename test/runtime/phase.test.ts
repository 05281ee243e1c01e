import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { untilTurn } from '../../controller/runtime/phase.ts'

describe('the turn of a key', () => {
  it('comes between half and one and a half intervals from now, in the same slot of every interval', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.integer({ min: 100, max: 300_000 }),
        (key, now, interval) => {
          const wait = untilTurn(key, now, interval)
          expect(wait).toBeGreaterThanOrEqual(interval / 2 - 1e-6)
          expect(wait).toBeLessThan(1.5 * interval + 1e-6)
          const turn = now + wait
          const later = turn + interval + untilTurn(key, turn + interval, interval)
          const turns = (later - turn) / interval
          expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-6)
        },
      ),
    )
  })

  it('is spread over the interval, in slots that several share', () => {
    const turns = Array.from({ length: 1000 }, (_, index) => untilTurn(`shop/guard-${index}`, 0, 1000) % 1000)
    const slots = new Map<number, number>()
    for (const turn of turns) slots.set(turn, (slots.get(turn) ?? 0) + 1)
    expect(slots.size).toBe(20)
    expect(Math.max(...slots.values())).toBeLessThan(90)
  })
})
