import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitrate, prejudge } from '../../controller/decide/arbiter.ts'
import type { Autoscaler, Facts, Proposal } from '../../controller/model/command.ts'
import type { Action } from '../../controller/model/guard-status.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const up: Proposal = { remedy: 'scale', direction: 'up', from: 2, to: 4, reasons: ['load'] }
const down: Proposal = { remedy: 'scale', direction: 'down', from: 4, to: 2, reasons: ['calm'] }
const hpa: Autoscaler = {
  kind: 'HorizontalPodAutoscaler',
  namespace: 'shop',
  name: 'checkout',
  minimum: 2,
  maximum: 10,
  resourceVersion: '7',
}

function facts(proposal: Proposal, changes: Partial<Facts> = {}): Facts {
  return {
    now: NOW,
    mode: 'Enforce',
    isLeading: true,
    target: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
    scale: { kind: 'read', value: { replicas: proposal.from, resourceVersion: '42' }, at: NOW },
    autoscalers: { kind: 'read', value: [], at: NOW },
    raisedMinimum: undefined,
    recentActions: [],
    cooldownMs: 15_000,
    budget: { actions: 3, perMs: 3_600_000 },
    blind: [],
    clockUnsteadyUntil: 0,
    ...changes,
  }
}

function acted(secondsAgo: number, outcome: Action['outcome'] = 'Done'): Action {
  const at = new Date(NOW - secondsAgo * 1000).toISOString()
  return {
    id: `${secondsAgo}`,
    at,
    remedy: 'scale',
    field: 'Deployment/checkout replicas',
    from: 2,
    to: 3,
    why: 'load',
    outcome,
  }
}
const autoscalers = (...value: Autoscaler[]): Partial<Facts> => ({ autoscalers: { kind: 'read', value, at: NOW } })

describe('the interlocks', () => {
  it('let a proposal pass when nothing speaks against it, with the version that was read', () => {
    const decision = arbitrate(up, facts(up))
    expect(decision).toMatchObject({
      verdict: 'act',
      command: { kind: 'scale', from: 2, to: 4, resourceVersion: '42' },
    })
    expect(decision.rulings.map((ruling) => ruling.interlock)).toEqual([
      'leadership',
      'clock',
      'unknown',
      'fleet-panic',
      'cooldown',
      'budget',
      'freshness',
      'connections',
      'another-owner',
      'mode',
    ])
    expect(decision.rulings.every((ruling) => ruling.why.length > 0)).toBe(true)
  })

  it.each<[string, Proposal, Partial<Facts>, string, RegExp]>([
    ['a replica that does not lead', up, { isLeading: false }, 'leadership', /does not hold the lease/],
    ['a clock that jumped', up, { clockUnsteadyUntil: NOW + 20_000 }, 'clock', /another 20 s/],
    [
      'fewer replicas on what is not seen',
      down,
      { blind: ['1 of 3 pods not seen: shop/a: timeout'] },
      'unknown',
      /shop\/a: timeout/,
    ],
    ['an act within the cooldown', up, { recentActions: [acted(10)] }, 'cooldown', /10 s ago; the cooldown is 15 s/],
    [
      'an act within the cooldown of one that failed',
      up,
      { recentActions: [acted(10, 'Failed')] },
      'cooldown',
      /10 s ago/,
    ],
    ['an act whose predecessor is dated in the future', up, { recentActions: [acted(-3600)] }, 'cooldown', /0 ms ago/],
    [
      'an act beyond the budget',
      up,
      { recentActions: [acted(3000), acted(2000), acted(1000)] },
      'budget',
      /3 of 3 acts in 1 h/,
    ],
    ['any act under a budget of none', up, { budget: { actions: 0, perMs: 1000 } }, 'budget', /allows no act/],
    [
      'any act under a budget that is no number',
      up,
      { budget: { actions: Number.NaN, perMs: 1000 } },
      'budget',
      /allows no act/,
    ],
    ['any act under a budget without a time', up, { budget: { actions: 5, perMs: 0 } }, 'budget', /allows no act/],
    [
      'a scale that could not be read',
      up,
      { scale: { kind: 'unread', why: 'timeout' } },
      'freshness',
      /could not be read: timeout/,
    ],
    [
      'a scale read too long ago',
      up,
      { scale: { kind: 'read', value: { replicas: 2, resourceVersion: '1' }, at: NOW - 6000 } },
      'freshness',
      /6 s ago/,
    ],
    [
      'replicas that changed meanwhile',
      up,
      { scale: { kind: 'read', value: { replicas: 3, resourceVersion: '1' }, at: NOW } },
      'freshness',
      /shows 3 replicas, not 2/,
    ],
    [
      'autoscalers that could not be read',
      up,
      { autoscalers: { kind: 'unread', why: 'HTTP 500' } },
      'another-owner',
      /HTTP 500/,
    ],
    ['two autoscalers', up, autoscalers(hpa, { ...hpa, name: 'other' }), 'another-owner', /both own/],
    [
      'an autoscaler that is at its maximum',
      up,
      autoscalers({ ...hpa, minimum: 10 }),
      'another-owner',
      /minimum is 10 with a maximum of 10/,
    ],
    [
      'taking replicas from an autoscaler we never raised',
      down,
      autoscalers(hpa),
      'another-owner',
      /takes them back itself/,
    ],
    ['a paused Guard', up, { mode: 'Paused' }, 'mode', /Paused/],
  ])('veto %s, and say why', (_, proposal, changes, interlock, why) => {
    const decision = arbitrate(proposal, facts(proposal, changes))
    expect(decision.verdict).toBe('veto')
    const vetoes = decision.rulings.filter((ruling) => ruling.verdict === 'Veto')
    expect(vetoes.map((ruling) => ruling.interlock)).toEqual([interlock])
    expect(vetoes[0]?.why).toMatch(why)
  })

  it.each<[string, Partial<Facts>]>([
    ['an act after the cooldown', { recentActions: [acted(15)] }],
    ['an act after one that never happened', { recentActions: [acted(1, 'Abandoned')] }],
    [
      'an act when old ones have left the budget',
      { recentActions: [acted(3601), acted(3600), acted(1000), acted(20)] },
    ],
    ['more replicas on what is seen of a breach', { blind: ['1 of 3 pods not seen'] }],
  ])('allow %s', (_, changes) => expect(arbitrate(up, facts(up, changes)).verdict).toBe('act'))

  it('would act in Observe mode when only the mode forbids it', () => {
    expect(arbitrate(up, facts(up, { mode: 'Observe' })).verdict).toBe('would')
    expect(arbitrate(up, facts(up, { mode: 'Observe', recentActions: [acted(1)] })).verdict).toBe('veto')
  })

  it('need no fresh read to veto', () => {
    const unread = {
      scale: { kind: 'unread', why: 'not read yet' },
      autoscalers: { kind: 'unread', why: 'not read yet' },
    } as const
    expect(prejudge(up, facts(up, unread)).verdict).toBe('act')
    expect(prejudge(up, facts(up, { ...unread, isLeading: false })).verdict).toBe('veto')
  })
})

