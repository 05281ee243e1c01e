// The ladder by example: what is tried first, when the next is tried, and how it is all taken back.
import { describe, expect, it } from 'vitest'
import { aFeature, CALM, guardSpec, known, ladderWorld, SLOW, START, unseen } from './ladder-world.ts'

const DEGRADE = { degrade: { effectWithin: '5s', cooldown: '1s' } }
const SCALE = { scale: { min: 2, max: 8, perReplica: { rps: 100 }, effectWithin: '20s', cooldown: '2s' } }
const FEATURES = [
  aFeature('reviews', 'SheddablePlus'),
  aFeature('tips', 'Sheddable'),
  aFeature('search', 'SheddablePlus'),
  aFeature('checkout', 'Critical'),
  aFeature('payment', 'CriticalPlus'),
]

describe('climbing', () => {
  it('sheds the lowest tier first, gives it its time, and goes on to the next remedy when it did not help', () => {
    const world = ladderWorld(guardSpec([DEGRADE, SCALE]), { features: FEATURES })
    expect(world.run(7, SLOW)).toEqual(['1 tips off', '6 replicas 2→3'])
    expect(world.acts[0]).toMatchObject({
      field: 'Feature/tips',
      rung: 0,
      verdict: 'NotImproved',
      effect: [{ limit: 'latency', before: 2, after: 2, threshold: 0.5 }],
    })
  })

  it('goes on with the same remedy when it helped, but not enough', () => {
    const world = ladderWorld(guardSpec([DEGRADE, SCALE]), { features: FEATURES })
    const better = { ...CALM, latencyP99: known(1) }
    world.run(1, SLOW)
    expect(world.run(6, better)).toEqual(['5 reviews+search off'])
    expect(world.acts[0]).toMatchObject({ verdict: 'Improved', effect: [{ before: 2, after: 1 }] })
  })

  it('stops where it helped: an act is judged as soon as all is well', () => {
    const world = ladderWorld(guardSpec([DEGRADE, SCALE]), { features: FEATURES })
    world.run(1, SLOW)
    expect(world.run(3, CALM)).toEqual([])
    expect(world.acts[0]).toMatchObject({ verdict: 'Improved', judgedAt: new Date(START + 2000).toISOString() })
    expect(world.off).toEqual(['tips'])
  })

  it('comes back to what has something left when all have failed once, and is exhausted only when none has', () => {
    const spec = guardSpec([DEGRADE, { scale: { ...SCALE.scale, max: 3 } }])
    const world = ladderWorld(spec, { features: FEATURES })
    expect(world.run(32, SLOW)).toEqual(['1 tips off', '6 replicas 2→3', '26 reviews+search off'])
    expect(world.last?.exhausted).toBe(
      'p99 latency past the limit with no feature left to switch off, at the maximum of 3 replicas',
    )
    expect(world.off).not.toContain('checkout')
  })

  it('is not exhausted while the last act may still show', () => {
    const world = ladderWorld(guardSpec([DEGRADE]), { features: [aFeature('tips', 'Sheddable')] })
    world.run(5, SLOW)
    expect(world.last?.exhausted).toBeUndefined()
    world.run(1, SLOW)
    expect(world.last?.exhausted).toMatch(/no feature left/)
  })

  it('scales at once for load alone, wherever scale stands, and sheds nothing for it', () => {
    const world = ladderWorld(guardSpec([DEGRADE, SCALE]), { features: FEATURES })
    expect(world.run(3, { ...CALM, rps: known(450) })).toEqual(['1 replicas 2→5'])
  })

  it('sheds first and scales a cooldown later when load comes with other trouble: the order decides', () => {
    const trouble = { ...SLOW, rps: known(450) }
    const shedFirst = ladderWorld(guardSpec([DEGRADE, SCALE]), { features: FEATURES })
    expect(shedFirst.run(4, trouble)).toEqual(['1 tips off', '3 replicas 2→5'])
    const scaleFirst = ladderWorld(guardSpec([SCALE, DEGRADE]), { features: FEATURES })
    expect(scaleFirst.run(4, trouble)).toEqual(['1 replicas 2→5'])
  })

  it('passes over a remedy whose act the API refuses', () => {
    const world = ladderWorld(guardSpec([DEGRADE, SCALE]), { features: FEATURES })
    world.step(SLOW, { fails: true })
    expect(world.run(2, SLOW)).toEqual(['2 replicas 2→3'])
  })

  it('passes over a remedy that an interlock bars for longer, and asks for it again when there is no other', () => {
    const world = ladderWorld(guardSpec([SCALE, DEGRADE]), { features: [aFeature('tips', 'Sheddable')] })
    world.step(SLOW, { barred: 0 })
    expect(world.off).toEqual(['tips'])
    for (let second = 0; second < 5; second++) world.step(SLOW, { barred: 0 })
    expect(world.last?.proposal).toMatchObject({ remedy: 'scale' })
  })

  it('does nothing on what is not seen', () => {
    const world = ladderWorld(guardSpec([DEGRADE, SCALE]), { features: FEATURES })
    world.run(1, SLOW)
    expect(world.run(60, { ...CALM, latencyP99: unseen })).toEqual([])
    expect(world.off).toEqual(['tips'])
  })
})

