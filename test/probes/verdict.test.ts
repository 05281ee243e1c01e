// The verdict on the pods of a service: what holds by example, and what holds whatever is seen.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Judgement,
  judge,
  NOBODY,
  type Sighting,
  type Standing,
  type VerdictRules,
  weightOf,
} from '../../probes/verdict.ts'

const RULES: VerdictRules = { maxEjected: 0.3, panicBelow: 0.5 }

/** One letter a pod: w(ell), u(nready), i(solated), ?, s(tarting), e(nding). */
function see(letters: string): Sighting[] {
  return [...letters].map((letter, index) => ({
    pod: `shop/${index}`,
    uid: `uid-${index}`,
    stage: letter === 's' ? 'starting' : letter === 'e' ? 'ending' : 'serving',
    health: letter === 'i' ? 'isolated' : letter === '?' ? 'unknown' : letter === 'w' ? 'well' : 'unready',
  }))
}

/** Judges one look after the other, a second apart. */
function looks(...all: readonly string[]): Judgement {
  return all.reduce((before, letters, index) => judge(see(letters), before, RULES, index * 1000), NOBODY)
}

/** "+" for each pod that is in, "-" for each that is out. */
const places = ({ standings }: Judgement) =>
  [...standings.values()].map(({ place }) => (place === 'in' ? '+' : '-')).join('')

describe('by example', () => {
  it.each([
    ['wwww', '++++', 'all are well'],
    ['wuww', '+-++', 'one that is not ready is out'],
    ['iwww', '-+++', 'one that is marked is out'],
    ['iiwwww', '-+++++', 'of six, one may be taken out by its mark'],
    ['iiiwwwwwww', '---+++++++', 'of ten, three may'],
    ['iiiiwwwwww', '---+++++++', 'and the fourth stays in'],
    ['iiwwwwuuww', '--++++--++', 'those that are not ready are out beside them'],
    ['uuuwwww', '---++++', 'more than half are well: that is believed'],
    ['uuuuwww', '+++++++', 'fewer than half are well: all are used'],
    ['uuww', '--++', 'just half are well: that is believed'],
    ['iiii', '++++', 'all are marked: all are used'],
    ['uuuu', '++++', 'none is ready: all are used'],
    ['i', '+', 'the only one stays in, whatever is said of it'],
    ['iw', '-+', 'one of two may be out'],
    ['wsss', '+---', 'what starts gets nothing yet, and counts for nothing'],
    ['wwee', '++--', 'what ends gets nothing more, and counts for nothing'],
    ['ss', '++', 'only starting ones: somebody must be tried'],
    ['ee', '++', 'only ending ones: they serve to the end'],
    ['se', '+-', 'one that starts is tried before one that ends'],
    ['??w', '+++', 'nothing is held against what nobody knows'],
    ['', '', 'nobody'],
  ])('%s → %s: %s', (letters, expected) => {
    expect(places(looks(letters))).toBe(expected)
  })

  it.each([
    [['wuww', 'w?ww'], '+-++', 'unknown stays out when it was out'],
    [['wuww', 'wwww', 'w?ww'], '++++', 'unknown stays in when it was in'],
    [['wuww', '????'], '+-++', 'all unknown changes nothing'],
    [['uuuu', '????', '?w??'], '++++', 'a panic lasts while nothing better is known'],
    [['wwww', 'wsww'], '+-++', 'one that has served can’t be starting: it fails'],
    [['uuww', 'wwuu', 'wsss'], '++++', 'so that many of them are a panic'],
    [['iiwwww', 'iwiwww'], '-+++++', 'whoever is out stays so before another takes its place'],
    [['wwiwww', 'iwiwww'], '++-+++', 'also when the other comes first by name'],
  ])('%j → %s: %s', (all, expected) => {
    expect(places(looks(...all))).toBe(expected)
  })

  it('takes another pod of the same name for new', () => {
    const before = looks('ww')
    const [first, second] = see('ws')
    if (first === undefined || second === undefined) throw new Error('two pods were seen')
    const after = judge([first, { ...second, uid: 'another' }], before, RULES, 1000)
    expect(after.standings.get('shop/1')).toMatchObject({ stage: 'starting', place: 'out' })
  })

  it.each([
    ['iwww', 0, 'it is marked as not serving'],
    ['iiwwww', 1, 'it is marked as not serving, but no more may be taken out'],
    ['uuw', 0, 'it is not ready, but too few others are well: all are used'],
    ['sw', 0, 'it has not been ready yet'],
    ['ew', 0, 'it is ending'],
    ['ww', 0, 'it is ready'],
  ])('%s: pod %i is where it is because %s', (letters, index, why) => {
    expect(looks(letters).standings.get(`shop/${index}`)?.why).toBe(why)
  })

  it('ejects nobody when the cap is 0 %', () => {
    expect(places(judge(see('iwww'), NOBODY, { ...RULES, maxEjected: 0 }, 0))).toBe('++++')
  })
})

