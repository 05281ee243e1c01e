// A sandbox that is kept: faults are switched by the command line while it runs, each bites, and each goes away without a trace.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { at, isObject, listAt, textAt } from '../../controller/kube/json.ts'
import { FAULTS } from '../../sandbox/faults/catalog.ts'
import { type Api, connectApi } from '../../sandbox/kube/api.ts'
import { parseKubeconfig } from '../../sandbox/kube/kubeconfig.ts'
import type { Endpoints } from '../../sandbox/state/state-folder.ts'
import { until } from './support/product.ts'
import { endRuns, npmStart, type SandboxRun } from './support/sandbox-run.ts'

const EVENKEEL = fileURLToPath(new URL('../../bin/evenkeel.js', import.meta.url))
let run: SandboxRun
let endpoints: Endpoints
let api: Api

beforeAll(async () => {
  run = npmStart(['--keep', '--fault', 'crash-loop'])
  endpoints = await run.endpoints()
  api = connectApi(parseKubeconfig(readFileSync(endpoints.kubeconfig, 'utf8')))
  await until('its own run is over', () => /summary/.test(run.output()), 120_000)
}, 180_000)
afterAll(async () => {
  await api?.close()
  await endRuns()
})

async function evenkeel(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [EVENKEEL, ...args])
  return stdout.trim()
}
const turn = (name: string, how: 'on' | 'off') => evenkeel('sandbox', 'fault', name, how, '--state', run.state)

async function items(path: string): Promise<readonly object[]> {
  return listAt(await api.request({ method: 'GET', path }), 'items').filter(isObject)
}
async function condition(guard: string, type: string): Promise<string> {
  const raw = await api.request({ method: 'GET', path: `/apis/evenkeel.dev/v1alpha1/namespaces/shop/guards/${guard}` })
  const found = listAt(raw, 'status', 'conditions').find((one) => textAt(one, 'type') === type)
  return `${textAt(found, 'status')} ${textAt(found, 'message')}`
}
async function order(): Promise<{ status: number; ms: number }> {
  const began = performance.now()
  const response = await fetch(`${endpoints.gateway}/checkout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  await response.arrayBuffer()
  return { status: response.status, ms: performance.now() - began }
}
async function isCrashing(): Promise<boolean> {
  const pods = await items('/api/v1/namespaces/shop/pods?labelSelector=app.kubernetes.io/name%3Dreviews')
  return pods.some((pod) =>
    listAt(pod, 'status', 'containerStatuses').some(
      (one) => textAt(one, 'state', 'waiting', 'reason') === 'CrashLoopBackOff',
    ),
  )
}

/** What tells that a fault bites. */
const BITES: Readonly<Record<(typeof FAULTS)[number]['name'], () => Promise<boolean>>> = {
  spike: async () => (await condition('checkout', 'Healthy')).startsWith('False'),
  'slow-database': async () => (await order()).ms > 800,
  'error-burst': async () => (await Promise.all(Array.from({ length: 16 }, order))).some(({ status }) => status >= 500),
  'pool-exhaustion': async () => (await order()).status === 503,
  'queue-backlog': async () => (await condition('worker', 'Healthy')).startsWith('False'),
  'crash-loop': isCrashing,
}

describe('a fault', () => {
  // One that a failed test left on would fail the next.
  afterEach(async () => {
    for (const { name } of FAULTS) await turn(name, 'off')
  })

  it.each(FAULTS.map(({ name }) => name))(
    '%s bites when it is on, and orders are taken as before when it is off',
    async (name) => {
      expect(await turn(name, 'on')).toBe(`On: ${name}`)
      await until(`${name} bites`, BITES[name], 60_000)
      expect(await turn(name, 'off')).toBe('No fault is on.')
      await until(
        'ten orders in a row are taken in good time',
        async () => {
          for (let count = 0; count < 10; count++) {
            const { status, ms } = await order()
            if (status >= 300 || ms > 500) return false
          }
          return true
        },
        90_000,
      )
    },
  )

  it('that is not known is told with those that are', async () => {
    await expect(evenkeel('sandbox', 'fault', 'earthquake', 'on', '--state', run.state)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no fault "earthquake": it is one of spike, /),
    })
  })
})

it('Evenkeel’s own commands work on it', async () => {
  const status = await evenkeel('status', '--kubeconfig', endpoints.kubeconfig)
  expect(status).toMatch(/^NAMESPACE\s+GUARD\s/)
  expect(status).toMatch(/^shop\s+checkout\s+Enforce\s/m)
  expect(await evenkeel('explain', 'shop/checkout', '--kubeconfig', endpoints.kubeconfig)).toMatch(
    /^shop\/checkout \(Enforce\)/,
  )
  const ready = await fetch(endpoints.readyz ?? '')
  expect(ready.status).toBe(200)
  expect(at(await api.request({ method: 'GET', path: '/version' }), 'gitVersion')).toMatch(/^v1\./)
})
