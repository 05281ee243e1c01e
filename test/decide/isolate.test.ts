// The isolate remedy: who goes, who comes back, who is given up; and that it never takes too many, whatever happens.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitrate, isBarredForLonger, prejudge } from '../../controller/decide/arbiter.ts'
import {
  afterStep,
  describeIsolations,
  type IsolateInput,
  proposeIsolation,
  settleIsolations,
} from '../../controller/decide/remedies/isolate.ts'
import type { Facts, FreshPod, IsolateProposal } from '../../controller/model/command.ts'
import { mostEjected, placesOf } from '../../controller/model/ejection.ts'
import { ejectionMs, ISOLATE_SPEC } from '../../controller/model/isolate-spec.ts'
import type { Isolation } from '../../controller/model/isolation.ts'
import type { Pod } from '../../controller/model/workload.ts'
import { guardSpec, START } from './ladder-world.ts'

const SPEC = ISOLATE_SPEC.parse({})
const { remedies } = guardSpec([{ isolate: {} }])

function aPod(name: string, more: Partial<Pod> = {}): Pod {
  return {
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    labels: {},
    phase: 'Running',
    podIP: '10.0.0.1',
    ready: true,
    terminating: false,
    containers: [],
    ...more,
  }
}
const OURS = { isolated: true, isolatedBy: 'checkout' } as const
const podsNamed = (...names: string[]) => names.map((name) => aPod(name))
const FOUR = podsNamed('a', 'b', 'c', 'd')
const bad = (name: string) => ({ pod: `shop/${name}`, evidence: `shop/${name} fails` })
const isolation = (pod: string, more: Partial<Isolation> = {}): Isolation => ({
  pod,
  uid: `uid-${pod}`,
  phase: 'Out',
  ejections: 1,
  since: new Date(START).toISOString(),
  until: new Date(START + 30_000).toISOString(),
  why: 'it failed',
  ...more,
})
const propose = (input: Partial<IsolateInput>, now = START) =>
  proposeIsolation(remedies, { pods: FOUR, isolations: [], convicted: [], seen: [], ...input }, 'checkout', now)
const gist = (proposal: IsolateProposal | undefined) =>
  proposal && `${proposal.step} ${proposal.pods.map(({ name }) => name).join()}`

describe('the next step', () => {
  const withOut = (...out: string[]) => FOUR.map((pod) => (out.includes(pod.name) ? { ...pod, ...OURS } : pod))
  const over = START + 30_000
  it.each<[string, Partial<IsolateInput>, number, string | undefined]>([
    ['is none while nothing is held against any', {}, START, undefined],
    ['takes the bad one out', { convicted: [bad('b')] }, START, 'out b'],
    ['takes one at a time', { convicted: [bad('b'), bad('c')] }, START, 'out b'],
    ['is none when as many are out as may be', { pods: withOut('a'), convicted: [bad('b')] }, START, undefined],
    [
      'takes none of two away when the other is out',
      { pods: [aPod('a', OURS), aPod('b')], convicted: [bad('b')] },
      START,
      undefined,
    ],
    [
      'takes none when one less would be too few',
      { pods: [aPod('a'), aPod('b'), aPod('c', { ready: false, hasBeenReady: true })], convicted: [bad('a')] },
      START,
      undefined,
    ],
    ['never takes the last one', { pods: podsNamed('a'), convicted: [bad('a')] }, START, undefined],
    ['takes one of two', { pods: podsNamed('a', 'b'), convicted: [bad('a')] }, START, 'out a'],
    ['passes by one that is gone', { convicted: [bad('z')] }, START, undefined],
    [
      'passes by one that somebody marked by hand',
      {
        pods: [aPod('a', { isolated: true }), ...podsNamed('b', 'c', 'd', 'e', 'f', 'g', 'h')],
        convicted: [bad('a')],
      },
      START,
      undefined,
    ],
    [
      'deletes one that was out often enough',
      { convicted: [bad('b')], isolations: [isolation('b', { phase: 'Trial', ejections: 3 })] },
      START,
      'delete b',
    ],
    [
      'takes it out again before that',
      { convicted: [bad('b')], isolations: [isolation('b', { phase: 'Trial', ejections: 2 })] },
      START,
      'out b',
    ],
    [
      'gives back one whose time is over',
      { pods: withOut('a'), isolations: [isolation('a')], seen: ['shop/a'] },
      over,
      'back a',
    ],
    [
      'leaves it out before',
      { pods: withOut('a'), isolations: [isolation('a')], seen: ['shop/a'] },
      over - 1,
      undefined,
    ],
    [
      'leaves it out while it says nothing of itself',
      { pods: withOut('a'), isolations: [isolation('a')] },
      over,
      undefined,
    ],
    [
      'leaves one of another Guard',
      {
        pods: [aPod('a', { ...OURS, isolatedBy: 'other' }), ...FOUR.slice(1)],
        isolations: [isolation('a')],
        seen: ['shop/a'],
      },
      over,
      undefined,
    ],
    [
      'gives all back when too few are well, whatever is known of them',
      {
        pods: [
          ...withOut('a').slice(0, 2),
          ...podsNamed('c', 'd', 'e').map((pod) => ({ ...pod, ready: false, hasBeenReady: true as const })),
        ],
        isolations: [isolation('a')],
        convicted: [bad('b')],
      },
      START,
      'back a',
    ],
  ])('%s', (_, input, now, step) => {
    expect(gist(propose(input, now))).toBe(step)
  })

  it('says why, and for how long', () => {
    expect(propose({ convicted: [bad('b')] })).toMatchObject({
      remedy: 'isolate',
      direction: 'up',
      from: 1,
      to: 0,
      rung: 0,
      reasons: ['shop/b fails', 'for 30 s'],
    })
    const again = [isolation('b', { phase: 'Trial', ejections: 2 })]
    expect(propose({ convicted: [bad('b')], isolations: again })?.reasons[1]).toBe('for 1 m 30 s, the 3. time')
  })
})

