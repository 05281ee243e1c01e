// The ladder whatever happens: what holds for any service, any readings, any faults, at any moment.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mostReplicas, podsOfSurge } from '../../controller/decide/connections.ts'
import type { Decision } from '../../controller/model/command.ts'
import { type StoredFeature, TIERS, type Tier } from '../../controller/model/feature.ts'
import type { Observation, Observations } from '../../controller/model/signal.ts'
import type { Surge } from '../../controller/model/workload.ts'
import {
  type Around,
  aFeature,
  guardSpec,
  known,
  type LadderWorld,
  ladderWorld,
  START,
  unseen,
} from './ladder-world.ts'

const COOLDOWN_MS = 4_000
const CONNECTIONS = { perReplica: 5, max: 60, reserved: 7 }
const BUDGET = { actions: 4, perMs: 60_000 }
const times = { effectWithin: '5s', cooldown: '4s' }
const REMEDIES = {
  degrade: { degrade: times },
  lowTier: { degrade: { ...times, tiers: ['Sheddable'] } },
  limit: { limit: { ...times, flow: 'browse', floor: 20, ceiling: 300 } },
  gradient: { limit: { ...times, flow: 'search', floor: 20, baseline: 50, algorithm: 'Gradient2' } },
  scale: { scale: { ...times, min: 1, max: 12, perReplica: { rps: 100 }, connections: CONNECTIONS } },
} as const

const remedies = fc.shuffledSubarray(Object.values(REMEDIES), { minLength: 1 })
const feature = fc.record({
  tier: fc.constantFrom<Tier>(...TIERS),
  isOverridden: fc.constantFrom(true, false, false, false),
  isDependent: fc.boolean(),
})
const features = fc.array(feature, { maxLength: 7 }).map((all) =>
  all.map(({ tier, isOverridden, isDependent }, index) =>
    aFeature(`f${index}`, tier, {
      labels: isDependent ? { 'evenkeel.dev/dependency': 'db' } : {},
      ...(isOverridden ? { overriddenUntil: START + 60_000 } : {}),
    }),
  ),
)

const value = (most: number): fc.Arbitrary<Observation> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: 0, max: most, noNaN: true }).map(known) },
    { weight: 1, arbitrary: fc.constant(unseen) },
    { weight: 1, arbitrary: fc.constant<Observation>({ kind: 'ok', value: most / 4, missing: '1 of 3 pods' }) },
  )
const anything: fc.Arbitrary<Observations> = fc.record({
  rps: value(2000),
  errors: value(0.1),
  latencyP50: value(0.4),
  latencyP99: value(1),
  cpu: value(1.2),
})
const well: Observations = {
  rps: known(40),
  errors: known(0),
  latencyP50: known(0.1),
  latencyP99: known(0.1),
  cpu: known(0.1),
}
const slow: Observations = { ...well, latencyP50: known(0.4), latencyP99: known(0.9) }
/** Weather lasts: some readings of one kind after another, so that rungs are climbed and taken back. */
const spell = fc.record({
  reading: fc.oneof(anything, fc.constant(slow)),
  lasts: fc.integer({ min: 1, max: 30 }),
  afterMs: fc.integer({ min: 200, max: 2_500 }),
  ready: fc.integer({ min: 0, max: 12 }),
  terminating: fc.integer({ min: 0, max: 6 }),
  surge: fc.oneof(
    fc.constant(undefined),
    fc.integer({ min: 1, max: 4 }).map((pods): Surge => ({ pods })),
    fc.integer({ min: 1, max: 100 }).map((percent): Surge => ({ ratio: percent / 100 })),
  ),
  fails: fc.boolean(),
  suspect: fc.constantFrom('db', 'queue'),
})
type Spell = typeof spell extends fc.Arbitrary<infer T> ? T : never
const recovery = spell.map((one) => ({ ...one, reading: well, lasts: 40, afterMs: 1_500, fails: false }))
const weather = fc.array(fc.oneof(spell, recovery), { minLength: 2, maxLength: 8 })

function specOf(chosen: readonly object[]) {
  return guardSpec(chosen, { budget: { actions: BUDGET.actions, per: '60s' } })
}

/** Every reading in turn; `look` sees each moment, before it as `was`. */
function play(world: LadderWorld, spells: readonly Spell[], look: (moment: Moment) => void): void {
  for (const { reading, lasts, ...around } of spells) {
    for (let count = 0; count < lasts; count++) {
      const was = { features: world.features, replicas: world.replicas }
      const decision = world.step(reading, around)
      look({ world, was, decision, around })
    }
  }
}
interface Moment {
  readonly world: LadderWorld
  readonly was: { readonly features: readonly StoredFeature[]; readonly replicas: number }
  readonly decision: Decision | undefined
  readonly around: Around
}

