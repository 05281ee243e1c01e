// A window's sums are what adding its columns up would give.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Window } from '../../controller/observe/window.ts'

describe('a window', () => {
  it('has the sums of its last columns, for any columns', () => {
    const shape = fc.record({ rows: fc.integer({ min: 0, max: 5 }), columns: fc.integer({ min: 1, max: 7 }) })
    const value = fc.oneof(
      fc.integer({ min: -1000, max: 1_000_000 }),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
    )
    fc.assert(
      fc.property(
        shape.chain(({ rows, columns }) =>
          fc.record({
            rows: fc.constant(rows),
            columns: fc.constant(columns),
            pushed: fc.array(fc.array(value, { minLength: rows, maxLength: rows }), { maxLength: 30 }),
          }),
        ),
        ({ rows, columns, pushed }) => {
          const window = new Window(rows, columns)
          pushed.forEach((column, index) => {
            window.push(Float64Array.from(column))
            const kept = pushed.slice(Math.max(0, index + 1 - columns), index + 1)
            for (let row = 0; row < rows; row++) {
              const sum = kept.reduce((total, one) => total + (Number.isFinite(one[row]) ? (one[row] ?? 0) : 0), 0)
              expect(window.data[row]).toBe(sum)
            }
          })
        },
      ),
    )
  })

  it('forgets rounding once a turn: after large numbers small ones are exact again', () => {
    const window = new Window(1, 4)
    window.push(Float64Array.of(1e17))
    for (let tick = 0; tick < 7; tick++) window.push(Float64Array.of(0.1))
    expect(window.data[0]).toBe(0.1 + 0.1 + 0.1 + 0.1)
  })

  it('is empty after it was cleared', () => {
    const window = new Window(2, 3)
    window.push(Float64Array.of(1, 2))
    window.clear()
    expect([...window.data.subarray(0, 2)]).toEqual([0, 0])
    window.push(Float64Array.of(5, 6))
    expect([...window.data.subarray(0, 2)]).toEqual([5, 6])
  })
  it('keeps the history of the rows it is told to when it is resized, and begins the others anew', () => {
    const window = new Window(3, 2)
    for (const column of [
      [9, 9, 9],
      [1, 2, 3],
      [10, 20, 30],
    ])
      window.push(Float64Array.from(column))
    window.resize(4, 2)
    expect([...window.data.subarray(0, 4)]).toEqual([11, 22, 0, 0])
    window.push(Float64Array.of(100, 200, 300, 400))
    expect([...window.data.subarray(0, 4)]).toEqual([110, 220, 300, 400])
    window.resize(1, 1)
    window.push(Float64Array.of(1000))
    expect(window.data[0]).toBe(1100)
  })
})
