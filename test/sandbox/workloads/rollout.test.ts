// How a Deployment gets from one template to the next: tables of single steps, and properties of whole rollouts.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  planRollout,
  type ReplicaSetView,
  type RolloutGoal,
  resolveLimits,
} from '../../../sandbox/workloads/plan-rollout.ts'
import { forgettable, revisionsOf } from '../../../sandbox/workloads/revisions.ts'
import { aDeployment, aReplicaSet } from './objects.ts'

const view = (name: string, wanted: number, available = wanted, existing = wanted): ReplicaSetView => ({
  name,
  wanted,
  existing,
  available,
})
const rolling = (replicas: number, maxSurge: number, maxUnavailable: number): RolloutGoal => ({
  replicas,
  isPaused: false,
  strategy: { type: 'RollingUpdate', maxSurge, maxUnavailable },
})
const nothing = { create: undefined, scale: [] }
const scale = (name: string, replicas: number) => ({ create: undefined, scale: [{ name, replicas }] })

describe('a step of a rolling update', () => {
  test.each<[string, RolloutGoal, ReplicaSetView | undefined, ReplicaSetView[], ReturnType<typeof planRollout>]>([
    ['creates everything when nothing is there', rolling(3, 1, 1), undefined, [], { create: 3, scale: [] }],
    [
      'creates as much as the surge leaves room for',
      rolling(3, 1, 0),
      undefined,
      [view('a', 3)],
      { create: 1, scale: [] },
    ],
    [
      'creates an empty one when there is no room',
      rolling(3, 0, 1),
      undefined,
      [view('a', 3)],
      { create: 0, scale: [] },
    ],
    ['does nothing when all is as it should be', rolling(3, 1, 1), view('b', 3), [view('a', 0)], nothing],
    ['scales out at once when nothing else runs', rolling(9, 1, 1), view('b', 3), [], scale('b', 9)],
    ['scales in', rolling(1, 1, 1), view('b', 3), [], scale('b', 1)],
    ['takes the old in as the new becomes available', rolling(3, 1, 0), view('b', 1), [view('a', 3)], scale('a', 2)],
    ['waits while the new is not available', rolling(3, 1, 0), view('b', 1, 0), [view('a', 3)], nothing],
    ['makes room first without a surge', rolling(3, 0, 1), view('b', 0), [view('a', 3)], scale('a', 2)],
    ['counts pods that are on their way out', rolling(3, 1, 0), view('b', 1), [view('a', 2, 2, 3)], nothing],
    ['gives up old pods that do not work', rolling(3, 1, 1), view('b', 1, 0), [view('a', 3, 1)], scale('a', 2)],
    [
      'takes the oldest in first',
      rolling(2, 2, 0),
      view('c', 2),
      [view('a', 1), view('b', 1)],
      {
        create: undefined,
        scale: [
          { name: 'a', replicas: 0 },
          { name: 'b', replicas: 0 },
        ],
      },
    ],
    [
      'believes no status that is older than its spec',
      rolling(3, 4, 0),
      view('c', 1),
      [view('a', 2, 3, 3), view('b', 3, 0)],
      scale('b', 0),
    ],
    [
      'keeps old pods that may recover while new ones may fail',
      rolling(3, 1, 0),
      view('b', 1, 0),
      [view('a', 3, 2)],
      nothing,
    ],
  ])('%s', (_, goal, current, old, expected) => {
    expect(planRollout(goal, { current, old, hasOldPods: true })).toEqual(expected)
  })
})

describe('a step of Recreate', () => {
  const goal: RolloutGoal = { replicas: 2, isPaused: false, strategy: { type: 'Recreate' } }
  test.each<[string, ReplicaSetView | undefined, ReplicaSetView[], boolean, ReturnType<typeof planRollout>]>([
    ['ends the old first', undefined, [view('a', 2)], true, scale('a', 0)],
    ['waits for its last pod', undefined, [view('a', 0)], true, nothing],
    ['then creates the new', undefined, [view('a', 0)], false, { create: 2, scale: [] }],
    ['scales it', view('b', 1), [view('a', 0)], false, scale('b', 2)],
  ])('%s', (_, current, old, hasOldPods, expected) => {
    expect(planRollout(goal, { current, old, hasOldPods })).toEqual(expected)
  })
})

