// A panel with its size: what a row is made of. Ids and places are given by layout.ts.
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { AlertName } from '../../controller/model/runbooks.ts'

/** Grafana's grid. */
export const COLUMNS = 24

export interface Tile {
  readonly panel: Panel
  /** In columns, of 24. */
  readonly width: number
  /** In units of 30 pixels. */
  readonly height: number
  /** The alerts on what it shows: it links to their runbooks. */
  readonly alerts?: readonly AlertName[]
}

export interface Row {
  readonly title: string
  readonly tiles: readonly Tile[]
}

/** What every panel says. */
export interface About {
  readonly title: string
  readonly description: string
  /** A unit of Grafana, such as percentunit. */
  readonly unit: string
  readonly queries: readonly Query[]
  readonly width?: number
  readonly height?: number
}

export interface Query {
  readonly expr: string
  /** Grafana's template of a series' name, such as {{guard}}. */
  readonly legend: string
}

/** The tile, from which the runbooks of these alerts are reached. */
export function seenIn(tile: Tile, ...alerts: readonly AlertName[]): Tile {
  return { ...tile, alerts }
}
