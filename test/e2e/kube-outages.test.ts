// The reflector and the elector against a real API server that freezes, forgets, dies and comes back.
import { describe, expect, test, vi } from 'vitest'
import { applyObject, createIfAbsent } from '../../controller/kube/apply.ts'
import { textAt } from '../../controller/kube/json.ts'
import { createElector, type LeaderState } from '../../controller/kube/lease.ts'
import { createObject, deleteObject, getObject, listObjects } from '../../controller/kube/objects.ts'
import { createReflector, type ReflectorProblem } from '../../controller/kube/reflector.ts'
import { LEASES, PODS } from '../../controller/kube/resource-type.ts'
import { projectRaw } from '../../controller/kube/resources.ts'
import { watchObjects } from '../../controller/kube/watch.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { KubeError } from '../../controller/model/errors.ts'
import { failureOf } from '../kube/rig.ts'
import { NAMESPACE, soon, useKubeRig, WIDGETS } from './support/kube-rig.ts'

const rig = useKubeRig()

describe('when the API server goes away', () => {
  test('a frozen API server: requests end at their deadline, watch and lease notice, and all resume by themselves', async () => {
    const hasty = await rig.connect('admin', 500)
    const problems: ReflectorProblem[] = []
    const stop = new AbortController()
    const reflector = createReflector({
      client: hasty,
      type: WIDGETS,
      namespace: NAMESPACE,
      project: projectRaw,
      clock: systemClock,
      onProblem: (problem) => problems.push(problem),
      idleTimeoutMs: 1000,
      backoff: { baseMs: 50, maxMs: 200 },
    })
    const states: LeaderState[] = []
    const elector = createElector({
      client: hasty,
      namespace: NAMESPACE,
      name: 'frozen',
      identity: 'only',
      clock: systemClock,
      leaseMs: 3000,
      renewDeadlineMs: 1500,
      retryMs: 200,
      onError: () => undefined,
    })
    elector.onChange((state) => states.push(state))
    const running = [reflector.run(stop.signal), elector.run(stop.signal)]
    await reflector.whenSynced(AbortSignal.timeout(10_000))
    await vi.waitFor(() => expect(elector.isLeading()).toBe(true), soon)
    rig.plane.freezeApiServer()
    const startedAt = performance.now()
    const error = await failureOf(listObjects(hasty, PODS))
    expect(error.reason).toBe('DeadlineExceeded')
    expect(performance.now() - startedAt).toBeLessThan(2000)
    await vi.waitFor(() => expect(elector.state).toBe('lost-contact'), soon)
    await vi.waitFor(() => expect(problems.length).toBeGreaterThan(0), soon)
    rig.plane.thawApiServer()
    await vi.waitFor(() => expect(elector.state).toBe('leading'), soon)
    await createObject(rig.client, WIDGETS, { metadata: { namespace: NAMESPACE, name: 'after-thaw' }, spec: {} })
    await vi.waitFor(() => expect(reflector.get('default/after-thaw')).toBeDefined(), soon)
    stop.abort()
    await Promise.all(running)
    await elector.release()
    await hasty.close()
    expect(states).toEqual(['leading', 'lost-contact', 'leading', 'standby'])
  })

  test('history that is gone is answered with 410, in the stream', async () => {
    const events = watchObjects(rig.client, WIDGETS, {
      scope: {},
      resourceVersion: '1',
      clock: systemClock,
      idleTimeoutMs: 10_000,
      maxDurationMs: 10_000,
      signal: AbortSignal.timeout(20_000),
      onContact: () => undefined,
    })
    for await (const event of events) {
      expect(event.kind === 'error' && event.error.status).toBe(410)
      return
    }
    throw new Error('the watch ended without an event')
  })

  test('killed and started again: the reflector catches up, through a 410, and a leader leads again', async () => {
    const problems: ReflectorProblem[] = []
    const stop = new AbortController()
    const reflector = createReflector({
      client: rig.client,
      type: WIDGETS,
      project: projectRaw,
      clock: systemClock,
      onProblem: (problem) => problems.push(problem),
      backoff: { baseMs: 50, maxMs: 200 },
    })
    const elector = createElector({
      client: rig.client,
      namespace: NAMESPACE,
      name: 'restarted',
      identity: 'only',
      clock: systemClock,
      leaseMs: 3000,
      renewDeadlineMs: 1500,
      retryMs: 200,
      onError: () => undefined,
    })
    const running = [reflector.run(stop.signal), elector.run(stop.signal)]
    await createIfAbsent(rig.client, WIDGETS, { metadata: { namespace: NAMESPACE, name: 'doomed' }, spec: {} })
    await vi.waitFor(() => expect(reflector.get('default/doomed')).toBeDefined(), soon)
    // Writes elsewhere move the history on, past what a server that starts anew remembers.
    for (let i = 0; i < 5; i += 1) {
      await applyObject(rig.client, LEASES, { metadata: { namespace: NAMESPACE, name: `other-${i}` }, spec: {} })
    }
    await rig.plane.stopApiServer()
    await vi.waitFor(() => expect(elector.state).toBe('lost-contact'), soon)
    expect(reflector.problem).toBeDefined()
    expect(reflector.get('default/doomed')).toBeDefined()
    await rig.plane.startApiServer()
    await vi.waitFor(() => deleteObject(rig.client, WIDGETS, { namespace: NAMESPACE, name: 'doomed' }), soon)
    await vi.waitFor(
      () => createObject(rig.client, WIDGETS, { metadata: { namespace: NAMESPACE, name: 'risen' }, spec: {} }),
      soon,
    )
    await vi.waitFor(() => expect(reflector.get('default/risen')).toBeDefined(), soon)
    await vi.waitFor(() => expect(reflector.get('default/doomed')).toBeUndefined(), soon)
    await vi.waitFor(() => expect(elector.isLeading()).toBe(true), soon)
    const server = new Set((await listObjects(rig.client, WIDGETS)).map((raw) => projectRaw(raw).name))
    expect(new Set(reflector.list().map((object) => object.name))).toEqual(server)
    const reasons = problems.map(({ error }) =>
      error instanceof KubeError ? `${error.status} ${error.reason}` : String(error),
    )
    console.info(`what the reflector went through: ${[...new Set(reasons)].join(', ')}`)
    expect(reasons.some((reason) => reason.startsWith('410'))).toBe(true)
    stop.abort()
    await Promise.all(running)
    await elector.release()
  })
})

