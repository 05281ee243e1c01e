// Health as the Kubernetes API server tells it, asked over HTTP.
import { once } from 'node:events'
import type { Server } from 'node:http'
import express from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { healthRouter } from '../../probes/health.ts'

/** What is wrong with each check now; undefined while it is well. */
const wrong: { process: string | undefined; watches: string | undefined; lease: string | undefined } = {
  process: undefined,
  watches: undefined,
  lease: undefined,
}
let server: Server
let base: string

beforeAll(async () => {
  const ready = { watches: () => wrong.watches, lease: () => wrong.lease }
  const app = express().use(healthRouter({ process: () => wrong.process }, ready))
  server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`
})

afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
})

beforeEach(() => {
  wrong.process = wrong.watches = wrong.lease = undefined
})

async function ask(path: string) {
  const response = await fetch(`${base}${path}`)
  return { status: response.status, body: await response.text(), headers: response.headers }
}

describe('while every check is well', () => {
  it.each(['/livez', '/readyz', '/livez/process', '/readyz/watches', '/readyz/lease'])('%s says ok', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 200, body: 'ok' })
  })

  it('says each check with ?verbose', async () => {
    expect((await ask('/readyz?verbose')).body).toBe('[+]watches ok\n[+]lease ok\nreadyz check passed\n')
    expect((await ask('/livez?verbose=1')).body).toBe('[+]process ok\nlivez check passed\n')
  })

  it('is plain text that nobody may keep', async () => {
    const { headers } = await ask('/readyz')
    expect(headers.get('content-type')).toMatch(/^text\/plain/)
    expect(headers.get('cache-control')).toBe('no-store')
  })
})

describe('while a check fails', () => {
  beforeEach(() => {
    wrong.watches = 'pods: not listed yet'
  })

  it('answers 500 and names it without being asked to be verbose', async () => {
    expect(await ask('/readyz')).toMatchObject({
      status: 500,
      body: '[-]watches failed: pods: not listed yet\n[+]lease ok\nreadyz check failed\n',
    })
    expect((await ask('/readyz')).headers.get('cache-control')).toBe('no-store')
  })

  it('tells the failing check from those that are well, each below its path', async () => {
    expect(await ask('/readyz/watches')).toMatchObject({
      status: 500,
      body: '[-]watches failed: pods: not listed yet\nreadyz/watches check failed\n',
    })
    expect(await ask('/readyz/lease')).toMatchObject({ status: 200, body: 'ok' })
  })

  it('stays alive: readiness is no liveness', async () => {
    expect(await ask('/livez')).toMatchObject({ status: 200, body: 'ok' })
  })

  it('leaves out what ?exclude names, one or several', async () => {
    expect(await ask('/readyz?exclude=watches')).toMatchObject({ status: 200, body: 'ok' })
    expect(await ask('/readyz?exclude=lease')).toMatchObject({ status: 500 })
    wrong.lease = 'lost contact'
    expect(await ask('/readyz?exclude=watches')).toMatchObject({ status: 500 })
    expect(await ask('/readyz?exclude=watches&exclude=lease&verbose')).toMatchObject({
      status: 200,
      body: '[+]watches excluded: ok\n[+]lease excluded: ok\nreadyz check passed\n',
    })
  })

  it('is well again as soon as the check is', async () => {
    expect((await ask('/readyz')).status).toBe(500)
    wrong.watches = undefined
    expect((await ask('/readyz')).status).toBe(200)
  })
})

it.each(['/readyz/nothing', '/livez/watches', '/readyz/toString', '/readyz/__proto__'])(
  '%s is a check that does not exist: 404',
  async (path) => {
    const { status, body } = await ask(path)
    expect(status).toBe(404)
    expect(body).toMatch(/^404 page not found: (livez|readyz) has no check /)
  },
)
