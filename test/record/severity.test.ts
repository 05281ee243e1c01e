import { expect, it } from 'vitest'
import { ALL_CALM, type Assessment, type LimitName } from '../../controller/model/assessment.ts'
import type { Observation } from '../../controller/model/signal.ts'
import { whyCritical } from '../../controller/record/severity.ts'

const known = (value: number): Observation => ({ kind: 'ok', value })
const unknown: Observation = { kind: 'unknown', why: 'it does not exist' }

function assessment(limit: LimitName, wanted: Observation, ready: Observation): Assessment {
  return {
    at: 0,
    observations: { replicasWanted: wanted, replicasReady: ready },
    limits: ALL_CALM,
    findings: [{ limit, onset: 0, confirmedAt: 0, value: 1, threshold: 1, peak: 1, eased: false }],
    blind: [],
  }
}

it.each<[LimitName, Observation, Observation, boolean, string | undefined]>([
  ['cpu', known(2), known(2), false, undefined],
  ['errors', known(2), known(2), false, 'requests fail'],
  ['cpu', known(2), known(0), false, 'no replica is ready'],
  ['cpu', known(0), known(0), false, undefined],
  ['cpu', unknown, unknown, false, undefined],
  ['cpu', known(2), known(2), true, 'no remedy is left'],
])('%s past its limit, wanted %o, ready %o, exhausted %s: %s', (limit, wanted, ready, isExhausted, why) => {
  expect(whyCritical(assessment(limit, wanted, ready), isExhausted)).toBe(why)
})
