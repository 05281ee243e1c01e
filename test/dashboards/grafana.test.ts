// Putting boards into a Grafana: folder and boards are made once, changes are undone, and each refusal says what to do.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boards } from '../../dashboards/boards.ts'
import { grafanaApi } from '../../dashboards/grafana/api.ts'
import { putBoards } from '../../dashboards/grafana/put.ts'
import { type GrafanaServer, startGrafana, TOKEN, VIEWER } from './grafana-server.ts'

const BOARDS = boards({})
let grafana: GrafanaServer

beforeEach(async () => {
  grafana = await startGrafana()
})
afterEach(() => grafana.stop())

function put({ token = TOKEN, url = grafana.url, timeoutMs = 5_000, folder = 'Evenkeel', dryRun = false } = {}) {
  return putBoards(grafanaApi({ url, token, timeoutMs }), BOARDS, { folder, dryRun })
}
const results = async (report: ReturnType<typeof put>) => (await report).boards.map(({ result }) => result)
const versions = () => [...grafana.boards.values()].map(({ version }) => version)
const writes = () => grafana.requests.filter((one) => !one.startsWith('GET'))

describe('boards', () => {
  it('are put into a folder that is made for them, and told with their addresses', async () => {
    const report = await put()
    expect(report.folder).toBe('created')
    expect(report.boards[0]).toEqual({
      title: 'Evenkeel / Service',
      uid: 'evenkeel-service',
      result: 'created',
      url: `${grafana.url}/d/evenkeel-service/evenkeel-service`,
    })
    expect(grafana.folders.map(({ title }) => title)).toEqual(['Evenkeel'])
    expect([...grafana.boards.values()].map(({ folderUid }) => folderUid)).toEqual(
      Array(5).fill(grafana.folders[0]?.uid),
    )
    expect(grafana.boards.get('evenkeel-service')?.dashboard).toEqual(JSON.parse(JSON.stringify(BOARDS[0])))
  })

  it('are left alone when they are there already: no request writes, no version is added', async () => {
    await put()
    const before = writes().length
    expect(await results(put())).toEqual(Array(5).fill('unchanged'))
    expect([writes().length, versions(), grafana.folders.length]).toEqual([before, [1, 1, 1, 1, 1], 1])
  })

  it('are left alone when Grafana has only added defaults and raised the schema’s version', async () => {
    await put()
    for (const [uid, stored] of grafana.boards)
      grafana.boards.set(uid, { ...stored, dashboard: { ...stored.dashboard, schemaVersion: 99, weekStart: '' } })
    expect(await results(put())).toEqual(Array(5).fill('unchanged'))
  })

  it('are written again when someone changed one, and where one is in another folder', async () => {
    await put()
    const fleet = grafana.boards.get('evenkeel-fleet')
    const itself = grafana.boards.get('evenkeel-itself')
    if (fleet === undefined || itself === undefined) throw new Error('they are there')
    grafana.boards.set('evenkeel-fleet', { ...fleet, version: 7, dashboard: { ...fleet.dashboard, panels: [] } })
    grafana.boards.set('evenkeel-itself', { ...itself, folderUid: 'elsewhere' })
    expect(await results(put())).toEqual(['unchanged', 'updated', 'unchanged', 'updated', 'unchanged'])
    expect(grafana.boards.get('evenkeel-fleet')?.version).toBe(8)
    expect(await results(put())).toEqual(Array(5).fill('unchanged'))
  })

  it('find their folder also behind a thousand others', async () => {
    for (let index = 0; index < 1500; index++) grafana.folders.push({ uid: `f${index}`, title: `Folder ${index}` })
    const report = await put({ folder: 'Folder 1499' })
    expect([report.folder, grafana.boards.get('evenkeel-fleet')?.folderUid]).toEqual(['found', 'f1499'])
  })

  it('are not written in a dry run, which says what would be', async () => {
    const first = await put({ dryRun: true })
    expect([first.folder, ...first.boards.map(({ result }) => result)]).toEqual([
      'created',
      ...Array(5).fill('created'),
    ])
    expect([writes(), grafana.boards.size]).toEqual([[], 0])
    await put()
    expect(await results(put({ dryRun: true }))).toEqual(Array(5).fill('unchanged'))
  })
})

describe('a refusal says what to do:', () => {
  const status = (code: number, body: object | string) => () => {
    grafana.answer = (_request, response) => {
      response.status(code).send(body)
      return true
    }
  }
  it.each<[string, () => void, Parameters<typeof put>[0], string | RegExp]>([
    ['401', () => {}, { token: 'wrong' }, /HTTP 401 \(Invalid API key\): set GRAFANA_TOKEN/],
    ['403', () => {}, { token: VIEWER }, /HTTP 403 .*needs the role Editor/],
    [
      '412',
      status(412, { status: 'name-exists', message: 'A dashboard with the same name exists' }),
      {},
      /HTTP 412 \(A dashboard with the same name exists\): .*another --folder/,
    ],
    ['500', status(500, { message: 'database is locked' }), {}, /HTTP 500 \(database is locked\): Grafana failed/],
    ['a page that is not Grafana’s', status(200, '<html>hello</html>'), {}, /no JSON: is it Grafana/],
    [
      'a 404 that is not Grafana’s',
      status(404, '<html>not here</html>'),
      {},
      /with the path that Grafana is served under/,
    ],
    ['an answer of another shape', status(200, {}), {}, /gave no list: is it Grafana/],
  ])('%s', async (_, arrange, options, says) => {
    arrange()
    await expect(put(options)).rejects.toThrow(says)
  })

  it('a board that comes from a file', async () => {
    grafana.provisioned.add('evenkeel-service')
    await expect(put()).rejects.toThrow(
      /HTTP 400 \(Cannot save provisioned dashboard\): .*take it away from there first/,
    )
  })

  it('a Grafana that does not answer in time', async () => {
    grafana.answer = () => true
    await expect(put({ timeoutMs: 50 })).rejects.toThrow(/GET .*\/api\/folders.*: no answer within 0.05 s/)
  })

  it('a Grafana that is not there', async () => {
    const { url } = grafana
    await grafana.stop()
    await expect(put({ url })).rejects.toThrow(/ECONNREFUSED.*Check that Grafana runs there/)
    grafana = await startGrafana()
  })

  it('a redirect, which is not followed with the token', async () => {
    let followed = false
    grafana.answer = (request, response) => {
      if (request.url.startsWith('/elsewhere')) followed = true
      else response.redirect(301, '/grafana/api/elsewhere')
      return true
    }
    await expect(put()).rejects.toThrow(/it redirects to \/grafana\/api\/elsewhere: give --grafana the address/)
    expect(followed).toBe(false)
  })
})

it('a Grafana that is only just beginning is asked again', async () => {
  let left = 2
  grafana.answer = (_request, response) => {
    if (left-- <= 0) return false
    response.status(503).json({ message: 'starting' })
    return true
  }
  expect(await results(put())).toEqual(Array(5).fill('created'))
})
