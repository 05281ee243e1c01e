// Which columns of the services table fitLine, and how much each cell may say.
import type { ServiceView, SignalName } from '../model.ts'
import { widthOf } from '../text.ts'

/**
 * | detail | a cell says |
 * |---|---|
 * | `gauge` | the value and one sign for its share of the limit |
 * | `spark` | the value and a sparkline |
 * | `full` | the value, the limit and a sparkline |
 */
export type Detail = 'gauge' | 'spark' | 'full'

export interface Columns {
  readonly detail: Detail
  readonly gap: number
  readonly name: number
  /** 0: left out. */
  readonly tier: number
  readonly mode: number
  readonly health: number
  readonly pods: number
  readonly signals: readonly SignalName[]
  /** Width of a sparkline; 1 for a gauge. */
  readonly spark: number
}

/** Widest value of each signal: "1234/s", "9.5 %", "999 ms", "12,345". */
export const VALUE_WIDTH: Readonly<Record<SignalName, number>> = {
  rps: 6,
  errors: 5,
  p99: 6,
  cpu: 5,
  pool: 5,
  queue: 6,
}
/** Limits are rounder than values. */
export const LIMIT_WIDTH: Readonly<Record<SignalName, number>> = {
  rps: 6,
  errors: 4,
  p99: 6,
  cpu: 5,
  pool: 5,
  queue: 6,
}

const HEALTH = 12
const MODE = 8
const TIER = 8
const NAME = { least: 8, most: 24 }
const SPARK = { least: 4, most: 16 }
/** Room for replicas drawn one by one; more are written as numbers. */
export const PODS_DRAWN = 8

/** Most important first: the last ones go first when the screen is narrow. */
const IMPORTANCE: readonly SignalName[] = ['rps', 'errors', 'p99', 'pool', 'cpu', 'queue']
const DISPLAY: readonly SignalName[] = ['rps', 'errors', 'p99', 'cpu', 'pool', 'queue']

/** The columns for a width. Together with their gaps they are never wider than it. */
export function layOut(services: readonly ServiceView[], width: number): Columns {
  const longest = Math.max(NAME.least, ...services.map(({ name }) => widthOf(name)))
  const name = Math.max(1, Math.min(longest, NAME.most, Math.max(NAME.least, Math.floor(width / 5)), width - 2))
  const ranked = rank(services)
  for (const detail of ['full', 'spark'] as const) {
    const columns = {
      detail,
      gap: 2,
      name,
      tier: 0,
      mode: 0,
      health: HEALTH,
      pods: podsWidth(services),
      signals: ranked,
      spark: SPARK.least,
    }
    const left = width - widthOfColumns(columns)
    if (left >= 0) return widen(columns, left)
  }
  const gap = width < 100 ? 1 : 2
  const minimal: Columns = { detail: 'gauge', gap, name, tier: 0, mode: 0, health: 0, pods: 0, signals: [], spark: 1 }
  const growing: ((columns: Columns) => Columns)[] = [
    (columns) => ({ ...columns, health: HEALTH }),
    (columns) => ({ ...columns, pods: podsWidth(services) }),
    ...ranked.map((signal) => (columns: Columns) => ({ ...columns, signals: [...columns.signals, signal] })),
  ]
  let columns = minimal
  for (const grow of growing) {
    const grown = grow(columns)
    if (widthOfColumns(grown) <= width) columns = grown
  }
  return { ...columns, signals: inOrder(columns.signals) }
}

/** Extra room goes to the sparklines, then to the Guard's mode and the tier. */
function widen(columns: Columns, extra: number): Columns {
  const wide = columns.detail === 'full' ? { ...columns, mode: MODE, tier: TIER } : columns
  const left = extra - (widthOfColumns(wide) - widthOfColumns(columns))
  const base = left >= 0 ? wide : columns
  const each = Math.floor((left >= 0 ? left : extra) / base.signals.length)
  return { ...base, signals: inOrder(base.signals), spark: Math.min(SPARK.most, base.spark + each) }
}

export function cellWidth(signal: SignalName, { detail, spark }: Pick<Columns, 'detail' | 'spark'>): number {
  const value = VALUE_WIDTH[signal]
  if (detail === 'full') return value + 3 + LIMIT_WIDTH[signal] + 1 + spark
  return value + 1 + spark
}

export function widthOfColumns(columns: Columns): number {
  const { name, tier, mode, health, pods, signals, gap } = columns
  const widths = [name, tier, mode, health, pods, ...signals.map((signal) => cellWidth(signal, columns))].filter(
    (width) => width > 0,
  )
  return widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1)
}

/** What is breached anywhere comes first, so that a narrow screen does not hide it; what nobody observes comes last. */
function rank(services: readonly ServiceView[]): readonly SignalName[] {
  const views = (signal: SignalName) => services.map(({ signals }) => signals[signal])
  const isPressing = (signal: SignalName) => views(signal).some((one) => one.kind === 'known' && one.phase !== 'calm')
  const isAbsent = (signal: SignalName) => views(signal).every((one) => one.kind === 'absent')
  const group = (signal: SignalName) => (isPressing(signal) ? 0 : isAbsent(signal) ? 2 : 1)
  return [...IMPORTANCE].sort((a, b) => group(a) - group(b))
}

const inOrder = (signals: readonly SignalName[]): readonly SignalName[] =>
  DISPLAY.filter((signal) => signals.includes(signal))

function podsWidth(services: readonly ServiceView[]): number {
  const drawn = services.map(({ replicas }) =>
    replicas === undefined ? 0 : Math.max(replicas.wanted, replicas.ready, replicas.max ?? 0),
  )
  return Math.max(5, ...drawn.map((count) => (count > PODS_DRAWN ? 5 : count)))
}
