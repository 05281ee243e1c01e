// By what it is known that a process has ended, and by what it is not: this is what stands between one primary and two.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgePodEnd, runningContainer } from '../../../controller/act/failover/pod-end.ts'

const WHICH = { namespace: 'shop', pod: 'a', podUid: 'u1', containerId: 'c1' }
const running = (id?: string, name = 'db') => ({
  name,
  state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  ...(id && { containerID: id }),
})
const terminated = (id: string | undefined, inside = id) => ({
  name: 'db',
  state: { terminated: { reason: 'Error', ...(inside && { containerID: inside }) } },
  ...(id && { containerID: id }),
})
const pod = (containerStatuses: readonly object[], more: object = {}) => ({
  metadata: { uid: 'u1', ...more },
  status: { containerStatuses },
})

describe('a process has ended when', () => {
  it.each<[string, unknown, RegExp]>([
    ['its pod is gone', undefined, /^the pod a is gone$/],
    [
      'another pod has its name',
      { metadata: { uid: 'u2' }, status: { containerStatuses: [running('c1')] } },
      /replaced/,
    ],
    ['its container has terminated', pod([terminated('c1')]), /has terminated/],
    ['the kubelet leaves the id out of the state', pod([terminated('c1', undefined)]), /has terminated/],
    [
      'it was the run before this one',
      pod([{ ...running('c2'), lastState: { terminated: { containerID: 'c1' } } }]),
      /has terminated/,
    ],
    [
      'it was a run long before',
      pod([{ ...running('c9'), lastState: { terminated: { containerID: 'c8' } } }]),
      /another container/,
    ],
    [
      'it waits to be started anew',
      pod([
        { name: 'db', containerID: 'c1', state: { waiting: {} }, lastState: { terminated: { containerID: 'c1' } } },
      ]),
      /has terminated/,
    ],
  ])('%s', (_, raw, why) => {
    expect(judgePodEnd(WHICH, raw)).toEqual({ kind: 'ended', why: expect.stringMatching(why) })
  })
})

describe('it is not known to have ended when', () => {
  it.each<[string, unknown]>([
    ['it runs', pod([running('c1')])],
    ['it runs beside another that has terminated', pod([running('c1'), { ...terminated('c0'), name: 'sidecar' }])],
    ['the kubelet has told of no container', pod([])],
    ['nothing is told of status', { metadata: { uid: 'u1' } }],
    [
      'a container has no id yet, which could be ours',
      pod([{ name: 'db', state: { waiting: { reason: 'PodInitializing' } } }]),
    ],
    ['only one of two has another id', pod([running('c2'), { name: 'sidecar', state: { waiting: {} } }])],
  ])('%s', (_, raw) => {
    expect(judgePodEnd(WHICH, raw)).toMatchObject({ kind: 'runs', terminating: false })
  })

  it('its container is not known, whatever the containers do, and its pod is still there', () => {
    const which = { ...WHICH, containerId: undefined }
    expect(judgePodEnd(which, pod([terminated('c1')]))).toMatchObject({ kind: 'runs' })
    expect(judgePodEnd(which, pod([], { deletionTimestamp: '2026-01-01T00:00:00Z' }))).toMatchObject({
      terminating: true,
    })
  })

  it('a container of this id runs, whatever the others are', () => {
    const others = fc.array(
      fc.constantFrom(running('c2', 'x'), running(undefined, 'y'), { ...terminated('c3'), name: 'z' }),
    )
    fc.assert(
      fc.property(others, others, (before, after) => {
        expect(judgePodEnd(WHICH, pod([...before, running('c1'), ...after])).kind).toBe('runs')
      }),
    )
  })
})

describe('the container that runs now', () => {
  const spec = {
    containers: [
      { name: 'exporter', ports: [{ containerPort: 9121 }] },
      { name: 'db', ports: [{ containerPort: 6379 }] },
    ],
  }
  const status = { containerStatuses: [running('c1'), running('e1', 'exporter')] }
  it.each([
    ['is that which listens on the port', { spec, status }, 6379, 'c1'],
    ['is the first one when none says that it does', { spec, status }, 5432, 'e1'],
    [
      'is not known while it does not run',
      { spec, status: { containerStatuses: [terminated('c1')] } },
      6379,
      undefined,
    ],
    ['is not known of a pod without status', { spec }, 6379, undefined],
  ])('%s', (_, raw, port, id) => {
    expect(runningContainer(raw, port)).toBe(id)
  })
})