describe('the memory', () => {
  const step = (isolations: readonly Isolation[], kind: 'out' | 'back' | 'delete', now = START) =>
    afterStep(isolations, { step: kind, pods: [{ name: 'a', uid: 'uid-a' }], reasons: ['it fails'] }, SPEC, now)
  const settle = (isolations: readonly Isolation[], pods: readonly Pod[], now: number, seen = ['shop/a']) =>
    settleIsolations(isolations, { pods, seen }, SPEC, 'checkout', now)

  it('counts ejections, each longer than the last, and keeps the count on trial', () => {
    const once = step([], 'out')
    expect(once).toMatchObject([
      { pod: 'a', phase: 'Out', ejections: 1, until: new Date(START + 30_000).toISOString() },
    ])
    const trial = step(once, 'back', START + 30_000)
    expect(trial).toMatchObject([{ phase: 'Trial', ejections: 1, why: 'it fails' }])
    expect(step(trial, 'out', START + 31_000)).toMatchObject([
      { phase: 'Out', ejections: 2, until: new Date(START + 91_000).toISOString() },
    ])
    expect(step(trial, 'delete')).toBe(trial)
  })

  it.each<[string, readonly Isolation[], readonly Pod[], number, string[]]>([
    ['stays the same while nothing changed', [isolation('a')], [aPod('a', OURS)], 1_000, ['a Out 1']],
    ['forgets a pod that is gone', [isolation('a')], podsNamed('b'), 1_000, []],
    ['forgets another pod of that name', [isolation('a', { uid: 'old' })], podsNamed('a'), 1_000, []],
    ['forgets a pod that is ending', [isolation('a')], [aPod('a', { ...OURS, terminating: true })], 1_000, []],
    ['waits a moment for the mark to be seen', [isolation('a')], podsNamed('a'), 4_000, ['a Out 1']],
    ['counts none that never came to be', [isolation('a')], podsNamed('a'), 6_000, []],
    [
      'keeps the others of a pod that was given back by hand',
      [isolation('a', { ejections: 3 })],
      podsNamed('a'),
      6_000,
      ['a Trial 2'],
    ],
    [
      'tries a return again that did not come to be',
      [isolation('a', { phase: 'Trial' })],
      [aPod('a', OURS)],
      6_000,
      ['a Out 1'],
    ],
    ['takes on a pod that carries its mark', [], [aPod('a', OURS)], 0, ['a Out 1']],
    [
      'leaves the marks of others',
      [],
      [aPod('a', { isolated: true }), aPod('b', { ...OURS, isolatedBy: 'other' })],
      0,
      [],
    ],
    [
      'forgets a pod that kept well through its trial',
      [isolation('a', { phase: 'Trial' })],
      podsNamed('a'),
      30_000,
      [],
    ],
    ['does not forget it before', [isolation('a', { phase: 'Trial' })], podsNamed('a'), 29_999, ['a Trial 1']],
  ])('%s', (_, isolations, pods, afterMs, left) => {
    const settled = settle(isolations, pods, START + afterMs)
    expect(settled.map(({ pod, phase, ejections }) => `${pod} ${phase} ${ejections}`)).toEqual(left)
  })

  it('is the same list while nothing changed, and does not end a trial of which nothing is seen', () => {
    const [out, trial] = [[isolation('a')], [isolation('a', { phase: 'Trial' })]]
    expect(settle(out, [aPod('a', OURS)], START + 1_000)).toBe(out)
    expect(settle(trial, podsNamed('a'), START + 40_000, [])).toBe(trial)
  })

  it('is told in words', () => {
    const input = { pods: FOUR, isolations: [], convicted: [], seen: [] }
    expect(describeIsolations(SPEC, input)).toEqual({ isUsed: false, isSpent: false, text: 'none of 4 pods out' })
    const pods = [aPod('a', OURS), ...FOUR.slice(1)]
    const isolations = [isolation('a', { ejections: 2 }), isolation('b', { phase: 'Trial' })]
    expect(describeIsolations(SPEC, { ...input, pods, isolations, convicted: [bad('c')] })).toEqual({
      isUsed: true,
      isSpent: true,
      text: `a out until ${new Date(START + 30_000).toISOString()} (2.), b on trial, 1 of 4 pods are out, and no more than 1 may be`,
    })
  })
})

