// A sliding window over the last ticks: one column of numbers per tick, and the sum of each row kept up to date.

export interface Window {
  readonly rows: number
  readonly columns: number
  /** The sum of each row over the columns that were pushed last. Updated in place. */
  readonly sums: Float64Array
  /** How many columns hold something: at most `columns`. */
  readonly filled: number
  /** Adds a column of `rows` numbers, copied, and drops the oldest one. What is not finite counts as 0. */
  push(column: Float64Array): void
  clear(): void
}

/**
 * A window over the last `columns` ticks of `rows` values. Takes 8 × rows × (columns + 1) bytes; a push costs one
 * addition and one subtraction per row. Once per turn of the ring the sums are made anew, so that rounding can't pile up.
 */
export function createWindow(rows: number, columns: number): Window {
  const ring = new Float64Array(rows * columns)
  const sums = new Float64Array(rows)
  let at = 0
  const window = {
    rows,
    columns,
    sums,
    filled: 0,
    push: (column: Float64Array) => {
      const from = at * rows
      for (let row = 0; row < rows; row++) {
        const value = column[row] as number
        const kept = Number.isFinite(value) ? value : 0
        sums[row] = (sums[row] as number) + kept - (ring[from + row] as number)
        ring[from + row] = kept
      }
      if (window.filled < columns) window.filled++
      at++
      if (at === columns) {
        at = 0
        sumAgain()
      }
    },
    clear: () => {
      ring.fill(0)
      sums.fill(0)
      window.filled = 0
      at = 0
    },
  }

  function sumAgain(): void {
    sums.fill(0)
    for (let from = 0; from < ring.length; from += rows) {
      for (let row = 0; row < rows; row++) sums[row] = (sums[row] as number) + (ring[from + row] as number)
    }
  }
  return window
}
