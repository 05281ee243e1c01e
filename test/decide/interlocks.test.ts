// The interlocks of connections and of the whole fleet, and when it is in panic.
import { describe, expect, it } from 'vitest'
import { arbitrate, isBarredForLonger } from '../../controller/decide/arbiter.ts'
import { isDoubtful, whyPanic } from '../../controller/decide/fleet.ts'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import { ALL_CALM } from '../../controller/model/assessment.ts'
import type { Autoscaler, ConnectionUse, Facts, Proposal } from '../../controller/model/command.ts'
import { limitRulesOf } from '../../controller/model/rules.ts'
import type { Observations } from '../../controller/model/signal.ts'
import { createFleet } from '../../controller/reconcile/fleet.ts'
import { aFeature, CALM, guardSpec, known, SLOW, unseen } from './ladder-world.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const UP: Proposal = { remedy: 'scale', direction: 'up', from: 4, to: 8, reasons: ['load'] }
const DOWN: Proposal = { ...UP, direction: 'down', from: 4, to: 2 }
const SHED: Proposal = { remedy: 'degrade', direction: 'up', from: 1, to: 0, features: ['tips'], reasons: ['slow'] }
const USE: ConnectionUse = { budget: { perReplica: 20, max: 210, reserved: 10 }, surge: undefined, terminating: 0 }

function facts(changes: Partial<Facts> = {}): Facts {
  return {
    now: NOW,
    mode: 'Enforce',
    isLeading: true,
    target: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
    scale: { kind: 'read', value: { replicas: 4, resourceVersion: '42' }, at: NOW },
    autoscalers: { kind: 'read', value: [], at: NOW },
    raisedMinimum: undefined,
    recentActions: [],
    cooldownMs: 15_000,
    budget: { actions: 3, perMs: 3_600_000 },
    blind: [],
    clockUnsteadyUntil: 0,
    guard: 'checkout',
    features: { kind: 'read', value: [aFeature('tips', 'Sheddable')], at: NOW },
    ...changes,
  }
}
const said = (proposal: Proposal, changes: Partial<Facts>, interlock: string) => {
  const decision = arbitrate(proposal, facts(changes))
  return { decision, ruling: decision.rulings.find((one) => one.interlock === interlock) }
}

describe('the connections of a shared server', () => {
  it.each<[string, Partial<ConnectionUse>, 'Allow' | 'Reduce' | 'Veto', number, RegExp]>([
    ['allow what fits', {}, 'Allow', 8, /\(8 \+ surge 0 \+ ending 0\) × 20 = 160 connections are within 210 − 10/],
    ['count the pods of a rollout', { surge: { ratio: 0.5 } }, 'Reduce', 6, /connections for 6 replicas/],
    ['count pods that are ending', { terminating: 5 }, 'Reduce', 5, /\(5 \+ surge 0 \+ ending 5\)/],
    ['veto when not even one more fits', { terminating: 6 }, 'Veto', 8, /would exceed 210 − 10/],
    [
      'veto when the budget makes no sense',
      { budget: { perReplica: 20, max: 10, reserved: 50 } },
      'Veto',
      8,
      /would exceed/,
    ],
  ])('%s', (_, changes, verdict, to, why) => {
    const { decision, ruling } = said(UP, { connections: { ...USE, ...changes } }, 'connections')
    expect(ruling).toMatchObject({ verdict, why: expect.stringMatching(why) })
    expect(decision.command.to).toBe(to)
    expect(isBarredForLonger(decision)).toBe(verdict === 'Veto')
  })

  it('bound the minimum of an autoscaler too', () => {
    const hpa: Autoscaler = {
      kind: 'HorizontalPodAutoscaler',
      namespace: 'shop',
      name: 'checkout',
      minimum: 2,
      maximum: 20,
      resourceVersion: '7',
    }
    const changes = {
      connections: { ...USE, terminating: 4 },
      autoscalers: { kind: 'read', value: [hpa], at: NOW } as const,
    }
    expect(said(UP, changes, 'connections').decision.command).toMatchObject({ kind: 'raiseMinimum', to: 6 })
  })

  it('never stand in the way of fewer replicas', () => {
    expect(said(DOWN, { connections: { ...USE, terminating: 50 } }, 'connections').ruling?.verdict).toBe('Allow')
  })
})

describe('when most of the fleet is in trouble', () => {
  const panic = '5 of 8 Guards are in trouble at once'
  it('replicas stay, up and down', () => {
    for (const proposal of [UP, DOWN]) {
      const { decision, ruling } = said(proposal, { panic }, 'fleet-panic')
      expect([decision.verdict, ruling?.verdict]).toEqual(['veto', 'Veto'])
      expect(ruling?.why).toMatch(/5 of 8/)
    }
  })

  it('features may still be switched off: that is easily taken back', () => {
    expect(said(SHED, { panic }, 'fleet-panic').decision.verdict).toBe('act')
  })

  it.each([
    [7, 7, false],
    [8, 16, false],
    [8, 15, true],
    [9, 16, true],
  ])('%i of %i Guards are a panic: %s', (doubtful, all, isPanic) => {
    expect(whyPanic(doubtful, all) !== undefined).toBe(isPanic)
  })

  it('the fleet tips into panic and out of it once each, and forgets Guards that are gone', () => {
    const fleet = createFleet()
    for (const key of ['a', 'b', 'c', 'e', 'f', 'g', 'h']) expect(fleet.note(key, true)).toBe(false)
    fleet.note('x', false)
    expect(fleet.note('d', true)).toBe(true)
    expect(fleet.panic).toBe('8 of 9 Guards are in trouble at once')
    expect(fleet.note('d', true)).toBe(false)
    expect(fleet.note('d', false)).toBe(true)
    expect(fleet.panic).toBeUndefined()
    fleet.note('d', true)
    fleet.forget('a')
    expect(fleet.panic).toBeUndefined()
  })
})

describe('a reading is doubtful', () => {
  const rules = limitRulesOf(guardSpec([{ scale: { min: 1, max: 9, perReplica: { rps: 100 } } }]))
  const isSo = (seen: Observations, wasSeen = true) =>
    isDoubtful(evaluate({ ...seen, replicasReady: known(2) }, rules, ALL_CALM, NOW), wasSeen)

  it.each<[string, boolean, Observations, boolean?]>([
    ['when a limit is passed', true, SLOW],
    ['when a signal is not seen that was', true, { ...CALM, cpu: unseen }],
    ['not when it never was: that is a Guard that is set up wrongly', false, { ...CALM, cpu: unseen }, false],
    ['not when all is well', false, CALM],
    ['not when a pod of several is silent', false, { ...CALM, rps: { kind: 'ok', value: 50, missing: '1 of 3' } }],
    ['not when too little comes to judge by', false, { ...CALM, errors: { kind: 'unknown', why: 'few', idle: true } }],
    [
      'not when more load comes than is served: requests that are counted are no illusion',
      false,
      { ...SLOW, rps: known(900) },
    ],
  ])('%s: %s', (_, expected, seen, wasSeen) => expect(isSo(seen, wasSeen)).toBe(expected))
})