describe('a weight', () => {
  const standing = (place: 'in' | 'out', since: number | undefined): Standing => ({
    pod: 'shop/a',
    uid: 'a',
    stage: 'serving',
    health: 'well',
    place,
    since,
    why: '',
  })

  it.each([
    ['out', undefined, 1, 0, 0],
    ['in', undefined, 1, 0, 100],
    ['in', undefined, 0.5, 0, 50],
    ['in', 0, 1, 0, 10],
    ['in', 0, 1, 5_000, 55],
    ['in', 0, 1, 10_000, 100],
    ['in', 0, 0.1, 0, 1],
    ['in', 5_000, 1, 0, 10],
  ] as const)('%s since %s with a share of %d is at %d ms %d %%', (place, since, load, now, percent) => {
    expect(weightOf(standing(place, since), load, now)).toBe(percent)
  })
})

describe('whatever is seen', () => {
  const letter = fc.constantFrom('w', 'w', 'u', 'i', '?', 's', 'e')
  const crowd = fc.array(letter, { minLength: 1, maxLength: 14 }).map((letters) => letters.join(''))
  const course = fc.array(crowd, { minLength: 1, maxLength: 8 })
  const rules = fc.record({
    maxEjected: fc.double({ min: 0, max: 1, noNaN: true }),
    panicBelow: fc.double({ min: 0, max: 1, noNaN: true }),
  })

  /** Each judgement of a course with what was seen. */
  function judgements(all: readonly string[], { maxEjected, panicBelow }: VerdictRules) {
    let before = NOBODY
    return all.map((letters, index) => {
      const seen = see(letters)
      before = judge(seen, before, { maxEjected, panicBelow }, index * 1000)
      return { seen, judgement: before }
    })
  }

  it('somebody is always in', () => {
    fc.assert(
      fc.property(course, rules, (all, given) => {
        for (const { judgement } of judgements(all, given)) expect(places(judgement)).toContain('+')
      }),
    )
  })

  it('no more than the cap are out by our mark, and not the last one', () => {
    fc.assert(
      fc.property(course, rules, (all, given) => {
        for (const { judgement } of judgements(all, given)) {
          const serving = [...judgement.standings.values()].filter(({ stage }) => stage === 'serving')
          const ejected = serving.filter(({ place, health }) => place === 'out' && health === 'isolated')
          const most = given.maxEjected === 0 ? 0 : Math.max(1, Math.floor(given.maxEjected * serving.length))
          expect(ejected.length).toBeLessThanOrEqual(most)
          expect(ejected.length).toBeLessThan(Math.max(1, serving.length))
        }
      }),
    )
  })

  it('below the panic floor every pod that serves is in', () => {
    fc.assert(
      fc.property(course, rules, (all, given) => {
        for (const { judgement } of judgements(all, given)) {
          const serving = [...judgement.standings.values()].filter(({ stage }) => stage === 'serving')
          const well = serving.filter(({ health }) => health === 'well' || health === 'unknown')
          if (serving.length > 0 && well.length < given.panicBelow * serving.length)
            expect(serving.map(({ place }) => place)).not.toContain('out')
        }
      }),
    )
  })

  it('a pod of which everything is known to be well is in', () => {
    fc.assert(
      fc.property(course, rules, (all, given) => {
        for (const { seen, judgement } of judgements(all, given))
          for (const { pod, stage, health } of seen)
            if (stage === 'serving' && health === 'well') expect(judgement.standings.get(pod)?.place).toBe('in')
      }),
    )
  })

  it('what turns unknown changes no verdict, neither its own nor another’s', () => {
    fc.assert(
      fc.property(course, rules, fc.infiniteStream(fc.boolean()), (all, given, coins) => {
        const last = judgements(all, given).at(-1)?.judgement ?? NOBODY
        const seen = [...last.standings.values()].map(
          ({ pod, uid, stage, health }): Sighting =>
            coins.next().value === true && stage === 'serving'
              ? { pod, uid, stage, health: 'unknown' }
              : { pod, uid, stage, health },
        )
        const after = judge(seen, last, given, 1e6)
        expect(after).toEqual(last)
      }),
    )
  })

  it('looking again changes nothing', () => {
    fc.assert(
      fc.property(course, rules, (all, given) => {
        const last = judgements(all, given).at(-1)
        if (last === undefined) return
        const again = judge(last.seen, last.judgement, given, 1e6)
        expect(places(again)).toBe(places(last.judgement))
      }),
    )
  })

  it('a successor that knows nothing of before says the same, where all is known and nobody stands at the cap', () => {
    const known = fc.array(fc.constantFrom('w', 'w', 'u', 'e', 'i'), { minLength: 1, maxLength: 14 })
    fc.assert(
      fc.property(fc.array(known, { minLength: 1, maxLength: 6 }), (all) => {
        const letters = all.map((one) => one.join(''))
        const last = letters.at(-1) ?? ''
        const serving = [...last].filter((one) => one !== 'e').length
        fc.pre([...last].filter((one) => one === 'i').length <= Math.max(1, Math.floor(0.3 * serving)))
        expect(places(looks(last))).toBe(places(looks(...letters)))
      }),
    )
  })
})
