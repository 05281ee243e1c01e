// Every expression of boards, as Prometheus is asked it: with variables replaced, as Grafana does.
import { readBoards } from '../../dashboards/lint/read/boards.ts'

export interface BoardQuery {
  /** Board, panel and query, for messages. */
  readonly where: string
  readonly expr: string
}

/** The expressions of panels and annotations, unreplaced. */
export function queriesOf(board: { readonly title: string }): BoardQuery[] {
  return readBoards(board.title, JSON.stringify(board)).flatMap(({ panels, annotations }) =>
    [...panels.flatMap(({ queries }) => queries), ...annotations].map(({ where, expr = '' }) => ({
      where: `${board.title}: ${where}`,
      expr,
    })),
  )
}

export function replaceVariables(expr: string, values: Readonly<Record<string, string>>): string {
  return expr.replace(/\$\{?(\w+)\}?/g, (text, name: string) => values[name] ?? text)
}
