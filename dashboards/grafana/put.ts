// Puts boards into a folder of Grafana, each under its uid: what is there already is left alone, so that no versions pile up.
import { at, isObject, textAt } from '../../controller/kube/json.ts'
import { CommandError } from '../../controller/model/errors.ts'
import type { Board } from '../kit/board.ts'
import type { GrafanaApi } from './api.ts'

export type Placed = 'created' | 'updated' | 'unchanged'

export interface PutReport {
  readonly folder: 'created' | 'found'
  readonly boards: readonly {
    readonly title: string
    readonly uid: string
    readonly result: Placed
    readonly url: string
  }[]
}

const PAGE = 1000

/** With `dryRun` nothing is written, and the report says what would be. Throws CommandError; boards before that one are in. */
export async function putBoards(
  api: GrafanaApi,
  boards: readonly Board[],
  { folder, dryRun }: { readonly folder: string; readonly dryRun: boolean },
): Promise<PutReport> {
  const found = await findFolder(api, folder)
  const folderUid = found ?? (dryRun ? undefined : await makeFolder(api, folder))
  const placed: PutReport['boards'][number][] = []
  for (const board of boards) {
    const existing = await api.find(`/api/dashboards/uid/${encodeURIComponent(board.uid)}`)
    const result = existing === undefined ? 'created' : isSame(existing, board, folderUid) ? 'unchanged' : 'updated'
    const url = result === 'unchanged' || dryRun ? textAt(existing, 'meta', 'url') : await put(api, board, folderUid)
    placed.push({
      title: board.title,
      uid: board.uid,
      result,
      url: url === undefined ? '' : new URL(url, api.url).href,
    })
  }
  return { folder: found === undefined ? 'created' : 'found', boards: placed }
}

/** The uid of the folder with this title, of those at the top. */
async function findFolder(api: GrafanaApi, title: string): Promise<string | undefined> {
  for (let page = 1; ; page++) {
    const folders = await api.find(`/api/folders?limit=${PAGE}&page=${page}`)
    if (!Array.isArray(folders)) throw new CommandError(`${api.url}/api/folders gave no list: is it Grafana?`)
    const named: unknown = folders.find((one) => textAt(one, 'title') === title)
    if (named !== undefined) return textAt(named, 'uid')
    if (folders.length < PAGE) return undefined
  }
}

async function makeFolder(api: GrafanaApi, title: string): Promise<string> {
  const uid = textAt(await api.post('/api/folders', { title }), 'uid')
  if (uid === undefined) throw new CommandError(`${api.url}/api/folders made ${title}, but told no uid of it`)
  return uid
}

async function put(api: GrafanaApi, board: Board, folderUid: string | undefined): Promise<string | undefined> {
  const answer = await api.post('/api/dashboards/db', {
    dashboard: { ...board, id: null },
    folderUid,
    message: 'evenkeel dashboards apply',
    // Whoever changed it there since: the board is what the Guards and this version make of it.
    overwrite: true,
  })
  return textAt(answer, 'url')
}

/** Whether Grafana holds this board already. It adds ids, versions and defaults of its own, and raises the schema's version. */
function isSame(existing: unknown, board: Board, folderUid: string | undefined): boolean {
  if (textAt(existing, 'meta', 'folderUid') !== folderUid) return false
  const { schemaVersion: _, ...wanted } = board
  return holds(at(existing, 'dashboard'), JSON.parse(JSON.stringify(wanted)))
}

/** Whether all of `wanted` is there, and its lists as they are. */
function holds(there: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(there) && there.length === wanted.length && wanted.every((one, index) => holds(there[index], one))
    )
  if (isObject(wanted)) return Object.entries(wanted).every(([key, value]) => holds(at(there, key), value))
  return there === wanted
}