const isOff = ({ status }: StoredFeature) => status.demandedBy?.checkout !== undefined
const rankOf = ({ spec }: StoredFeature) => (spec === undefined ? -1 : TIERS.indexOf(spec.tier))

function whatever(look: (moment: Moment) => void, runs = 120): void {
  fc.assert(
    fc.property(remedies, features, weather, fc.integer({ min: 1, max: 8 }), (chosen, given, spells, replicas) => {
      play(ladderWorld(specOf(chosen), { features: given, replicas }), spells, look)
    }),
    { numRuns: runs },
  )
}

/** Counts, so that a property that never met its case is noticed. */
function counted(look: (moment: Moment, count: () => void) => void): void {
  let times = 0
  whatever((moment) => look(moment, () => times++))
  expect(times).toBeGreaterThan(5)
}

describe('whatever happens', () => {
  it('tiers are shed in order: none while a lower one has any left', () => {
    counted(({ was, decision, world }, count) => {
      if (decision?.verdict !== 'act' || decision.command.kind !== 'feature' || decision.command.to !== 0) return
      const names = decision.command.features.map(({ name }) => name)
      const shed = was.features.filter(({ name }) => names.includes(name))
      const lowest = Math.min(...shed.map(rankOf))
      expect(new Set(shed.map(rankOf)).size).toBe(1)
      const left = was.features.filter((one) => !isOff(one) && rankOf(one) < lowest)
      expect(left.filter(({ spec }) => (spec?.override?.until ?? 0) <= world.now)).toEqual([])
      count()
    })
  })

  it('features come back in the reverse order, one at a time', () => {
    counted(({ was, decision }, count) => {
      if (decision?.verdict !== 'act' || decision.command.kind !== 'feature' || decision.command.to !== 1) return
      const [restored, ...others] = decision.command.features
      expect(others).toEqual([])
      const held = was.features.filter(isOff)
      const one = held.find(({ name }) => name === restored?.name)
      expect(one && rankOf(one)).toBe(Math.max(...held.map(rankOf)))
      count()
    })
  })

  it('Critical and CriticalPlus are never shed, nor what a person has overridden', () => {
    counted(({ was, world }, count) => {
      const before = new Set(was.features.filter(isOff).map(({ name }) => name))
      for (const one of world.features.filter((each) => isOff(each) && !before.has(each.name))) {
        expect(['Sheddable', 'SheddablePlus']).toContain(one.spec?.tier)
        expect(one.spec?.override?.until ?? 0).toBeLessThanOrEqual(world.now)
        count()
      }
    })
  })

  it('nothing is climbed and taken back within one cooldown', () => {
    let last: { at: number; world: LadderWorld; direction: string } | undefined
    counted(({ decision, world }, count) => {
      if (decision?.verdict !== 'act') return
      const { direction } = decision.proposal
      if (last?.world === world && last.direction !== direction) {
        expect(world.now - last.at).toBeGreaterThanOrEqual(COOLDOWN_MS)
        count()
      }
      last = { at: world.now, world, direction }
    })
  })

  it('a scale-out never exceeds the connections, whatever surge and ending pods there are', () => {
    counted(({ decision, around, was }, count) => {
      if (decision?.verdict !== 'act' || decision.command.kind !== 'scale') return
      const { to } = decision.command
      if (to <= was.replicas) return
      const pods = to + podsOfSurge(around.surge, to) + (around.terminating ?? 0)
      expect(pods * CONNECTIONS.perReplica).toBeLessThanOrEqual(CONNECTIONS.max - CONNECTIONS.reserved)
      count()
    })
  })

  it('nothing is taken back, and no replica taken away, on what is not seen', () => {
    whatever(({ decision, world }) => {
      if (world.assessment?.blind.length === 0) return
      expect(decision?.verdict === 'act' ? decision.proposal.direction : 'up').toBe('up')
    })
  })

  it('the budget is never exceeded in any window', () => {
    counted(({ world }, count) => {
      const steps = [...new Set(world.acts.map(({ at, remedy }) => `${at} ${remedy}`))].map((one) =>
        Date.parse(one.split(' ')[0] ?? ''),
      )
      const within = steps.filter((at) => at > world.now - BUDGET.perMs)
      expect(within.length).toBeLessThanOrEqual(BUDGET.actions)
      if (within.length === BUDGET.actions) count()
    })
  })

  it('a limit stays within its floor and ceiling', () => {
    counted(({ world }, count) => {
      for (const { flow, limit } of world.flows) {
        expect(limit).toBeGreaterThanOrEqual(20)
        if (flow === 'browse') expect(limit).toBeLessThanOrEqual(300)
        count()
      }
    })
  })

  it('a limit does not grow while less than half of it is used', () => {
    let before: { world: LadderWorld; limits: ReadonlyMap<string, number> } | undefined
    whatever(({ world, decision }) => {
      const limits = new Map(world.flows.map(({ flow, limit }) => [flow, limit]))
      const { rps } = world.assessment?.observations ?? {}
      for (const [flow, limit] of limits) {
        const was = before?.world === world ? before.limits.get(flow) : undefined
        const isStep = decision?.verdict === 'act' && decision.command.kind === 'limit'
        if (was === undefined || isStep || rps?.kind !== 'ok' || rps.value >= was / 2) continue
        expect(limit).toBeLessThanOrEqual(was)
      }
      before = { world, limits }
    })
  })

  it('a successor that has only what status keeps decides the same, wherever the run is cut', () => {
    fc.assert(
      fc.property(
        remedies,
        features,
        weather,
        fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 4 }),
        (chosen, given, spells, cuts) => {
          const trail = (cutAt: readonly number[]) => {
            const told: unknown[] = []
            let moment = 0
            const world = ladderWorld(specOf(chosen), { features: given })
            play(world, spells, ({ decision }) => {
              const { flows, replicas, off } = world
              told.push({ verdict: decision?.verdict, proposal: decision?.proposal, flows, replicas, off })
              if (cutAt.includes(moment++)) world.succeed()
            })
            return { told, acts: world.acts, exhausted: world.last?.exhausted }
          }
          expect(trail(cuts)).toEqual(trail([]))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('everything comes back once all is well for long', () => {
    fc.assert(
      fc.property(remedies, features, weather, (chosen, given, spells) => {
        const world = ladderWorld(specOf(chosen), { features: given })
        play(world, spells, () => {})
        // Steps wait at most 32 times the release time, and the budget is four an hour here: a minute.
        for (let tick = 0; tick < 1_500; tick++) world.step(well, { afterMs: 5_000 })
        expect(world.off).toEqual([])
        expect(world.flows).toEqual([])
        expect(world.state).toMatchObject({ since: undefined, restoredAt: undefined, relapses: 0 })
      }),
      { numRuns: 25 },
    )
  })
})

describe('the most replicas that there are connections for', () => {
  it('is the largest number that fits, and nothing when the numbers can not be right', () => {
    fc.assert(
      fc.property(
        fc.record({
          perReplica: fc.integer({ min: 1, max: 50 }),
          max: fc.nat({ max: 1000 }),
          reserved: fc.nat({ max: 1000 }),
        }),
        spell,
        (budget, { surge, terminating }) => {
          const most = mostReplicas({ budget, surge, terminating })
          const fits = (replicas: number) =>
            (replicas + podsOfSurge(surge, replicas) + terminating) * budget.perReplica <= budget.max - budget.reserved
          if (most > 0) expect(fits(most)).toBe(true)
          expect(fits(most + 1)).toBe(false)
        },
      ),
    )
    const odd = { surge: undefined, terminating: 0 }
    expect(mostReplicas({ ...odd, budget: { perReplica: 0, max: 100, reserved: 0 } })).toBe(0)
    expect(mostReplicas({ ...odd, budget: { perReplica: Number.NaN, max: 100, reserved: 0 } })).toBe(0)
    expect(mostReplicas({ ...odd, budget: { perReplica: 5, max: Number.NaN, reserved: 0 } })).toBe(0)
    expect(mostReplicas({ ...odd, budget: { perReplica: 5, max: 100, reserved: -50 } })).toBe(0)
    expect(mostReplicas({ ...odd, budget: { perReplica: 5, max: 100, reserved: Number.NaN } })).toBe(0)
  })

  it.each<[string, Surge | undefined, number, number]>([
    ['without a surge', undefined, 0, 10],
    ['with pods of a surge', { pods: 2 }, 0, 8],
    ['with a share of a surge, rounded up', { ratio: 0.25 }, 0, 8],
    ['with pods that are ending', undefined, 3, 7],
    ['with both', { ratio: 0.25 }, 3, 5],
  ])('is, of 20 each and 210 less 10 reserved, %s', (_, surge, terminating, most) => {
    expect(mostReplicas({ budget: { perReplica: 20, max: 210, reserved: 10 }, surge, terminating })).toBe(most)
  })
})
