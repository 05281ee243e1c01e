// What the linter judges: a board as far as its rules look, read from any of Grafana's schemas, and what it finds.

export interface LintBoard {
  readonly schema: 'v1' | 'v2'
  readonly title: string | undefined
  readonly uid: string | undefined
  readonly editable: unknown
  readonly variables: readonly LintVariable[]
  readonly panels: readonly LintPanel[]
  readonly annotations: readonly LintQuery[]
  /** The board as it was read. */
  readonly raw: unknown
}

export interface LintVariable {
  readonly name: string
  /** In the words of the classic schema: query, datasource, interval, custom… */
  readonly type: string
  /** Of a datasource variable: which kind of datasource; of a query variable: the query. */
  readonly query: string
}

export interface LintPanel {
  /** Where it stands, such as `panel 7 "CPU"`. */
  readonly where: string
  readonly id: number | undefined
  readonly type: string
  readonly title: string
  readonly description: string
  readonly units: readonly string[]
  readonly place: Place | undefined
  readonly queries: readonly LintQuery[]
}

export interface Place {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
  /** Panels of different grids can't overlap, such as those of two tabs. */
  readonly grid: string
}

export interface LintQuery {
  readonly where: string
  readonly refId: string | undefined
  /** Undefined when it is none of Prometheus. */
  readonly expr: string | undefined
  /** The uid of the datasource, or its name. */
  readonly datasource: string | undefined
}

export interface Finding {
  readonly rule: string
  readonly where: string
  readonly message: string
  readonly remedy: string
}

export type Rule = (board: LintBoard) => Finding[]