describe('a paused Deployment', () => {
  const goal = (replicas: number): RolloutGoal => ({ ...rolling(replicas, 1, 1), isPaused: true })
  test.each<[string, number, ReplicaSetView | undefined, ReplicaSetView[], ReturnType<typeof planRollout>]>([
    ['creates nothing', 2, undefined, [], nothing],
    ['scales what runs', 5, undefined, [view('a', 2)], scale('a', 5)],
    ['scales the newest that runs', 5, view('b', 1), [view('a', 2)], scale('b', 3)],
    [
      'scales in the newest first',
      1,
      view('b', 1),
      [view('a', 2)],
      {
        create: undefined,
        scale: [
          { name: 'b', replicas: 0 },
          { name: 'a', replicas: 1 },
        ],
      },
    ],
    ['comes back from nothing', 2, undefined, [view('a', 0)], scale('a', 2)],
  ])('%s', (_, replicas, current, old, expected) => {
    expect(planRollout(goal(replicas), { current, old, hasOldPods: true })).toEqual(expected)
  })
})

describe('resolveLimits', () => {
  test.each([
    [4, '25%', '25%', 1, 1],
    [1, '25%', '25%', 1, 0],
    [10, '25%', '25%', 3, 2],
    [3, 1, 0, 1, 0],
    [3, 0, '25%', 0, 1],
    [3, '0%', 0, 0, 1],
  ])('of %i replicas, %s and %s', (replicas, surge, unavailable, maxSurge, maxUnavailable) => {
    expect(resolveLimits(replicas, surge, unavailable)).toEqual({ maxSurge, maxUnavailable })
  })

  test('refuses what is neither a number nor a percentage', () => {
    expect(() => resolveLimits(3, 'many', 0)).toThrow('"many" is neither a number nor a percentage')
  })
})

/** A small cluster: ReplicaSets act on their spec and tell their status whenever the schedule lets them. */
interface Simulated {
  wanted: number
  pods: boolean[]
  status: { existing: number; available: number }
}

/** As the ReplicaSet controller does it: pods that are not ready go first. */
function act(set: Simulated): void {
  set.pods.sort((a, b) => Number(b) - Number(a))
  while (set.pods.length < set.wanted) set.pods.push(false)
  set.pods.length = set.wanted
  tell(set)
}

function tell(set: Simulated): void {
  set.status = { existing: set.pods.length, available: set.pods.filter(Boolean).length }
}

/** Not one of those that are to go: what becomes ready after it was given up could not be known. */
function becomeReady(set: Simulated): void {
  const starting = set.pods.indexOf(false)
  if (starting < 0 || set.pods.length > set.wanted) return
  set.pods[starting] = true
  tell(set)
}

const sum = (sets: readonly Simulated[], count: (set: Simulated) => number) =>
  sets.reduce((total, set) => total + count(set), 0)
const podsOf = (sets: readonly Simulated[]) => sum(sets, ({ pods }) => pods.length)
const availableOf = (sets: readonly Simulated[]) => sum(sets, ({ pods }) => pods.filter(Boolean).length)

function step(goal: RolloutGoal, sets: Simulated[]): boolean {
  const views = sets.map((set, index) => ({ name: String(index), wanted: set.wanted, ...set.status }))
  const [current, ...old] = views
  const plan = planRollout(goal, { current, old: old.reverse(), hasOldPods: podsOf(sets.slice(1)) > 0 })
  for (const { name, replicas } of plan.scale) {
    const set = sets[Number(name)]
    if (set !== undefined) set.wanted = replicas
  }
  return plan.scale.length > 0
}

