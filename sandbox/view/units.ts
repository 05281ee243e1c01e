// Numbers as people read them, and the durations and percentages that manifests write.
import type { SignalName } from './model.ts'

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

/** "1,840": a count; "?" for what is no number. */
export const formatCount = (count: number): string => (Number.isFinite(count) ? whole.format(count) : '?')

/** "350 ms", "2.5 s", "4 m 10 s", "1 h 5 m". */
export function formatSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${short.format(ms / 1_000)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600)
    return seconds % 60 === 0 ? `${seconds / 60} m` : `${Math.floor(seconds / 60)} m ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`
}

/** "01:07": a moment on the run's own clock; "1:02:03" past the hour. */
export function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const two = (value: number) => String(value).padStart(2, '0')
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return seconds < 3_600 ? rest : `${Math.floor(seconds / 3_600)}:${rest}`
}

/** A signal's value in base units, short enough for a table: "1840/s", "7.2 %", "612 ms", "1.4 s", "1,204". */
export function formatSignal(name: SignalName, value: number): string {
  switch (name) {
    case 'rps':
      return value < 9_999.5
        ? `${value < 10 ? short.format(value) : String(Math.round(value))}/s`
        : `${value < 99_950 ? short.format(value / 1_000) : whole.format(value / 1_000)}k/s`
    case 'p99':
      return value < 0.9995
        ? `${value < 0.01 ? short.format(value * 1_000) : whole.format(value * 1_000)} ms`
        : `${short.format(value)} s`
    case 'queue':
      return whole.format(value)
    default:
      return `${value < 0.1 ? short.format(value * 100) : whole.format(value * 100)} %`
  }
}

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** "500ms" as 0.5. Undefined when it is no duration. */
export function readSeconds(text: string | undefined): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text ?? '') ?? []
  const ms = unit === undefined ? undefined : MS[unit]
  return amount === undefined || ms === undefined ? undefined : (Number(amount) * ms) / 1_000
}

/** "90%" as 0.9. Undefined when it is no percentage. */
export function readRatio(text: string | undefined): number | undefined {
  const [, amount] = /^(\d+(?:\.\d+)?)%$/.exec(text ?? '') ?? []
  return amount === undefined ? undefined : Number(amount) / 100
}
