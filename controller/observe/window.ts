// A sliding window over the last ticks: one column of numbers per tick, and the sum of each row kept up to date.

/**
 * A window over the last `columns` ticks of `rows` values, in 8 × rows × (columns + 1) bytes. All of it is one array: the
 * sums first, then the ring of columns. Thousands of windows are each touched once per tick, and what that costs is
 * the pieces of memory they are made of. A push is one addition and one subtraction per row; once per turn of the ring the
 * sums are made anew, so that rounding can't pile up.
 */
export class Window {
  readonly columns: number
  /** The first `rows` are the sum of each row over the columns that were pushed last. */
  data: Float64Array
  private rows: number
  /** The column that is replaced next. */
  private next = 0

  constructor(rows: number, columns: number) {
    this.rows = rows
    this.columns = columns
    this.data = new Float64Array(rows * (columns + 1))
  }

  /** Adds the first rows of `column`, copied, and drops the oldest column. What is not finite counts as 0. */
  push(column: Float64Array): void {
    const { data, rows } = this
    const from = rows * (1 + this.next)
    for (let row = 0; row < rows; row++) {
      const value = column[row] as number
      const kept = Number.isFinite(value) ? value : 0
      data[row] = (data[row] as number) + kept - (data[from + row] as number)
      data[from + row] = kept
    }
    this.next++
    if (this.next === this.columns) {
      this.next = 0
      this.sumAgain()
    }
  }

  clear(): void {
    this.data.fill(0)
    this.next = 0
  }

  /** Goes on with another number of rows, of which the first `kept` keep their history; the others begin anew. */
  resize(rows: number, kept: number): void {
    const data = new Float64Array(rows * (this.columns + 1))
    for (let column = 0; column <= this.columns; column++)
      data.set(this.data.subarray(column * this.rows, column * this.rows + kept), column * rows)
    this.data = data
    this.rows = rows
  }

  private sumAgain(): void {
    const { data, rows } = this
    data.fill(0, 0, rows)
    for (let from = rows; from < data.length; from += rows) {
      for (let row = 0; row < rows; row++) data[row] = (data[row] as number) + (data[from + row] as number)
    }
  }
}