const limits = fc
  .record({ replicas: fc.integer({ min: 1, max: 8 }), surge: fc.nat({ max: 4 }), unavailable: fc.nat({ max: 4 }) })
  .filter(({ surge, unavailable }) => surge + unavailable > 0)
/** The current one comes first. */
const start = fc.tuple(limits, fc.array(fc.array(fc.boolean(), { maxLength: 5 }), { minLength: 1, maxLength: 3 }))
const schedule = fc.array(fc.record({ what: fc.constantFrom('plan', 'act', 'ready'), which: fc.nat({ max: 20 }) }), {
  maxLength: 80,
})

function simulate([{ replicas, surge, unavailable }, initial]: typeof start extends fc.Arbitrary<infer T> ? T : never) {
  const sets = initial.map((pods): Simulated => {
    const set = { wanted: pods.length, pods: [...pods], status: { existing: 0, available: 0 } }
    act(set)
    return set
  })
  return { goal: rolling(replicas, surge, unavailable), sets, most: replicas + surge, least: replicas - unavailable }
}

describe('a whole rolling update', () => {
  test('has never more pods than replicas + maxSurge, and gives up none that must stay available', () => {
    fc.assert(
      fc.property(start, schedule, (initial, turns) => {
        const { goal, sets, most, least } = simulate(initial)
        for (const { what, which } of turns) {
          const set = sets[which % sets.length]
          const before = { pods: podsOf(sets), available: availableOf(sets) }
          if (what === 'plan') step(goal, sets)
          else if (set === undefined) continue
          else if (what === 'act') act(set)
          else becomeReady(set)
          expect(podsOf(sets)).toBeLessThanOrEqual(Math.max(before.pods, most))
          expect(availableOf(sets)).toBeGreaterThanOrEqual(Math.min(before.available, least))
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('ends with all replicas of the current template, wherever it starts, once pods become ready', () => {
    fc.assert(
      fc.property(start, schedule, (initial, turns) => {
        const { goal, sets } = simulate(initial)
        for (const { what, which } of turns) {
          const set = sets[which % sets.length]
          if (what === 'plan') step(goal, sets)
          else if (set !== undefined) act(set)
        }
        for (let round = 0; round < 60; round += 1) {
          for (const set of sets) {
            act(set)
            set.pods.fill(true)
            act(set)
          }
          step(goal, sets)
        }
        expect(sets.map(({ pods }) => pods.length)).toEqual([goal.replicas, ...sets.slice(1).map(() => 0)])
        expect(step(goal, sets)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('revisionsOf', () => {
  const revision = (number: number) => ({ annotations: { 'deployment.kubernetes.io/revision': String(number) } })
  const template = (version: string, labels: object = {}) => ({
    metadata: { labels: { app: 'web', ...labels } },
    spec: { version },
  })

  test('finds the current one by its template, whatever its hash label, and numbers it above all others', () => {
    const [first, second] = [
      aReplicaSet({ template: template('one', { 'pod-template-hash': 'x' }) }, {}, revision(1)),
      aReplicaSet({ template: template('two', { 'pod-template-hash': 'y' }) }, {}, revision(2)),
    ]
    const of = (version: string) => revisionsOf(aDeployment({ template: template(version) }), [second, first])
    expect(of('two')).toEqual({ current: second, old: [first], revision: 2 })
    expect(of('one')).toEqual({ current: first, old: [second], revision: 3 })
    expect(of('three')).toEqual({ current: undefined, old: [first, second], revision: 3 })
  })

  test('forgets the oldest that have no pods, beyond the limit', () => {
    const [oldest, middle, busy] = [
      aReplicaSet({ replicas: 0 }),
      aReplicaSet({ replicas: 0 }),
      aReplicaSet({ replicas: 0 }, { replicas: 1 }),
    ]
    expect(forgettable(aDeployment({ revisionHistoryLimit: 1 }), [oldest, middle, busy])).toEqual([oldest])
    expect(forgettable(aDeployment(), [oldest, middle, busy])).toEqual([])
  })
})
