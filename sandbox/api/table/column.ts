// A column of a table: its heading and how an object's cell is found.
import type { JsonObject } from '../json.ts'

export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  /** Above 0: shown with -o wide only. */
  readonly priority?: number
  readonly description?: string
  readonly format?: string
  cell(object: JsonObject, now: number): unknown
}
