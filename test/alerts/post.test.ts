// An alert posted to an Alertmanager: the request, and every way in which it fails.
import { createServer, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAlertmanager } from '../../alerts/push/alertmanager.ts'

describe('a post over HTTP', () => {
  const POSTED = z.array(
    z.object({ labels: z.record(z.string(), z.string()), startsAt: z.string(), endsAt: z.string() }),
  )
  let server: Server
  let url: string
  let requests: { path: string | undefined; authorization: string | undefined; body: unknown }[]
  let status: number

  beforeEach(async () => {
    requests = []
    status = 200
    server = createServer(async (request, response) => {
      const body: unknown = await json(request)
      requests.push({ path: request.url, authorization: request.headers.authorization, body })
      if (status === 302) response.setHeader('location', 'http://127.0.0.1:1/elsewhere')
      response.writeHead(status).end(status === 400 ? 'bad label' : '{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const alert = { labels: { alertname: 'A' }, annotations: {}, startsAt: 0, endsAt: 1_000 }
  const post = (options: { url: string; authorization?: string }) =>
    createAlertmanager({ timeoutMs: 2_000, ...options }).post([alert], new AbortController().signal)

  it('an alert is posted to the v2 API below the base URL, with the header Authorization', async () => {
    await post({ url: `${url}/alertmanager/`, authorization: 'Bearer t' })
    expect(requests).toMatchObject([{ path: '/alertmanager/api/v2/alerts', authorization: 'Bearer t' }])
    expect(POSTED.parse(requests[0]?.body)).toEqual([
      { labels: { alertname: 'A' }, startsAt: '1970-01-01T00:00:00.000Z', endsAt: '1970-01-01T00:00:01.000Z' },
    ])
  })

  it.each([
    [400, /refused 1 alerts: HTTP 400 bad label/],
    [302, /HTTP 302/],
    [500, /HTTP 500/],
  ])('HTTP %d is a failure that says why, and credentials go nowhere else', async (code, why) => {
    status = code
    await expect(post({ url, authorization: 'Bearer t' })).rejects.toThrow(why)
    expect(requests).toHaveLength(1)
  })

  it('no answer is a failure that says why', async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await expect(post({ url })).rejects.toThrow(/does not answer: .*ECONNREFUSED/)
  })

  it('an answer that does not come is given up on', async () => {
    const never = createServer(() => {})
    await new Promise<void>((resolve) => never.listen(0, '127.0.0.1', resolve))
    const address = never.address()
    const silent = createAlertmanager({
      url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
      timeoutMs: 50,
    })
    await expect(silent.post([alert], new AbortController().signal)).rejects.toThrow('does not answer')
    never.closeAllConnections()
    never.close()
  })
})