describe('the time that a pod is out', () => {
  it('grows with each time, and is bounded', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 50 }),
        (base, most, times) => {
          const spec = ISOLATE_SPEC.parse({ ejectFor: `${base}s`, maxEjectFor: `${most}s` })
          const [now, next] = [ejectionMs(spec, times), ejectionMs(spec, times + 1)]
          expect(next).toBeGreaterThanOrEqual(now)
          expect(now).toBeGreaterThanOrEqual(base * 1_000)
          expect(next).toBeLessThanOrEqual(Math.max(base, most) * 1_000)
        },
      ),
    )
    expect([1, 2, 3, 10, 11].map((times) => ejectionMs(SPEC, times) / 1_000)).toEqual([30, 60, 90, 300, 300])
  })
})

function facts(pods: Facts['pods'], more: Partial<Facts> = {}): Facts {
  return {
    now: START,
    mode: 'Enforce',
    isLeading: true,
    target: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
    scale: { kind: 'unread', why: 'not asked' },
    autoscalers: { kind: 'unread', why: 'not asked' },
    raisedMinimum: undefined,
    recentActions: [],
    cooldownMs: 0,
    budget: { actions: 3, perMs: 3_600_000 },
    blind: [],
    clockUnsteadyUntil: 0,
    guard: 'checkout',
    maxEjected: SPEC.maxEjected,
    ...(pods === undefined ? {} : { pods }),
    ...more,
  }
}
const fresh = (pods: readonly Pod[], more: Partial<FreshPod> = {}): NonNullable<Facts['pods']> => ({
  kind: 'read',
  at: START,
  value: pods.map((pod) => ({ pod, resourceVersion: '7', hasController: true, isSelectedByMark: false, ...more })),
})
const OUT: IsolateProposal = {
  remedy: 'isolate',
  direction: 'up',
  step: 'out',
  from: 1,
  to: 0,
  pods: [{ name: 'a', uid: 'uid-a' }],
  reasons: ['it fails'],
  rung: 0,
}
const DELETE: IsolateProposal = { ...OUT, step: 'delete' }
const BACK: IsolateProposal = { ...OUT, direction: 'down', step: 'back', from: 0, to: 1 }

