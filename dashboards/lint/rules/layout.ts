// Panels in the grid: within its 24 columns, and none upon another.
import { COLUMNS } from '../../kit/tile.ts'
import type { Finding, LintBoard, Place } from '../model.ts'

const REMEDY = `place each panel by itself, with x + w at most ${COLUMNS}`

export function layout({ panels }: LintBoard): Finding[] {
  const placed = panels.flatMap(({ where, place }) => (place === undefined ? [] : [{ where, place }]))
  return placed.flatMap(({ where, place }, index) => {
    const findings: Finding[] = []
    if (place.x + place.w > COLUMNS)
      findings.push({
        rule: 'layout',
        where,
        message: `reaches column ${place.x + place.w} of ${COLUMNS}`,
        remedy: REMEDY,
      })
    const under = placed.slice(0, index).find((other) => overlap(other.place, place))
    if (under !== undefined)
      findings.push({ rule: 'layout', where, message: `lies upon ${under.where}`, remedy: REMEDY })
    return findings
  })
}

function overlap(a: Place, b: Place): boolean {
  return a.grid === b.grid && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}