describe('leases', () => {
  test('one of two electors leads; a release hands over, and only then', async () => {
    const two = ['first', 'second'].map((identity) => {
      const stop = new AbortController()
      const elector = createElector({
        client: rig.client,
        namespace: NAMESPACE,
        name: 'contested',
        identity,
        clock: systemClock,
        leaseMs: 3000,
        renewDeadlineMs: 2000,
        retryMs: 200,
        onError: () => undefined,
      })
      return { elector, stop, running: elector.run(stop.signal) }
    })
    const leaders = () => two.filter(({ elector }) => elector.isLeading())
    await vi.waitFor(() => expect(leaders()).toHaveLength(1), soon)
    const [first] = leaders()
    const other = two.find((candidate) => candidate !== first)
    await vi.waitFor(() => expect(other?.elector.holder).toBe(first?.elector.holder), soon)
    const releasedAt = performance.now()
    await first?.elector.release()
    await vi.waitFor(() => expect(other?.elector.isLeading()).toBe(true), soon)
    const handover = performance.now() - releasedAt
    console.info(`handover after a release: ${handover.toFixed(0)} ms with a retry of 200 ms`)
    expect(handover).toBeLessThan(2500)
    const lease = await getObject(rig.client, LEASES, { namespace: NAMESPACE, name: 'contested' })
    expect(lease.spec).toMatchObject({
      holderIdentity: other?.elector.holder,
      leaseDurationSeconds: 3,
      leaseTransitions: 1,
    })
    expect(textAt(lease, 'spec', 'renewTime')).toMatch(/\.\d{6}Z$/)
    for (const { stop } of two) stop.abort()
    await Promise.all(two.map(({ running }) => running))
  })
})
