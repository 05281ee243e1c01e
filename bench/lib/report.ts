// How every benchmark tells its results: one JSON object with --json, else a table.

export interface Result {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The peer measured in the same run. */
  readonly peer: string
  readonly peerValue: number
  /** Above 1 we are better. */
  readonly ratio: number
}

/** A result where more is better. */
export function moreIsBetter(name: string, unit: string, value: number, peer: string, peerValue: number): Result {
  return { name, value: rounded(value), unit, peer, peerValue: rounded(peerValue), ratio: rounded(value / peerValue) }
}

/** A result where less is better. */
export function lessIsBetter(name: string, unit: string, value: number, peer: string, peerValue: number): Result {
  return { name, value: rounded(value), unit, peer, peerValue: rounded(peerValue), ratio: rounded(peerValue / value) }
}

/** Prints `{ bench, results }` as one line of JSON when the process was started with --json, else a table. */
export function report(bench: string, results: readonly Result[]): void {
  if (wantsJson()) {
    console.log(JSON.stringify({ bench, results }))
    return
  }
  const rows = results.map(({ name, value, unit, peer, peerValue, ratio }) => [
    name,
    `${value} ${unit}`,
    `${peer}: ${peerValue}`,
    `${ratio} ×`,
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  console.log(bench)
  for (const row of rows) console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`)
}

/** Progress for people; silent with --json. */
export function say(text: string): void {
  if (!wantsJson()) console.error(text)
}

/** The nearest-rank quantile: with few values, the 0.99 quantile is the worst of them. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]]
  return (low + high) / 2
}

function wantsJson(): boolean {
  return process.argv.includes('--json')
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
