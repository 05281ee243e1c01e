// A board as text: indented, so that a change of it can be read in review.
import type { Board } from '../kit/board.ts'
import { type BoardResource, schemaV2 } from '../schema-v2.ts'
import type { Schema } from './formats.ts'

export function inSchema(board: Board, schema: Schema): Board | BoardResource {
  return schema === 'v1' ? board : schemaV2(board)
}

export function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
