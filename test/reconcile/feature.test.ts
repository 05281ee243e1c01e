// The loop of Features, on the sandbox's Kubernetes API: overrides end, demands of Guards that are gone go, status tells the truth.
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { patchStatus } from '../../controller/kube/apply.ts'
import type { EventNote } from '../../controller/kube/events.ts'
import { projectFeature } from '../../controller/kube/feature.ts'
import { deleteObject, getObject, listObjects, mergePatch } from '../../controller/kube/objects.ts'
import { FEATURES, GUARDS } from '../../controller/kube/resource-type.ts'
import { projectRaw } from '../../controller/kube/resources.ts'
import { type FeatureLoopDeps, reconcileFeature, startFeatureLoop } from '../../controller/reconcile/feature.ts'
import { createLogger } from '../../controller/record/log.ts'
import { NAMESPACE, useFlagRig } from '../flags/rig.ts'
import { manualClock } from '../runtime/manual-clock.ts'

const rig = useFlagRig()
const clock = manualClock()
const at = (ms: number) => new Date(clock.now() + ms).toISOString()

interface World extends FeatureLoopDeps {
  readonly recorded: EventNote[]
  readonly watch: { guardsSynced: boolean; leading: boolean }
}

/** What a leader sees that has just listed everything. */
async function look(): Promise<World> {
  const features = new Map((await listObjects(rig.client, FEATURES)).map((raw) => [nameOf(raw), projectFeature(raw)]))
  const guards = new Map((await listObjects(rig.client, GUARDS)).map((raw) => [nameOf(raw), projectRaw(raw)]))
  const recorded: EventNote[] = []
  const watch = { guardsSynced: true, leading: true }
  return {
    client: rig.client,
    clock,
    log: createLogger('silent'),
    features: {
      get: (key) => features.get(key),
      list: () => [...features.values()],
      byNamespace: () => [...features.values()],
      onChange: () => () => {},
    },
    guards: {
      get synced() {
        return watch.guardsSynced
      },
      get: (key) => guards.get(key),
      onChange: () => () => {},
    },
    events: { record: (event) => recorded.push(event) },
    isLeading: () => watch.leading,
    recorded,
    watch,
  }
}

function nameOf(raw: unknown): string {
  const { namespace, name } = projectRaw(raw)
  return `${namespace}/${name}`
}

const read = async (name: string) =>
  projectFeature(await getObject(rig.client, FEATURES, { namespace: NAMESPACE, name }))
const reconcile = async (name: string, world?: World) => {
  const seen = world ?? (await look())
  const result = await reconcileFeature(seen, `${NAMESPACE}/${name}`)
  return {
    result,
    told: seen.recorded.map(({ reason, note }) => `${reason}: ${note}`),
    status: (await read(name)).status,
  }
}

beforeAll(async () => {
  await rig.guard('checkout')
})

