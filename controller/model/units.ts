// Units as types: durations in milliseconds and ratios in 0…1, and how people write them ("500ms", "30d", "90%").

/** A span of time in milliseconds. */
export type Milliseconds = number & { readonly unit?: 'ms' }
/** A moment, in milliseconds since the Unix epoch. */
export type EpochMs = number & { readonly unit?: 'epoch-ms' }
/** A share of one: 0.05 is 5 %. */
export type Ratio = number & { readonly unit?: 'ratio' }

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What a duration looks like in YAML: one number and one unit, `ms`, `s`, `m`, `h` or `d`. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
/** What a percentage looks like in YAML. */
export const PERCENT_PATTERN = /^(\d+(?:\.\d+)?)%$/

/** Reads "1s", "100ms", "1.5h". Undefined when the text is not a duration. */
export function parseDuration(text: string): Milliseconds | undefined {
  const [, amount, unit] = DURATION_PATTERN.exec(text) ?? []
  const msPerUnit = unit === undefined ? undefined : MS_PER_UNIT[unit]
  return amount === undefined || msPerUnit === undefined ? undefined : Number(amount) * msPerUnit
}

/** Reads "90%" as 0.9. Undefined when the text is not a percentage. */
export function parsePercent(text: string): Ratio | undefined {
  const [, amount] = PERCENT_PATTERN.exec(text) ?? []
  // By its digits: divided by 100, 99.99 would become 0.9998999999999999.
  return amount === undefined ? undefined : Number(`${amount}e-2`)
}

/** Writes a span of time the way people say it: "350 ms", "2.5 s", "4 m 10 s", "3 h 5 m", "2 d 4 h". */
export function formatDuration(ms: Milliseconds): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`
  const two = (big: number, bigUnit: string, small: number, smallUnit: string) =>
    small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return two(Math.floor(seconds / 60), 'm', seconds % 60, 's')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'm')
  const hours = Math.floor(minutes / 60)
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h')
}