describe('the interlocks', () => {
  it.each<[string, IsolateProposal, Facts, string, RegExp]>([
    ['let a bad pod go', OUT, facts(fresh(FOUR)), 'act', /./],
    [
      'veto what could not be read',
      OUT,
      facts({ kind: 'unread', why: 'timeout' }),
      'veto',
      /pod: the pods could not be read: timeout/,
    ],
    ['veto what was not read', OUT, facts(undefined), 'veto', /ejection-cap: it is not known/],
    ['veto a pod that is gone', OUT, facts(fresh(podsNamed('b', 'c', 'd'))), 'veto', /pod: a is gone/],
    [
      'veto a pod that is ending',
      OUT,
      facts(fresh([aPod('a', { terminating: true }), ...FOUR.slice(1)])),
      'veto',
      /pod: a is ending/,
    ],
    [
      'veto a pod that is out already',
      OUT,
      facts(fresh([aPod('a', OURS), ...FOUR.slice(1)])),
      'veto',
      /pod: a is out already/,
    ],
    [
      'veto more than the cap',
      OUT,
      facts(fresh([...FOUR.slice(0, 3), aPod('d', OURS)])),
      'veto',
      /ejection-cap: 1 of 4 pods are out, and no more than 1/,
    ],
    [
      'veto while few are well',
      OUT,
      facts(fresh(FOUR.map((pod) => (pod.name === 'a' ? pod : { ...pod, ready: false, hasBeenReady: true })))),
      'veto',
      /ejection-cap: only 1 of 4 pods are well/,
    ],
    ['veto without a cap', OUT, facts(fresh(FOUR), { maxEjected: Number.NaN }), 'veto', /no more than 0/],
    [
      'veto the deletion of a pod that nobody would replace',
      DELETE,
      facts(fresh(FOUR, { hasController: false })),
      'veto',
      /pod: a has no controller/,
    ],
    ['let a pod be deleted', DELETE, facts(fresh(FOUR)), 'act', /./],
    ['veto in a panic of the fleet', OUT, facts(fresh(FOUR), { panic: '9 of 10' }), 'veto', /fleet-panic: 9 of 10/],
    [
      'let a pod come back in a panic of the fleet',
      BACK,
      facts(fresh([aPod('a', OURS)]), { panic: '9 of 10' }),
      'act',
      /./,
    ],
    [
      'let a pod go and come back while others are not seen',
      BACK,
      facts(fresh([aPod('a', OURS)]), { blind: ['b is silent'] }),
      'act',
      /./,
    ],
    [
      'veto the return of a pod that is not held any more',
      BACK,
      facts(fresh(FOUR)),
      'veto',
      /pod: a is not held any more/,
    ],
    ['would let it go in Observe', OUT, facts(fresh(FOUR), { mode: 'Observe' }), 'would', /mode/],
    ['veto without the lease', OUT, facts(fresh(FOUR), { isLeading: false }), 'veto', /leadership/],
    ['veto while the clock is unsteady', OUT, facts(fresh(FOUR), { clockUnsteadyUntil: START + 1 }), 'veto', /clock/],
  ])('%s', (_, proposal, given, verdict, why) => {
    const decision = arbitrate(proposal, given)
    expect(decision.verdict).toBe(verdict)
    expect(decision.rulings.map((one) => `${one.interlock}: ${one.why}`).join('; ')).toMatch(why)
  })

  it('neither budget nor cooldown keeps a pod from coming back', () => {
    const acts = ['a', 'b', 'c'].map((id) => ({
      id,
      at: new Date(START).toISOString(),
      remedy: 'scale',
      field: 'f',
      from: 1,
      to: 2,
      why: 'w',
      outcome: 'Done' as const,
    }))
    const spent = { recentActions: acts, cooldownMs: 60_000 }
    expect(arbitrate(BACK, facts(fresh([aPod('a', OURS)]), spent)).verdict).toBe('act')
    expect(prejudge(OUT, facts(undefined, spent)).verdict).toBe('veto')
  })

  it('a veto of the cap lets other remedies have their turn', () => {
    expect(isBarredForLonger(arbitrate(OUT, facts(fresh([...FOUR.slice(0, 3), aPod('d', OURS)]))))).toBe(true)
  })

  it.each<[string, Partial<Pod>, Partial<FreshPod>, object]>([
    ['by a label', {}, {}, { mark: 'label', label: undefined }],
    ['by the label that it has', { labels: { 'evenkeel.dev/serving': 'true' } }, {}, { mark: 'label', label: 'true' }],
    ['by an annotation, with a gate', { gate: { is: 'True', shouldBe: 'True' } }, {}, { mark: 'annotation' }],
    [
      'by an annotation, where its workload selects it by the label',
      {},
      { isSelectedByMark: true },
      { mark: 'annotation' },
    ],
  ])('it is marked %s, with the version that was read', (_, pod, read, mark) => {
    const { command } = arbitrate(OUT, facts(fresh([aPod('a', pod), ...FOUR.slice(1)], read)))
    expect(command).toMatchObject({
      kind: 'isolate',
      step: 'out',
      pods: [{ name: 'a', uid: 'uid-a', resourceVersion: '7', ...mark }],
    })
  })
})

