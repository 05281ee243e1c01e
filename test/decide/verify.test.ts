// The verdict on an act: by the signals it was made for, once, as soon as it can be told.
import { describe, expect, it } from 'vitest'
import { effectToCome, verifyActions } from '../../controller/decide/verify.ts'
import type { Assessment, Finding } from '../../controller/model/assessment.ts'
import { ALL_CALM } from '../../controller/model/assessment.ts'
import type { Action, ActionEffect } from '../../controller/model/guard-status.ts'
import type { Observations } from '../../controller/model/signal.ts'
import { known, unseen } from './ladder-world.ts'

const AT = Date.parse('2026-01-01T12:00:00Z')
const LATENCY: ActionEffect = { limit: 'latency', before: 2, threshold: 0.5 }
const ERRORS: ActionEffect = { limit: 'errors', before: 0.2, threshold: 0.05 }
const shed = (effect: readonly ActionEffect[], more: Partial<Action> = {}): Action => ({
  id: 'a',
  at: new Date(AT).toISOString(),
  remedy: 'degrade',
  field: 'Feature/reviews',
  from: 1,
  to: 0,
  why: 'slow',
  outcome: 'Done',
  effect: [...effect],
  ...more,
})
const passed = (limit: Finding['limit'], value: number, threshold: number, eased = false): Finding => ({
  limit,
  onset: 0,
  confirmedAt: 0,
  value,
  threshold,
  peak: value,
  eased,
})
function later(seconds: number, observations: Observations, findings: readonly Finding[]): Assessment {
  return { at: AT + seconds * 1000, observations, limits: ALL_CALM, findings, blind: [] }
}
const verdictOf = (action: Action, assessment: Assessment) => verifyActions([action], assessment, () => 10_000)[0]

describe('a bad pod that went before its errors were a breach', () => {
  const took = shed([], { remedy: 'isolate', field: 'Pod/a serving' })
  it.each<[string, Assessment, Action['verdict']]>([
    [
      'is not judged while the breach lasts',
      later(4, { errors: known(0.2) }, [passed('errors', 0.2, 0.05)]),
      undefined,
    ],
    ['helped when it is over', later(6, { errors: known(0) }, [passed('errors', 0, 0.05, true)]), 'Improved'],
    ['is not judged before its time with no breach at all', later(6, { errors: known(0) }, []), undefined],
    ['helped when its time is over with no breach at all', later(10, { errors: known(0) }, []), 'Improved'],
    [
      'did not help when the breach is there still',
      later(10, { errors: known(0.2) }, [passed('errors', 0.2, 0.05)]),
      'NotImproved',
    ],
  ])('%s', (_, assessment, verdict) => {
    expect(verdictOf(took, assessment)?.verdict).toBe(verdict)
  })
})

describe('an act on a breach', () => {
  it.each<[string, readonly ActionEffect[], Assessment, Action['verdict']]>([
    [
      'waits while it may still show',
      [LATENCY],
      later(9, { latencyP99: known(2) }, [passed('latency', 2, 0.5)]),
      undefined,
    ],
    ['Improved as soon as all is well', [LATENCY], later(2, { latencyP99: known(0.1) }, []), 'Improved'],
    [
      'Improved when it is back under the limit, not yet released',
      [LATENCY],
      later(2, { latencyP99: known(0.4) }, [passed('latency', 0.4, 0.5, true)]),
      'Improved',
    ],
    [
      'Improved when it is better by more than noise',
      [LATENCY],
      later(10, { latencyP99: known(1.7) }, [passed('latency', 1.7, 0.5)]),
      'Improved',
    ],
    [
      'NotImproved when it is not',
      [LATENCY],
      later(10, { latencyP99: known(1.9) }, [passed('latency', 1.9, 0.5)]),
      'NotImproved',
    ],
    [
      'NotImproved when one is better and one is worse',
      [LATENCY, ERRORS],
      later(10, { latencyP99: known(1), errors: known(0.4) }, [passed('latency', 1, 0.5), passed('errors', 0.4, 0.05)]),
      'NotImproved',
    ],
    [
      'Improved when one is better and one as it was',
      [LATENCY, ERRORS],
      later(10, { latencyP99: known(1), errors: known(0.2) }, [passed('latency', 1, 0.5), passed('errors', 0.2, 0.05)]),
      'Improved',
    ],
    ['Inconclusive when one is not seen', [LATENCY], later(10, { latencyP99: unseen }, []), 'Inconclusive'],
    [
      'is judged by what it was made for, not by another breach since',
      [LATENCY],
      later(10, { latencyP99: known(0.1), cpu: known(0.99) }, [passed('cpu', 0.99, 0.9)]),
      'Improved',
    ],
    [
      'waits when its signal dips while others are past their limits',
      [LATENCY],
      later(3, { latencyP99: known(0.1), cpu: known(0.99) }, [passed('cpu', 0.99, 0.9)]),
      undefined,
    ],
    [
      'of load is judged by how far it is past what is served, which grows with the replicas',
      [{ limit: 'rps', before: 900, threshold: 300 }],
      later(10, { rps: known(1000) }, [passed('rps', 1000, 600)]),
      'Improved',
    ],
  ])('%s', (_, effect, assessment, verdict) => {
    expect(verdictOf(shed(effect), assessment)?.verdict).toBe(verdict)
  })

  it('keeps what was measured, and when', () => {
    expect(verdictOf(shed([LATENCY]), later(6, { latencyP99: known(0.12) }, []))).toMatchObject({
      effect: [{ limit: 'latency', before: 2, threshold: 0.5, after: 0.12 }],
      judgedAt: new Date(AT + 6000).toISOString(),
    })
  })

  it('is judged once, and steps back are not judged at all', () => {
    const calm = later(20, { latencyP99: known(0.1) }, [])
    for (const action of [
      shed([LATENCY], { verdict: 'NotImproved' }),
      shed([], { from: 0, to: 1 }),
      shed([LATENCY], { outcome: 'Failed' }),
    ]) {
      const actions = [action]
      expect(verifyActions(actions, calm, () => 10_000)).toBe(actions)
    }
  })

  it('takes note of what is passed and seen when it is decided', () => {
    const findings = [
      passed('latency', 2, 0.5),
      passed('errors', 0.01, 0.05, true),
      { ...passed('cpu', 1, 0.9), value: undefined },
    ]
    expect(effectToCome(findings)).toEqual([LATENCY])
  })
})
