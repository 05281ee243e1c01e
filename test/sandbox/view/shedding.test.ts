// What the view tells of features: which are off, what was done with them in plain words, and what shedding made of a run.
import { describe, expect, it } from 'vitest'
import { changeOf, tellDecision } from '../../../sandbox/view/collect/guard-news.ts'
import { incidentView } from '../../../sandbox/view/collect/incidents.ts'
import { readIncident } from '../../../sandbox/view/collect/objects.ts'
import { createCollector } from '../../../sandbox/view/collect.ts'
import { UNICODE } from '../../../sandbox/view/glyphs.ts'
import { createPlainWriter } from '../../../sandbox/view/plain.ts'
import { header } from '../../../sandbox/view/screen/header.ts'
import { summaryLines } from '../../../sandbox/view/summary.ts'
import { toAnsi } from '../../../sandbox/view/text.ts'
import { breach, SUMMARY } from './support/states.ts'

const AT = Date.parse('2026-01-31T08:00:00Z')
const feature = (name: string, state: string) => ({ metadata: { name, namespace: 'shop' }, status: { state } })

describe('features', () => {
  it('that Guards have switched off are named until they are on again, and those of a person are not', () => {
    const collector = createCollector({ now: () => AT })
    const shed = () => collector.snapshot(AT).shed
    collector.see('features', feature('reviews', 'Degraded'))
    collector.see('features', feature('recommendations', 'Degraded'))
    collector.see('features', feature('search', 'Overridden'))
    expect(shed()).toEqual(['recommendations', 'reviews'])
    collector.see('features', feature('reviews', 'Normal'))
    collector.gone('features', feature('recommendations', 'Degraded'))
    expect(shed()).toEqual([])
  })

  it('that are off stand at the top of the screen and in the lines of status', () => {
    const state = { ...breach, shed: ['recommendations', 'reviews'] }
    const top = header(state, 120, UNICODE).map((line) => toAnsi(line, 'plain'))
    expect(top[1]).toMatch(/spike on for 4 s {2}off: recommendations, reviews {2}Four times/)
    let out = ''
    createPlainWriter({ write: (text) => (out += text), glyphs: UNICODE, palette: 'plain' }).tell(state)
    expect(out).toMatch(/status {3}.*; off: recommendations, reviews$/m)
  })
})

describe('an act in plain words', () => {
  it.each([
    [{ field: 'Deployment/checkout replicas', from: 2, to: 4 }, 'replicas 2 → 4'],
    [{ field: 'Feature/reviews', from: 1, to: 0 }, 'reviews off'],
    [{ field: 'Feature/reviews', from: 0, to: 1 }, 'reviews on'],
    [{ field: 'limit.browse', from: 0, to: 64 }, 'limit.browse none → 64'],
    [{ field: 'limit.browse', from: 96, to: 0 }, 'limit.browse 96 → none'],
    [{ field: 'Pod/cart-x serving', from: 1, to: 0 }, 'pod cart-x out'],
    [{ field: 'Pod/cart-x serving', from: 0, to: 1 }, 'pod cart-x back'],
    [{ field: 'Pod/cart-x', from: 1, to: 0 }, 'pod cart-x deleted'],
    [{ field: 'FailoverGroup/shop-db', from: 4, to: 5 }, 'shop-db asked to switch'],
  ])('%j: %s', (act, words) => {
    expect(changeOf(act)).toBe(words)
  })

  it.each([
    ['Switched Feature/reviews off: CPU is 95 %', 'switch reviews off: CPU is 95 %'],
    ['Would switch Feature/reviews off: CPU is 95 %', 'would, but only observes: switch reviews off: CPU is 95 %'],
    ['Took Pod/cart-x out: it fails; for 30 s', 'take pod cart-x out: it fails; for 30 s'],
    ['Would take Pod/cart-x out: it fails', 'would, but only observes: take pod cart-x out: it fails'],
    ['Gave Pod/cart-x back: its time is over', 'give pod cart-x back: its time is over'],
    ['Deleted Pod/cart-x: it fails', 'delete pod cart-x: it fails'],
  ])('a decision “%s”', (summary, text) => {
    expect(tellDecision('shop/checkout', AT, summary)).toMatchObject({ kind: 'decided', text })
  })

  it('stands in the incident with what it did', () => {
    const at = new Date(AT).toISOString()
    const incident = readIncident({
      metadata: { name: 'checkout-1', namespace: 'shop' },
      spec: { guard: 'checkout' },
      status: {
        onset: at,
        timeline: [
          { at, what: 'Feature/reviews off, because: CPU is 95 %' },
          { at, what: 'Feature/reviews off: CPU 95 % → 40 % in 6 s: it helped' },
        ],
      },
    })
    expect(incident && incidentView(incident)?.timeline).toEqual([
      { at: AT, kind: 'act', what: 'reviews off: CPU is 95 %' },
      { at: AT, kind: 'note', what: 'reviews off: CPU 95 % → 40 % in 6 s: it helped' },
    ])
  })
})

describe('the summary', () => {
  it('says by how much shedding was sooner, and by how much not, when both were measured', () => {
    const lines = (mitigatedSeconds: number | undefined) => {
      const comparedShedding = { withShedding: false, sent: 4_700, failed: 310, mitigatedSeconds, recoveredSeconds: 12 }
      const summary = { ...SUMMARY, onset: AT, mitigated: AT + 8_000, comparedShedding }
      return summaryLines(summary, UNICODE)
        .map((line) => toAnsi(line, 'plain'))
        .find((line) => line.startsWith('scaling alone'))
    }
    expect(lines(14.5)).toMatch(/310 of 4,700 failed, mitigated 14.5 s after onset: 6.5 s later than here, measured$/)
    expect(lines(5)).toMatch(/mitigated 5.0 s after onset: 3.0 s sooner than here, measured$/)
    expect(lines(undefined)).toMatch(/310 of 4,700 failed, measured$/)
  })
})