describe('shedding', () => {
  const labels = { 'evenkeel.dev/dependency': 'reviews-db' }
  const features = [aFeature('a', 'Sheddable'), aFeature('b', 'Sheddable', { labels }), aFeature('c', 'SheddablePlus')]

  it('begins with those of the tier that need the suspected dependency', () => {
    const world = ladderWorld(guardSpec([DEGRADE]), { features })
    world.step(SLOW, { suspect: 'reviews-db' })
    expect(world.off).toEqual(['b'])
  })

  it('takes the whole tier when none of it needs the suspected one', () => {
    const world = ladderWorld(guardSpec([DEGRADE]), { features })
    world.step(SLOW, { suspect: 'queue' })
    expect(world.off).toEqual(['a', 'b'])
  })

  it('leaves alone what a person has overridden', () => {
    const overridden = aFeature('a', 'Sheddable', { overriddenUntil: START + 60_000 })
    const world = ladderWorld(guardSpec([DEGRADE]), { features: [overridden, ...features.slice(1)] })
    world.step(SLOW)
    expect(world.off).toEqual(['b'])
  })

  it('takes only what the selector and the tiers of the remedy name', () => {
    const remedy = {
      degrade: { tiers: ['SheddablePlus'], selector: { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] } },
    }
    const more = aFeature('d', 'SheddablePlus', { labels: { x: '1' } })
    const world = ladderWorld(guardSpec([remedy]), { features: [...features, more] })
    world.step(SLOW)
    expect(world.off).toEqual(['c'])
  })
})

describe('taking back', () => {
  it('goes down in reverse, one at a time, each after all has been calm for the release time', () => {
    const world = ladderWorld(guardSpec([DEGRADE]), { features: FEATURES })
    expect(world.run(6, SLOW)).toEqual(['1 tips off', '6 reviews+search off'])
    // 10 s to release the breach, and 10 s of calm before each step.
    expect(world.run(60, CALM)).toEqual(['21 search on', '31 reviews on', '41 tips on'])
    expect(world.off).toEqual([])
    expect(world.state.since).toBeUndefined()
  })

  it('lets fewer replicas come first when scale stands above, and does not wait for it while the load needs them', () => {
    const busy = { ...CALM, rps: known(290) }
    const world = ladderWorld(guardSpec([DEGRADE, SCALE]), { features: [aFeature('tips', 'Sheddable')], replicas: 3 })
    expect(world.run(8, { ...SLOW, rps: known(290) })).toEqual(['1 tips off', '6 replicas 3→5'])
    // 4 are enough to keep the load below 80 %: it goes back to those, and then the feature comes back, under load.
    expect(world.run(60, busy)).toEqual(['21 replicas 5→4', '31 tips on'])
  })

  it('waits twice as long after a step that had to be taken back, and forgets that after a long calm', () => {
    const world = ladderWorld(guardSpec([DEGRADE]), { features: [aFeature('tips', 'Sheddable')] })
    expect(world.run(1, SLOW)).toEqual(['1 tips off'])
    expect(world.run(22, CALM)).toEqual(['21 tips on'])
    expect(world.run(2, SLOW)).toEqual(['1 tips off'])
    expect(world.state.relapses).toBe(1)
    expect(world.run(60, CALM)).toEqual(['31 tips on'])
    world.run(30, CALM)
    expect(world.state.relapses).toBe(0)
  })

  it('does not count a breach as its fault that comes long after', () => {
    const world = ladderWorld(guardSpec([DEGRADE]), { features: [aFeature('tips', 'Sheddable')] })
    world.run(1, SLOW)
    world.run(60, CALM)
    world.run(1, SLOW)
    expect(world.state.relapses).toBe(0)
  })

  it('gives back first what no remedy names any more', () => {
    const spec = guardSpec([{ degrade: { tiers: ['Sheddable'], effectWithin: '5s', cooldown: '1s' } }])
    const world = ladderWorld(guardSpec([DEGRADE]), { features: FEATURES })
    world.run(6, SLOW)
    const after = ladderWorld(spec, { features: world.features })
    expect(after.run(60, CALM)).toEqual(['11 search on', '21 reviews on', '31 tips on'])
  })
})

