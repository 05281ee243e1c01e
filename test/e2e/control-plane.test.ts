// The control plane for tests keeps its promises: outages on demand, users, and nothing left behind.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import type { User } from '../cluster/users.ts'

const WITHIN = { timeout: 30_000, interval: 50 }
const REPORT = z.object({ folder: z.string(), url: z.string() })

let cluster: ControlPlane
let agent: Agent

beforeAll(async () => {
  cluster = await startControlPlane()
  // No kept-alive connections: one to a server that was stopped meanwhile would fail the next request.
  agent = new Agent({ pipelining: 0, connect: { ca: readFileSync(cluster.caFile) } })
})

afterAll(async () => {
  await agent?.destroy()
  await cluster?.stop()
  expect(existsSync(cluster.folder)).toBe(false)
})

async function get(path: string, user: User = 'admin', timeoutMs = 10_000): Promise<number> {
  const headers = { authorization: `Bearer ${cluster.tokenFor(user)}` }
  const response = await request(`${cluster.url}${path}`, {
    dispatcher: agent,
    headers,
    signal: AbortSignal.timeout(timeoutMs),
  })
  await response.body.dump()
  return response.statusCode
}

describe('the control plane', () => {
  test('lets admin do everything and the others nothing that RBAC does not grant', async () => {
    expect(await get('/api/v1/namespaces/default/pods')).toBe(200)
    expect(await get('/api/v1/namespaces/default/pods', 'evenkeel')).toBe(403)
    expect(await get('/api/v1/namespaces/default/pods', 'evenkeel-2')).toBe(403)
  })

  test('refuses connections while the API server is stopped, and has its data when it is back', async () => {
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' } })
    const headers = { authorization: `Bearer ${cluster.tokenFor('admin')}`, 'content-type': 'application/json' }
    const path = '/api/v1/namespaces/default/configmaps'
    const created = await request(`${cluster.url}${path}`, { dispatcher: agent, method: 'POST', headers, body })
    await created.body.dump()
    expect(created.statusCode).toBe(201)
    await cluster.stopApiServer()
    await expect(get('/readyz')).rejects.toThrow()
    await cluster.startApiServer()
    expect(await get(`${path}/kept`)).toBe(200)
  })

  test('does not answer while the API server is frozen, and answers when it is thawed', async () => {
    expect(await get('/readyz')).toBe(200)
    cluster.freezeApiServer()
    await expect(get('/readyz', 'admin', 500)).rejects.toMatchObject({ name: 'TimeoutError' })
    cluster.thawApiServer()
    expect(await get('/readyz')).toBe(200)
  })

  test('dies with the process that started it, even by kill -9', async () => {
    const script = `
      import { startControlPlane } from ${JSON.stringify(new URL('../cluster/control-plane.ts', import.meta.url).pathname)}
      const { folder, url } = await startControlPlane()
      process.send({ folder, url })`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const { folder, url } = REPORT.parse(await new Promise((resolve) => parent.once('message', resolve)))
    parent.kill('SIGKILL')
    await vi.waitFor(async () => {
      await expect(request(url, { signal: AbortSignal.timeout(1_000) })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      expect(existsSync(folder)).toBe(false)
    }, WITHIN)
  })
})