describe('a Feature', () => {
  it('that is new is Normal since now, and Accepted; looked at again, nothing is written', async () => {
    await rig.feature('fresh')
    const { status, told, result } = await reconcile('fresh')
    expect(status).toMatchObject({
      state: 'Normal',
      since: at(0),
      reason: 'No Guard asks for less',
      observedGeneration: 1,
      conditions: [{ type: 'Accepted', status: 'True', reason: 'SpecValid', observedGeneration: 1 }],
    })
    expect([told, result]).toEqual([[], {}])
    const { resourceVersion } = await read('fresh')
    await clock.advance(5_000)
    await reconcile('fresh')
    expect((await read('fresh')).resourceVersion).toBe(resourceVersion)
  })

  it('that has been overridden is so, by whom and until when, and is looked at again when that ends', async () => {
    await rig.feature('sale')
    await reconcile('sale')
    const until = at(60_000)
    await rig.patchFeature('sale', { override: { value: false, until, reason: 'the sale', by: 'alice' } })
    const { result, status, told } = await reconcile('sale')
    const reason = `the sale (alice, until ${until})`
    expect(status).toMatchObject({ state: 'Overridden', since: at(0), reason })
    expect(told).toEqual([`FeatureOverridden: Services are told false: ${reason}.`])
    expect(result.requeueAfterMs).toBeGreaterThanOrEqual(60_000)
    expect(result.requeueAfterMs).toBeLessThan(61_000)

    await clock.advance(60_000)
    const ended = await reconcile('sale')
    expect(ended.status).toMatchObject({ state: 'Normal', since: at(0) })
    expect(ended.told).toEqual(['FeatureOverrideEnded: The override has ended; the feature is Normal again.'])
    expect(ended.result).toEqual({})
    // The wish stays in the spec, for whoever owns that; it has no effect any more.
    expect((await read('sale')).spec?.override).toMatchObject({ by: 'alice' })
  })

  it('whose override is changed tells it again, and began when the first one did', async () => {
    await rig.feature('twice')
    const override = (reason: string) => ({ override: { value: false, until: at(90_000), reason, by: 'bob' } })
    await rig.patchFeature('twice', override('one'))
    const { status } = await reconcile('twice')
    await clock.advance(1_000)
    await rig.patchFeature('twice', override('two'))
    const again = await reconcile('twice')
    expect(again.told).toEqual([expect.stringMatching(/^FeatureOverridden: .* two \(bob/)])
    expect(again.status.since).toBe(status.since)
  })

  it('that is demanded while it is overridden is Degraded when the override ends', async () => {
    await rig.feature('both')
    await rig.patchFeature('both', { override: { value: true, until: at(1_000), reason: 'r', by: 'b' } })
    await demand('both', 'checkout')
    expect((await reconcile('both')).status).toMatchObject({ state: 'Overridden' })
    await clock.advance(1_000)
    const { status, told } = await reconcile('both')
    expect(status).toMatchObject({ state: 'Degraded', reason: 'checkout: slow', since: at(0) })
    expect(told).toEqual(['FeatureOverrideEnded: The override has ended; the feature is Degraded again.'])
  })

  it('with a fault says so once, and what can be used of it goes on', async () => {
    await rig.feature('faulty', { sheed: true })
    await demand('faulty', 'checkout')
    const { status, told } = await reconcile('faulty')
    expect(status.state).toBe('Degraded')
    expect(status.conditions).toMatchObject([{ type: 'Accepted', status: 'False', reason: 'SpecInvalid' }])
    expect(told).toEqual([expect.stringMatching(/^SpecRejected: spec\.sheed \(true\) is not a known field/)])
    expect((await reconcile('faulty')).told).toEqual([])
  })

  it('whose values are of two types says so, and its state is left as it was', async () => {
    await rig.feature('mixed', { normal: 'on' })
    const { status, told } = await reconcile('mixed')
    expect([status.state, told]).toEqual([
      undefined,
      ['SpecRejected: spec.degraded (false) is not of the type of spec.normal, which is "on": write text.'],
    ])
  })
})

const demand = (name: string, guard: string) =>
  patchStatus(
    rig.client,
    FEATURES,
    { namespace: NAMESPACE, name },
    { demandedBy: { [guard]: { since: at(0), reason: 'slow' } } },
  )

describe('the demand of a Guard', () => {
  it('that is there stays', async () => {
    await rig.feature('asked')
    await demand('asked', 'checkout')
    const { status, told } = await reconcile('asked')
    expect([status.state, told]).toEqual(['Degraded', []])
    expect(Object.keys(status.demandedBy ?? {})).toEqual(['checkout'])
  })

  it('that is gone is dropped, and only that', async () => {
    await rig.feature('left')
    await demand('left', 'gone')
    await demand('left', 'checkout')
    const { status, told } = await reconcile('left')
    expect([status.state, Object.keys(status.demandedBy ?? {})]).toEqual(['Degraded', ['checkout']])
    expect(told).toEqual([
      'FeatureDemandDropped: The Guard gone, which asked for less, is gone: its demand is dropped.',
    ])
    await mergePatch(
      rig.client,
      FEATURES,
      { namespace: NAMESPACE, name: 'left', subresource: 'status' },
      { status: { demandedBy: { checkout: null, gone: { since: at(0), reason: 'slow' } } } },
    )
    const last = await reconcile('left')
    expect([last.status.state, last.status.demandedBy]).toEqual(['Normal', undefined])
  })

  it('stays while the watch of Guards has not been listed', async () => {
    await rig.feature('early')
    await demand('early', 'gone')
    const world = await look()
    world.watch.guardsSynced = false
    expect((await reconcile('early', world)).status.state).toBe('Degraded')
  })

  it('stays when only the watch does not know the Guard yet', async () => {
    await rig.feature('lagging')
    await demand('lagging', 'late')
    const world = await look()
    await rig.guard('late')
    expect((await reconcile('lagging', world)).status.state).toBe('Degraded')
    await deleteObject(rig.client, GUARDS, { namespace: NAMESPACE, name: 'late' })
  })
})

it('a replica that does not lead writes nothing', async () => {
  await rig.feature('followed')
  const world = await look()
  world.watch.leading = false
  expect(await reconcile('followed', world)).toEqual({ result: {}, told: [], status: {} })
})

it('a Feature that changed since it was seen is left to the next look', async () => {
  await rig.feature('moved')
  const world = await look()
  await demand('moved', 'checkout')
  const { result, status, told } = await reconcile('moved', world)
  expect([result, status.state, told]).toEqual([{ requeueAfterMs: 200 }, undefined, []])
  expect((await reconcile('moved')).status.state).toBe('Degraded')
})

it('the loop looks at a Feature when it changes, and when a Guard that asked for it is deleted', async () => {
  await rig.feature('looped')
  await demand('looped', 'gone')
  const world = await look()
  const handlers: Record<'features' | 'guards', ((key: string, change: 'updated' | 'deleted') => void)[]> = {
    features: [],
    guards: [],
  }
  const listen = (kind: 'features' | 'guards') => (handler: (key: string, change: 'updated' | 'deleted') => void) => {
    handlers[kind].push(handler)
    return () => {}
  }
  const loop = startFeatureLoop({
    ...world,
    features: { ...world.features, onChange: listen('features') },
    guards: { synced: true, get: world.guards.get, onChange: listen('guards') },
  })
  for (const handler of handlers.guards) handler('shop/gone', 'deleted')
  await vi.waitFor(async () => expect((await read('looped')).status.state).toBe('Normal'))
  await loop.drain()
})
