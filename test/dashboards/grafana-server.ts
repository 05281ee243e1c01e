// A server with the part of Grafana's HTTP API that boards are put through, as its documentation describes it: state, versions, refusals.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import { z } from 'zod'

const FOLDER = z.object({ title: z.string().min(1), uid: z.string().optional() })
const SAVE = z.object({
  dashboard: z.looseObject({
    uid: z.string().max(40),
    title: z.string(),
    id: z.number().nullish(),
    version: z.number().optional(),
  }),
  folderUid: z.string().optional(),
  overwrite: z.boolean().optional(),
})

interface Stored {
  readonly id: number
  readonly version: number
  readonly folderUid: string
  readonly dashboard: Readonly<Record<string, unknown>>
}

export interface GrafanaServer {
  readonly url: string
  readonly folders: { uid: string; title: string }[]
  readonly boards: Map<string, Stored>
  /** Boards that it has from files. */
  readonly provisioned: Set<string>
  /** Method and path of each request. */
  readonly requests: string[]
  /** Answers in place of the API, when it says so. */
  answer: (request: Request, response: Response) => boolean
  stop(): Promise<void>
}

export const TOKEN = 'a-token-of-an-editor'
export const VIEWER = 'a-token-of-a-viewer'

/** Served under /grafana, as behind a proxy. */
export async function startGrafana(): Promise<GrafanaServer> {
  const app = express()
  const api = express.Router()
  let ids = 0
  const state: Omit<GrafanaServer, 'url' | 'stop'> = {
    folders: [],
    boards: new Map(),
    provisioned: new Set(),
    requests: [],
    answer: () => false,
  }

  api.use((request: Request, response: Response, next: NextFunction) => {
    state.requests.push(`${request.method} ${request.url}`)
    if (state.answer(request, response)) return
    const { authorization } = request.headers
    if (authorization !== `Bearer ${TOKEN}` && authorization !== `Bearer ${VIEWER}`)
      return void response.status(401).json({ message: 'Invalid API key' })
    if (request.method !== 'GET' && authorization === `Bearer ${VIEWER}`)
      return void response.status(403).json({ message: "You'll need additional permissions to perform this action." })
    next()
  })
  api.use(express.json({ limit: '5mb' }))

  api.get('/folders', (request, response) => {
    const limit = Number(request.query.limit ?? 1000)
    const page = Number(request.query.page ?? 1)
    response.json(state.folders.slice(limit * (page - 1), limit * page))
  })
  api.post('/folders', (request, response) => {
    const folder = FOLDER.parse(request.body)
    const made = { uid: folder.uid ?? `folder-${++ids}`, title: folder.title }
    state.folders.push(made)
    response.json({ id: ++ids, ...made, url: `/grafana/dashboards/f/${made.uid}` })
  })
  api.get('/dashboards/uid/:uid', (request, response) => {
    const stored = state.boards.get(request.params.uid)
    if (stored === undefined) return void response.status(404).json({ message: 'Dashboard not found' })
    const { id, version, folderUid, dashboard } = stored
    const meta = {
      folderUid,
      version,
      url: urlOf(request.params.uid),
      provisioned: state.provisioned.has(request.params.uid),
    }
    response.json({ meta, dashboard: { ...dashboard, id, version } })
  })
  api.post('/dashboards/db', (request, response) => {
    const { dashboard, folderUid = '', overwrite = false } = SAVE.parse(request.body)
    const { uid, title, id: _, version: given, ...rest } = dashboard
    const before = state.boards.get(uid)
    if (state.provisioned.has(uid))
      return void response.status(400).json({ message: 'Cannot save provisioned dashboard' })
    if (folderUid !== '' && !state.folders.some((folder) => folder.uid === folderUid))
      return void response.status(400).json({ message: 'folder not found' })
    if (before !== undefined && !overwrite && before.version !== given)
      return void response
        .status(412)
        .json({ status: 'version-mismatch', message: 'The dashboard has been changed by someone else' })
    const version = (before?.version ?? 0) + 1
    const id = before?.id ?? ++ids
    state.boards.set(uid, { id, version, folderUid, dashboard: { uid, title, ...rest } })
    response.json({ id, uid, url: urlOf(uid), status: 'success', version, slug: uid, folderUid })
  })
  app.use('/grafana/api', api)
  app.use((_request, response) => void response.status(404).type('html').send('<html>not here</html>'))

  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = portOf(server.address())
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/grafana`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

const urlOf = (uid: string) => `/grafana/d/${uid}/${uid}`

function portOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address
}
