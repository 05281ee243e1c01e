// Which container a member's process runs in: certain only when the kubelet has had the time to tell of a new one.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectKube, type KubeClient } from '../../../controller/kube/client.ts'
import { systemClock } from '../../../controller/model/clock.ts'
import type { LastSeen } from '../../../controller/model/failover-group-status.ts'
import { createIdentities, type Identities } from '../../../controller/reconcile/failover/identity.ts'
import { type ApiDouble, sendJson, startApiDouble } from '../../kube/api-double.ts'
import { type ManualClock, manualClock } from '../../runtime/manual-clock.ts'

let api: ApiDouble
let client: KubeClient
let clock: ManualClock
let identities: Identities

beforeEach(async () => {
  api = await startApiDouble()
  client = await connectKube({ kubeconfigPath: api.kubeconfigPath, requestTimeoutMs: 2_000, clock: systemClock })
  clock = manualClock()
  identities = createIdentities(client, clock, 6379)
})
afterEach(async () => {
  await client.close()
  await api.close()
})

const POD = { namespace: 'shop', name: 'db-0', uid: 'u1', ip: '127.0.0.1', ready: true, terminating: false }

function thePod(containerID: string, uid = 'u1') {
  const state = { running: { startedAt: '2026-01-01T00:00:00Z' } }
  api.answer((_request, response) =>
    sendJson(response, 200, {
      metadata: { name: 'db-0', uid },
      spec: { containers: [{ name: 'db' }] },
      status: { containerStatuses: [{ name: 'db', containerID, state }] },
    }),
  )
}

/** One look in which the member answers. */
function note(instance: string, before?: LastSeen) {
  identities.note({ name: 'db-0', reach: { kind: 'answers' }, instance }, [POD], before)
}
const isRead = (count: number) => vi.waitFor(() => expect(api.requests).toHaveLength(count))

describe('the identity of a member', () => {
  it('is its pod at once, and its container after ten seconds in which nothing changed', async () => {
    thePod('c1')
    expect(identities.of('db-0')).toBeUndefined()
    note('i1')
    await vi.waitFor(() => expect(identities.of('db-0')).toEqual({ pod: 'db-0', podUid: 'u1' }))
    await clock.advance(9_000)
    note('i1')
    expect(api.requests).toHaveLength(1)
    await clock.advance(1_000)
    note('i1')
    await vi.waitFor(() => expect(identities.of('db-0')).toEqual({ pod: 'db-0', podUid: 'u1', containerId: 'c1' }))
    await clock.advance(60_000)
    note('i1')
    await isRead(2)
  })

  it('of a process that has just come up is not the container of the one before', async () => {
    thePod('c1')
    note('i1')
    await vi.waitFor(() => expect(identities.of('db-0')).toBeDefined())
    // The kubelet is late: it still tells of the old container when the new process answers.
    note('i2')
    await isRead(2)
    thePod('c2')
    await clock.advance(10_000)
    note('i2')
    await isRead(3)
    await vi.waitFor(() => expect(identities.of('db-0')).toEqual({ pod: 'db-0', podUid: 'u1' }))
    await clock.advance(10_000)
    note('i2')
    await vi.waitFor(() => expect(identities.of('db-0')).toMatchObject({ containerId: 'c2' }))
  })

  it('is taken over from the leader before, for the same run of the process in the same pod', async () => {
    thePod('c9')
    const before = { at: '2026-01-01T00:00:00.000Z', instance: 'i1', pod: 'db-0', podUid: 'u1', containerId: 'c1' }
    note('i1', before)
    expect(identities.of('db-0')).toEqual({ pod: 'db-0', podUid: 'u1', containerId: 'c1' })
    expect(api.requests).toHaveLength(0)
    note('i2', before)
    await vi.waitFor(() => expect(identities.of('db-0')).toEqual({ pod: 'db-0', podUid: 'u1' }))
  })

  it('is not that of another pod, which has taken its place since the watch last told', async () => {
    thePod('c1', 'u2')
    note('i1')
    await isRead(1)
    note('i1')
    await isRead(2)
    expect(identities.of('db-0')).toBeUndefined()
  })

  it('is not known of a member with two pods', () => {
    identities.note(
      { name: 'db-0', reach: { kind: 'answers' }, instance: 'i1' },
      [POD, { ...POD, name: 'x' }],
      undefined,
    )
    expect(identities.of('db-0')).toBeUndefined()
    expect(api.requests).toHaveLength(0)
  })
})
