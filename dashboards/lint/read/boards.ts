// Finds the boards in a file's text: a plain board, one as the API gives it, a resource, a ConfigMap, or a GrafanaDashboard.
import { parseAllDocuments } from 'yaml'
import { at, isObject, textAt, textsAt } from '../../../controller/kube/json.ts'
import { CommandError, messageOf } from '../../../controller/model/errors.ts'
import type { LintBoard } from '../model.ts'
import { readV1 } from './v1.ts'
import { readV2 } from './v2.ts'

/** `name` stands in messages. JSON is YAML. Throws CommandError when it is neither, or holds no board. */
export function readBoards(name: string, text: string): LintBoard[] {
  const documents = parseAllDocuments(text, { prettyErrors: false })
  const boards = (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) throw new CommandError(`${name} is neither JSON nor YAML: ${error.message}`)
    return boardsIn(name, document.toJS())
  })
  if (boards.length === 0)
    throw new CommandError(
      `${name} holds no board: give Grafana’s JSON, a Dashboard, a ConfigMap whose keys end in .json, or a GrafanaDashboard`,
    )
  return boards
}

function boardsIn(name: string, value: unknown): LintBoard[] {
  const kind = textAt(value, 'kind')
  const apiVersion = textAt(value, 'apiVersion') ?? ''
  if (kind === 'ConfigMap')
    return Object.entries(textsAt(value, 'data'))
      .filter(([key]) => key.endsWith('.json'))
      .flatMap(([key, json]) => boardsIn(name, parseJson(`${name}, ${key}`, json)))
  if (kind === 'GrafanaDashboard') {
    const json = textAt(value, 'spec', 'json')
    return json === undefined ? [] : boardsIn(name, parseJson(`${name}, spec.json`, json))
  }
  if (kind === 'GrafanaManifest') return boardsIn(name, at(value, 'spec', 'template'))
  if (kind === 'Dashboard' && /^dashboard\.grafana\.app\/v2/.test(apiVersion)) return [readV2(value)]
  if (kind === 'Dashboard' && apiVersion.startsWith('dashboard.grafana.app/')) return [readV1(at(value, 'spec'))]
  if (isObject(at(value, 'dashboard'))) return [readV1(at(value, 'dashboard'))]
  return isObject(value) && kind === undefined && ('panels' in value || 'title' in value) ? [readV1(value)] : []
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CommandError(`${where} is not JSON: ${messageOf(cause)}`, { cause })
  }
}
