// A decision in one sentence, as status keeps it, and when it is news.
import { describe, expect, it } from 'vitest'
import type { Command, Decision } from '../../controller/model/command.ts'
import { GUARD_STATUS } from '../../controller/model/guard-status.ts'
import { decisionStatus, describeField, isNews, summariseDecision } from '../../controller/record/decisions.ts'
import { aDecision, LEADS, OBSERVES, SCALE_UP, TOO_SOON } from './a-decision.ts'

const RAISE: Command = {
  kind: 'raiseMinimum',
  autoscaler: { kind: 'ScaledObject', namespace: 'shop', name: 'checkout-keda' },
  from: 1,
  to: 4,
  resourceVersion: '7',
}

const BECAUSE = 'CPU is 95 %, over its limit of 90 %: asks for 4; Load is 900 req/s'
const SENTENCES: [string, Decision, string][] = [
  ['an act', aDecision(), `Set Deployment/checkout replicas from 2 to 4: ${BECAUSE}`],
  [
    'an act on an autoscaler',
    aDecision({ command: RAISE }),
    `Set ScaledObject/checkout-keda minimum from 1 to 4: ${BECAUSE}`,
  ],
  [
    'a would-be act',
    aDecision({ verdict: 'would', rulings: [LEADS, OBSERVES] }),
    `Would set Deployment/checkout replicas from 2 to 4: ${BECAUSE}`,
  ],
  [
    'a veto',
    aDecision({ verdict: 'veto', rulings: [LEADS, TOO_SOON, OBSERVES] }),
    'Did not set Deployment/checkout replicas from 2 to 4, vetoed by cooldown (the last act was 3 s ago), mode (the mode is Observe)',
  ],
]

describe('in one sentence', () => {
  it.each(SENTENCES)('%s', (_, decision, sentence) => {
    expect(summariseDecision(decision)).toBe(sentence)
  })

  it('a field is named by its object', () => {
    expect([describeField(SCALE_UP), describeField(RAISE)]).toEqual([
      'Deployment/checkout replicas',
      'ScaledObject/checkout-keda minimum',
    ])
  })
})

describe('as status keeps it', () => {
  it.each([
    ['act', 'Acted'],
    ['would', 'WouldAct'],
    ['veto', 'Vetoed'],
  ] as const)('%s is %s', (verdict, kept) => {
    expect(decisionStatus(aDecision({ verdict })).verdict).toBe(kept)
  })

  it('it keeps every reason and every ruling, in a form that status accepts', () => {
    const status = decisionStatus(aDecision({ rulings: [LEADS, TOO_SOON], verdict: 'veto' }))
    expect(status).toMatchObject({
      at: '2026-01-01T00:00:00.000Z',
      reasons: ['CPU is 95 %, over its limit of 90 %: asks for 4', 'Load is 900 req/s'],
      interlocks: [LEADS, TOO_SOON],
    })
    expect(GUARD_STATUS.parse({ lastDecision: status }).lastDecision).toEqual(status)
  })

  it('an act that the API refused has Failed, with what it said', () => {
    expect(decisionStatus(aDecision(), '403 Forbidden')).toMatchObject({
      verdict: 'Failed',
      summary: `Set Deployment/checkout replicas from 2 to 4: ${BECAUSE}. It failed: 403 Forbidden`,
    })
  })
})

describe('it is news', () => {
  const vetoed = aDecision({ verdict: 'veto', rulings: [LEADS, TOO_SOON] })

  it.each<[string, Decision, Decision | undefined]>([
    ['when it is the first', vetoed, undefined],
    ['whenever something is done', aDecision(), aDecision()],
    ['when the verdict changes', aDecision({ verdict: 'would', rulings: [LEADS, OBSERVES] }), vetoed],
    ['when the number changes', { ...vetoed, command: { ...SCALE_UP, to: 5 } }, vetoed],
    ['when what is written changes', { ...vetoed, command: { ...RAISE, from: 2 } }, vetoed],
    ['when another interlock vetoes', { ...vetoed, rulings: [LEADS, TOO_SOON, OBSERVES] }, vetoed],
  ])('%s', (_, decision, before) => {
    expect(isNews(decision, before)).toBe(true)
  })

  it.each<[string, Decision]>([
    ['only time has passed', { ...vetoed, at: vetoed.at + 1000 }],
    [
      'only the words of the veto changed',
      { ...vetoed, rulings: [LEADS, { ...TOO_SOON, why: 'the last act was 4 s ago' }] },
    ],
    ['only the reasons changed', { ...vetoed, proposal: { ...vetoed.proposal, reasons: ['CPU is 96 %'] } }],
  ])('but not when %s', (_, decision) => {
    expect(isNews(decision, vetoed)).toBe(false)
  })
})