/** A pod as it may be: most serve. */
const anyPod = fc.record({
  ready: fc.constantFrom(true, true, true, false),
  isUnknown: fc.constantFrom(false, false, false, true),
  isBad: fc.constantFrom(false, false, true),
  isSeen: fc.constantFrom(true, true, false),
  terminating: fc.constantFrom(false, false, false, true),
})
const moment = fc.record({
  pods: fc.array(anyPod, { minLength: 1, maxLength: 12 }),
  afterMs: fc.integer({ min: 200, max: 40_000 }),
})

describe('whatever happens, for as long as it lasts,', () => {
  it('it never takes out the last pod, nor more than the cap, nor one of which nothing is known, and every pod it holds is remembered', () => {
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 40 }), fc.integer({ min: 1, max: 100 }), (moments, percent) => {
        const own = guardSpec([
          { isolate: { maxEjected: `${percent}%`, ejectFor: '5s', maxEjectFor: '20s', deleteAfter: 2 } },
        ])
        const spec = own.remedies[0]?.isolate ?? SPEC
        const marked = new Set<string>()
        let isolations: readonly Isolation[] = []
        let now = START
        for (const { pods: drawn, afterMs } of moments) {
          now += afterMs
          const pods = drawn.map(({ ready, isUnknown, terminating }, index) =>
            aPod(`p${index}`, {
              ready: ready && !isUnknown,
              ...(isUnknown ? { readyUnknown: true as const } : ready ? {} : { hasBeenReady: true as const }),
              terminating,
              ...(marked.has(`p${index}`) ? OURS : {}),
            }),
          )
          const convicted = drawn.flatMap(({ isBad, isSeen }, index) => (isBad && isSeen ? [bad(`p${index}`)] : []))
          const seen = drawn.flatMap(({ isSeen }, index) => (isSeen ? [`shop/p${index}`] : []))
          isolations = settleIsolations(isolations, { pods, seen }, spec, 'checkout', now)
          const input = { pods, isolations, convicted, seen }
          const proposal = proposeIsolation(own.remedies, input, 'checkout', now)
          if (proposal === undefined) continue
          const decision = arbitrate(
            proposal,
            facts(fresh(pods), { now, maxEjected: spec.maxEjected, budget: { actions: 99, perMs: 1 } }),
          )
          if (decision.verdict !== 'act') continue
          const [name = ''] = proposal.pods.map((pod) => pod.name)
          const places = placesOf(pods)
          if (proposal.direction === 'up') {
            expect(convicted.map(({ pod }) => pod)).toContain(`shop/${name}`)
            expect(places.well).toBeGreaterThanOrEqual(2)
            expect(places.out + 1).toBeLessThanOrEqual(mostEjected(places.serving, spec.maxEjected))
            expect(2 * (places.well - 1)).toBeGreaterThanOrEqual(places.serving)
          } else if (2 * places.well >= places.serving) expect(seen).toContain(`shop/${name}`)
          isolations = afterStep(isolations, proposal, spec, now)
          for (const pod of proposal.pods) {
            if (proposal.step === 'out') marked.add(pod.name)
            else marked.delete(pod.name)
          }
          const held = pods.filter((pod) => marked.has(pod.name) && !pod.terminating).map(({ uid }) => uid)
          const remembered = isolations.filter(({ phase }) => phase === 'Out').map(({ uid }) => uid)
          expect([...remembered].sort()).toEqual([...held].sort())
        }
      }),
    )
  })
})