describe('when an autoscaler owns the replicas', () => {
  const raised = { kind: 'HorizontalPodAutoscaler', name: 'checkout', original: 2 }
  it.each<[string, Proposal, Partial<Facts>, { from: number; to: number }]>([
    ['its minimum is raised', up, autoscalers(hpa), { from: 2, to: 4 }],
    ['its minimum is raised no further than its maximum', up, autoscalers({ ...hpa, maximum: 3 }), { from: 2, to: 3 }],
    [
      'its minimum is lowered again',
      down,
      { ...autoscalers({ ...hpa, minimum: 4 }), raisedMinimum: raised },
      { from: 4, to: 2 },
    ],
    [
      'its minimum is never lowered below what it was',
      { ...down, to: 1 },
      { ...autoscalers({ ...hpa, minimum: 4 }), raisedMinimum: { ...raised, original: 3 } },
      { from: 4, to: 3 },
    ],
  ])('%s, and the replicas are left to it', (_, proposal, changes, { from, to }) => {
    const decision = arbitrate(proposal, facts(proposal, changes))
    expect(decision).toMatchObject({
      verdict: 'act',
      command: { kind: 'raiseMinimum', autoscaler: { name: 'checkout' }, from, to, resourceVersion: '7' },
    })
    expect(decision.rulings.find((ruling) => ruling.interlock === 'another-owner')?.verdict).toBe('Reduce')
  })

  it('its minimum is left alone when it is what it was', () => {
    const decision = arbitrate(down, facts(down, { ...autoscalers(hpa), raisedMinimum: raised }))
    expect(decision.verdict).toBe('veto')
  })
})

describe('whatever happens', () => {
  const attempt = fc.record({
    gapMs: fc.integer({ min: 0, max: 900_000 }),
    outcome: fc.constantFrom<Action['outcome']>('Done', 'Failed', 'Pending', 'Abandoned'),
    restart: fc.boolean(),
  })
  it('the budget is never exceeded in any window, across restarts that know only what status kept', () => {
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (attempts, actions) => {
        const budget = { actions, perMs: 3_600_000 }
        let status: readonly Action[] = []
        let memory: readonly Action[] = []
        let now = NOW
        const carriedOut: number[] = []
        for (const { gapMs, outcome, restart } of attempts) {
          now += gapMs
          if (restart) memory = JSON.parse(JSON.stringify(status))
          const decision = arbitrate(up, {
            ...facts(up),
            now,
            scale: { kind: 'read', value: { replicas: 2, resourceVersion: '1' }, at: now },
            recentActions: memory,
            budget,
          })
          if (decision.verdict !== 'act') continue
          const action: Action = { ...acted(0, 'Pending'), id: `${now}`, at: new Date(now).toISOString() }
          // Announced in status before the act: this is all that a successor will see.
          status = memory = [...memory, action]
          if (outcome !== 'Abandoned') carriedOut.push(now)
          memory = memory.map((one) => (one === action ? { ...one, outcome } : one))
          if (outcome === 'Abandoned') status = memory
        }
        for (const at of carriedOut)
          expect(carriedOut.filter((other) => other > at - budget.perMs && other <= at).length).toBeLessThanOrEqual(
            actions,
          )
      }),
    )
  })
})
