// The probes of a service, mounted on node:http and on express, asked over HTTP.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createProbes, type Probes, type ProbesOptions } from '../../../probes/service/index.ts'

const MOUNTS: Readonly<Record<string, (probes: Probes) => RequestListener>> = {
  'node:http': (probes) => (request, response) =>
    probes.handler(request, response, () => response.end(`the service at ${request.url}`)),
  express: (probes) =>
    express()
      .use(probes.handler)
      .use((request, response) => void response.send(`the service at ${request.url}`)),
}

describe.each(Object.keys(MOUNTS))('on %s', (mount) => {
  async function start(options: ProbesOptions) {
    const probes = createProbes(options)
    const server = createServer(MOUNTS[mount]?.(probes))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const address = server.address()
    const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(`${base}${path}`, { method })
      return { status: response.status, body: await response.text() }
    }
    return { probes, get }
  }
  const failing = (why: string) => () => Promise.reject(new Error(why))

  it('all is well without checks, and everything else is the service’s own', async () => {
    const { get } = await start({})
    for (const path of ['/livez', '/readyz', '/startupz', '/readyz/shutdown'])
      expect(await get(path)).toEqual({ status: 200, body: 'ok' })
    for (const path of ['/', '/orders?id=1', '/readyz/nothing', '/readyz/__proto__', '/livez/shutdown'])
      expect(await get(path)).toEqual({ status: 200, body: `the service at ${path}` })
    expect(await get('/readyz', 'POST')).toMatchObject({ body: 'the service at /readyz' })
    expect(await get('/readyz', 'HEAD')).toEqual({ status: 200, body: '' })
  })

  it('is not ready without what it needs, and says what that is; alive it is', async () => {
    const { get } = await start({ readiness: { database: failing('connection refused'), cache: () => true } })
    expect(await get('/readyz')).toEqual({
      status: 503,
      body: '[+]shutdown ok\n[-]database failed: connection refused\n[+]cache ok\nreadyz check failed\n',
    })
    expect(await get('/readyz/database')).toMatchObject({ status: 503 })
    expect(await get('/readyz/cache')).toEqual({ status: 200, body: 'ok' })
    expect(await get('/readyz?exclude=database&verbose')).toEqual({
      status: 200,
      body: '[+]shutdown ok\n[+]database excluded: ok\n[+]cache ok\nreadyz check passed\n',
    })
    expect((await get('/livez')).status).toBe(200)
  })

  it('is alive as long as its own check says so', async () => {
    const { get } = await start({ liveness: { loop: failing('stuck for 40 s') }, paths: { live: '/healthz' } })
    expect(await get('/healthz')).toEqual({
      status: 503,
      body: '[-]loop failed: stuck for 40 s\nhealthz check failed\n',
    })
    expect(await get('/livez')).toEqual({ status: 200, body: 'the service at /livez' })
  })

  it('is ready once it has started, and stays so when what the start needed goes away', async () => {
    let problem: string | undefined = 'migrating'
    const check = () => {
      if (problem !== undefined) throw new Error(problem)
    }
    const { get } = await start({ startup: { schema: { check, cacheMs: 0 } } })
    for (const path of ['/startupz', '/readyz'])
      expect(await get(path)).toMatchObject({
        status: 503,
        body: expect.stringContaining('[-]schema failed: migrating'),
      })
    problem = undefined
    expect((await get('/readyz')).status).toBe(200)
    problem = 'gone'
    for (const path of ['/startupz', '/readyz']) expect((await get(path)).status).toBe(200)
  })

  it('is not ready while it ends', async () => {
    const { get, probes } = await start({})
    probes.drain()
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: '[-]shutdown failed: the service is ending\nreadyz check failed\n',
    })
    expect((await get('/livez')).status).toBe(200)
  })
})