describe('a limit on a flow', () => {
  const limit = { flow: 'browse', floor: 10, effectWithin: '5s', cooldown: '1s' }
  const busy = (rps: number, more = {}) => ({ ...CALM, rps: known(rps), ...more })

  it('is imposed from the declared baseline and the ready replicas', () => {
    const world = ladderWorld(guardSpec([{ limit: { ...limit, baseline: 40 } }]))
    expect(world.run(1, busy(500, { latencyP99: known(2) }))).toEqual(['1 browse 0→80'])
  })

  it('begins where it takes effect when less load than that is too much', () => {
    const world = ladderWorld(guardSpec([{ limit: { ...limit, baseline: 400 } }]))
    expect(world.run(1, busy(100, { latencyP99: known(2) }))).toEqual(['1 browse 0→90'])
  })

  it('is imposed from the highest load that went well for long enough to believe it', () => {
    const world = ladderWorld(guardSpec([{ limit }]))
    world.run(30, busy(100))
    world.run(3, busy(900))
    expect(world.state.baseline).toMatchObject({ rps: 50 })
    expect(world.run(1, busy(900, { latencyP99: known(2) }))).toEqual(['1 browse 0→100'])
  })

  it('is not imposed while no baseline is known, and says so', () => {
    const world = ladderWorld(guardSpec([{ limit }]))
    expect(world.run(1, busy(500, { latencyP99: known(2) }))).toEqual([])
    expect(world.last?.exhausted).toBe('p99 latency past the limit with no baseline known to limit browse by')
  })

  it('is lowered on a breach once for each window, and never below its floor', () => {
    const world = ladderWorld(guardSpec([{ limit: { ...limit, baseline: 50, floor: 60 } }]))
    world.run(1, busy(100, { latencyP99: known(2) }))
    expect(world.flows[0]?.limit).toBe(90)
    world.run(1, busy(100, { latencyP99: known(2) }))
    expect(world.flows[0]?.limit).toBe(81)
    world.run(4, busy(100, { latencyP99: known(2) }))
    expect(world.flows[0]?.limit).toBe(81)
    world.run(60, busy(100, { latencyP99: known(2) }))
    expect(world.flows[0]?.limit).toBe(60)
  })

  it('grows while at least half of it is used, and is widened and then lifted when all is calm', () => {
    const world = ladderWorld(guardSpec([{ limit: { ...limit, baseline: 50 } }]))
    world.run(1, busy(100, { latencyP99: known(2) }))
    world.run(12, busy(20))
    expect(world.flows[0]?.limit).toBe(90)
    const told = world.run(60, busy(20))
    expect(told).toEqual(['9 browse 90→0'])
    expect(world.flows).toEqual([])
  })
})

describe('the baseline of a replica', () => {
  const world = () => ladderWorld(guardSpec([{ limit: { flow: 'browse', floor: 1 } }]))
  const at = (rps: number, more = {}) => ({ ...CALM, rps: known(rps), ...more })

  it('falls below the load at which latency is passed: the cache may have died', () => {
    const learned = world()
    learned.run(20, at(1000))
    expect(learned.state.baseline?.rps).toBe(500)
    learned.step(at(100, { latencyP99: known(2) }))
    expect(learned.state.baseline?.rps).toBe(45)
  })

  it('is forgotten slowly: half of it in two weeks', () => {
    const learned = world()
    learned.run(20, at(1000))
    for (let hour = 0; hour < 14 * 24; hour++) learned.step(at(10), { afterMs: 3_600_000 })
    expect(learned.state.baseline?.rps).toBeGreaterThan(240)
    expect(learned.state.baseline?.rps).toBeLessThan(270)
  })

  it('is not learned from what is only partly seen', () => {
    const learned = world()
    learned.run(20, at(0, { rps: { kind: 'ok', value: 1000, missing: '1 of 2 pods' } }))
    expect(learned.state.baseline).toBeUndefined()
  })
})

describe('what is said of it', () => {
  it('names the rung, what each remedy has done, and what is waited for', () => {
    const world = ladderWorld(guardSpec([DEGRADE, SCALE]), { features: FEATURES })
    world.run(1, SLOW)
    expect(world.standing()).toEqual({
      rung: 1,
      why: 'Waits until 2026-01-01T12:00:06.000Z for the effect of degrade',
      rungs: [
        { remedy: 'degrade', state: 'Waiting', text: 'tips off, 2 on' },
        { remedy: 'scale', state: 'Unused', text: '2 replicas of 2 to 8' },
      ],
    })
    world.run(7, SLOW)
    expect(world.standing()).toMatchObject({
      rung: 2,
      rungs: [{ state: 'InUse', text: 'tips off, 2 on; the last step did not help' }, { state: 'Waiting' }],
    })
    world.run(19, CALM)
    expect(world.standing().why).toBe('Takes one step back each time all has been calm for 10 s')
  })
})
