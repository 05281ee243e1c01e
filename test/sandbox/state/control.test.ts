// Faults are switched by whoever holds the token, and by nobody else.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Control, serveControl, switchFault } from '../../../sandbox/state/control.ts'
import type { Endpoints } from '../../../sandbox/state/state-folder.ts'

let control: Control
const on = new Set<string>()
const known = (name: string) => {
  if (!['spike', 'slow-database'].includes(name)) throw new Error(`there is no fault ${name}`)
}

beforeEach(async () => {
  on.clear()
  control = await serveControl({
    active: () => [...on],
    async on(name) {
      known(name)
      on.add(name)
    },
    async off(name) {
      known(name)
      on.delete(name)
    },
  })
})
afterEach(() => control.close())

const endpoints = (token = control.token): Endpoints => ({
  pid: process.pid,
  kubernetes: '',
  kubeconfig: '',
  gateway: '',
  metrics: null,
  readyz: null,
  livez: null,
  probes: null,
  control: control.url,
  token,
})

describe('a fault', () => {
  it('is switched on and off, and the answer says which are on', async () => {
    expect(await switchFault(endpoints(), 'spike', true)).toEqual(['spike'])
    expect(await switchFault(endpoints(), 'slow-database', true)).toEqual(['spike', 'slow-database'])
    expect(await switchFault(endpoints(), 'spike', false)).toEqual(['slow-database'])
  })

  it('that is not known is told as the sandbox says it', async () => {
    await expect(switchFault(endpoints(), 'earthquake', true)).rejects.toThrow('there is no fault earthquake')
  })

  it('is not switched without the token', async () => {
    await expect(switchFault(endpoints('wrong'), 'spike', true)).rejects.toThrow(
      'the token of endpoints.json is needed',
    )
    expect([...on]).toEqual([])
  })

  it.each([
    ['GET', '/faults', undefined, 200],
    ['POST', '/faults', undefined, 405],
    ['GET', '/faults/spike', undefined, 405],
    ['PUT', '/faults/spike', '{', 400],
    ['PUT', '/faults/spike', '{"on": 1}', 400],
    ['PUT', '/faults/spike', `{"on": true, "x": "${'x'.repeat(5000)}"}`, 400],
    ['GET', '/', undefined, 404],
    ['PUT', '/faults/..%2f', '{"on": true}', 404],
  ])('%s %s with %s is answered %i', async (method, path, body, status) => {
    const headers = { authorization: `Bearer ${control.token}` }
    const response = await fetch(`${control.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
    expect([response.status, typeof (await response.json())]).toEqual([status, 'object'])
    expect([...on]).toEqual([])
  })
})
