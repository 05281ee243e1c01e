// The order of fencing: told while it answers, else known to have ended, else starved, else its pod is deleted and waited for.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fenceOldPrimary } from '../../../controller/act/failover/fence.ts'
import { connectKube, type KubeClient } from '../../../controller/kube/client.ts'
import { systemClock } from '../../../controller/model/clock.ts'
import type { FenceOutcome, SwitchContext } from '../../../controller/model/failover.ts'
import { type ApiDouble, sendJson, startApiDouble, statusObject } from '../../kube/api-double.ts'
import { ANSWERS, aSwitch } from './a-switch.ts'

const REFUSED: FenceOutcome = { kind: 'refused', why: 'it does not starve' }
let api: ApiDouble
let client: KubeClient
let asked: number

beforeEach(async () => {
  api = await startApiDouble()
  client = await connectKube({ kubeconfigPath: api.kubeconfigPath, requestTimeoutMs: 2_000, clock: systemClock })
  asked = 0
})
afterEach(async () => {
  await client.close()
  await api.close()
})

function thePod(status: object | undefined, metadata: object = {}) {
  api.answer(({ method }, response) => {
    if (status === undefined) return sendJson(response, 404, statusObject(404, 'NotFound', 'no'))
    if (method === 'DELETE') return sendJson(response, 200, {})
    sendJson(response, 200, { metadata: { name: 'a', uid: 'u1', ...metadata }, status })
  })
}
const RUNNING = { containerStatuses: [{ name: 'db', containerID: 'c1', state: { running: { startedAt: 'x' } } }] }
const OVER = {
  containerStatuses: [
    { name: 'db', containerID: 'c2', state: { running: {} }, lastState: { terminated: { containerID: 'c1' } } },
  ],
}

const fence = (context: SwitchContext, own: FenceOutcome = REFUSED) =>
  fenceOldPrimary({ client, hands: { fence: async () => ownFence(own) } }, context)
function ownFence(own: FenceOutcome): FenceOutcome {
  asked++
  return own
}
const calls = () => api.requests.map(({ method, path }) => `${method} ${path}`)

describe('an old primary', () => {
  it('that answers is told, and nothing is asked of its pod', async () => {
    const told = { kind: 'fenced', by: 'Told', why: 'it is read-only' } as const
    expect(await fence(aSwitch({ old: ANSWERS }), told)).toEqual(told)
    // It takes no fence: then there is none. It is there, and its pod is let be.
    expect(await fence(aSwitch({ old: ANSWERS }))).toEqual(REFUSED)
    expect(calls()).toEqual([])
  })

  it('whose container has ended is fenced by that alone', async () => {
    thePod(OVER)
    expect(await fence(aSwitch())).toMatchObject({ kind: 'fenced', by: 'Ended' })
    thePod(undefined)
    expect(await fence(aSwitch())).toMatchObject({ kind: 'fenced', by: 'Ended' })
    expect(asked).toBe(0)
  })

  it('that hangs is starved, if the data store can do that', async () => {
    thePod(RUNNING)
    const starved = { kind: 'fenced', by: 'Starved', why: 'no replica feeds it' } as const
    expect(await fence(aSwitch(), starved)).toEqual(starved)
    expect(calls()).toEqual(['GET /api/v1/namespaces/shop/pods/a'])
  })

  it('that hangs and does not starve loses its pod, once, by its uid, with its own grace', async () => {
    thePod(RUNNING)
    expect(await fence(aSwitch())).toMatchObject({ kind: 'waiting', why: expect.stringContaining('asked to end') })
    const deletion = api.requests.find(({ method }) => method === 'DELETE')
    expect(JSON.parse(deletion?.body ?? '')).toMatchObject({ preconditions: { uid: 'u1' } })
    expect([...(deletion?.query ?? [])]).toEqual([])
    thePod(RUNNING, { deletionTimestamp: '2026-01-01T00:00:00Z' })
    expect(await fence(aSwitch())).toMatchObject({ kind: 'waiting' })
    expect(api.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
  })

  it.each<[string, Parameters<typeof aSwitch>[0]]>([
    ['the spec forbids it', { spec: { fencing: { deletePod: false } } }],
    ['its pod is not known', { lastSeen: undefined }],
    ['it was last seen without one', { lastSeen: { at: '2026-01-01T00:00:00.000Z' } }],
  ])('keeps its pod, and is not fenced, when %s', async (_, more) => {
    thePod(RUNNING)
    expect(await fence(aSwitch(more))).toMatchObject({ kind: 'refused' })
    expect(calls().filter((call) => call.startsWith('DELETE'))).toEqual([])
  })

  it('keeps its pod when this replica may not write, or the API server does not say how it is', async () => {
    thePod(RUNNING)
    expect(await fence(aSwitch({ mayWrite: () => false }))).toMatchObject({ kind: 'waiting' })
    api.answer((_request, response) => sendJson(response, 500, statusObject(500, 'InternalError', 'no')))
    expect(await fence(aSwitch())).toMatchObject({ kind: 'refused', why: expect.stringContaining("can't be read") })
    expect(calls().filter((call) => call.startsWith('DELETE'))).toEqual([])
  })
})
