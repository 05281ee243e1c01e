// Gives every panel its id and its place: rows from top to bottom, tiles from left to right, wrapped at 24 columns.
import { type Panel, RowBuilder, type RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import { toRunbooksOf } from './links.ts'
import { COLUMNS, type Row, type Tile } from './tile.ts'

/** `runbooks` is where they are read. Throws RangeError for a tile that is wider than the grid. */
export function layOut(rows: readonly Row[], runbooks?: string): (Panel | RowPanel)[] {
  const panels: (Panel | RowPanel)[] = []
  let y = 0
  for (const { title, tiles } of rows) {
    const heading = new RowBuilder(title).collapsed(false).gridPos({ x: 0, y, w: COLUMNS, h: 1 }).build()
    panels.push({ ...heading, id: panels.length + 1 })
    y++
    for (const line of linesOf(tiles)) {
      let x = 0
      for (const { panel, width, height, alerts = [] } of line) {
        const place = { id: panels.length + 1, gridPos: { x, y, w: width, h: height } }
        const links = toRunbooksOf(alerts, runbooks)
        panels.push({ ...panel, ...place, ...(links.length === 0 ? {} : { links }) })
        x += width
      }
      y += Math.max(...line.map(({ height }) => height))
    }
  }
  return panels
}

function linesOf(tiles: readonly Tile[]): Tile[][] {
  const lines: Tile[][] = []
  let left = 0
  for (const tile of tiles) {
    if (tile.width > COLUMNS || tile.width < 1)
      throw new RangeError(`the panel "${tile.panel.title}" is ${tile.width} columns wide: make it 1 to ${COLUMNS}`)
    if (tile.width > left) {
      lines.push([])
      left = COLUMNS
    }
    lines.at(-1)?.push(tile)
    left -= tile.width
  }
  return lines
}
