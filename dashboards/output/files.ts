// What `evenkeel dashboards build` writes: one file for each board, in the format that was asked for. Pure.
import { stringify } from 'yaml'
import type { Board } from '../kit/board.ts'
import { configMapOf, type ManifestOptions } from './config-map.ts'
import type { Format, Schema } from './formats.ts'
import { operatorObjectOf } from './grafana-operator.ts'
import { inSchema, jsonOf } from './json.ts'

export interface OutputFile {
  readonly name: string
  readonly text: string
}

export function filesOf(
  boards: readonly Board[],
  format: Format,
  schema: Schema,
  options: ManifestOptions,
): OutputFile[] {
  return boards.map((board) => {
    if (format === 'json') return { name: `${board.uid}.json`, text: jsonOf(inSchema(board, schema)) }
    const object = format === 'configmap' ? configMapOf(board, options) : operatorObjectOf(board, schema, options)
    return { name: `${board.uid}.yaml`, text: stringify(object, { lineWidth: 0 }) }
  })
}
