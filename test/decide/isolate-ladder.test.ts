// Isolation among the other remedies: a bad pod goes first, others wait for its effect, and it is no step of the ladder.
import { describe, expect, it } from 'vitest'
import type { IsolateInput } from '../../controller/decide/remedies/isolate.ts'
import type { Pod } from '../../controller/model/workload.ts'
import { aFeature, CALM, guardSpec, known, ladderWorld, SLOW } from './ladder-world.ts'

const REMEDIES = [
  { degrade: { effectWithin: '5s', cooldown: '1s' } },
  { isolate: { effectWithin: '8s', ejectFor: '30s' } },
]
const pods = ['a', 'b', 'c', 'd'].map(
  (name): Pod => ({
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    labels: {},
    phase: 'Running',
    podIP: undefined,
    ready: true,
    terminating: false,
    containers: [],
  }),
)
const isolation: IsolateInput = {
  pods,
  isolations: [],
  convicted: [{ pod: 'shop/b', evidence: 'shop/b fails' }],
  seen: [],
}
const FEATURES = [aFeature('reviews', 'Sheddable')]
const gist = (decision: ReturnType<ReturnType<typeof ladderWorld>['step']>) =>
  decision && `${decision.verdict} ${decision.command.kind}`

describe('a pod that is clearly bad', () => {
  it('goes while no limit is passed, though the remedy stands last', () => {
    const world = ladderWorld(guardSpec(REMEDIES), { features: FEATURES })
    expect(gist(world.step(CALM, { isolation }))).toBe('act isolate')
    expect(world.acts).toMatchObject([{ remedy: 'isolate', field: 'Pod/b serving', rung: 1, from: 1, to: 0 }])
  })

  it('goes before anything else on a breach, and the others wait for its effect', () => {
    const world = ladderWorld(guardSpec(REMEDIES), { features: FEATURES })
    expect(gist(world.step(SLOW, { isolation }))).toBe('act isolate')
    expect(world.run(7, SLOW)).toEqual([])
    expect(world.run(1, SLOW)).toEqual(['1 reviews off'])
  })

  it('went before its errors were a breach: the others wait all the same', () => {
    const world = ladderWorld(guardSpec(REMEDIES), { features: FEATURES })
    world.step(CALM, { isolation })
    expect(world.run(7, SLOW)).toEqual([])
    expect(world.run(1, SLOW)).toEqual(['1 reviews off'])
  })

  it('and can not go, does not keep the others from it', () => {
    const world = ladderWorld(guardSpec(REMEDIES), { features: FEATURES })
    expect(gist(world.step(SLOW, { isolation, barred: 1 }))).toBe('act feature')
  })

  it('does not go in Observe, which says that it would', () => {
    const world = ladderWorld(guardSpec(REMEDIES, { mode: 'Observe' }), { features: FEATURES })
    expect(gist(world.step(CALM, { isolation }))).toBe('would isolate')
    expect(world.acts).toEqual([])
  })

  it('lets load have its replicas meanwhile', () => {
    const scale = { scale: { min: 2, max: 9, perReplica: { rps: 100 }, effectWithin: '5s', cooldown: '0s' } }
    const world = ladderWorld(guardSpec([...REMEDIES, scale]), { features: FEATURES })
    world.step({ ...CALM, rps: known(290) }, { isolation })
    expect(world.run(1, { ...CALM, rps: known(290) })).toEqual(['1 replicas 2→3'])
  })
})

describe('a pod that goes and comes back', () => {
  it('is no step of the ladder: what was shed comes back as if nothing were', () => {
    const [with_, without] = [true, false].map((isolates) => {
      const world = ladderWorld(guardSpec(REMEDIES), { features: FEATURES })
      world.run(2, SLOW)
      const told = world.run(16, CALM)
      if (isolates) world.step(CALM, { isolation })
      else world.step(CALM)
      return [...told, ...world.run(30, CALM)]
    })
    expect(with_).toEqual(without)
    expect(without?.some((one) => one.endsWith('reviews on'))).toBe(true)
  })

  it('leaves nothing to try when no pod is worse than the others', () => {
    const world = ladderWorld(guardSpec([{ isolate: {} }]))
    world.step(SLOW, { isolation: { ...isolation, convicted: [] } })
    expect(world.last?.exhausted).toBe('p99 latency past the limit with no pod clearly worse than the others')
  })
})
