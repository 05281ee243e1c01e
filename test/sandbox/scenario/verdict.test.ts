// When a run counts as healed, and what its summary says.
import { describe, expect, it } from 'vitest'
import type { LoadSecond } from '../../../sandbox/load/seconds.ts'
import { type IncidentTimes, type Run, summarise } from '../../../sandbox/scenario/verdict.ts'

const second = (index: number, changes: Partial<LoadSecond> = {}): LoadSecond => ({
  at: index * 1_000,
  wanted: 100,
  sent: 100,
  ok: 100 - (changes.failed ?? 0),
  failed: 0,
  p50Ms: 10,
  p99Ms: 50,
  failures: {},
  ...changes,
})
/** Fault from 10 s to 45 s; requests fail from 11 s to 17 s. */
const load = Array.from({ length: 70 }, (_, index) => second(index, index >= 11 && index < 17 ? { failed: 40 } : {}))
const incident: IncidentTimes = {
  guard: 'checkout',
  phase: 'Resolved',
  onset: 11_000,
  detected: 12_000,
  firstAct: 13_000,
  mitigated: 17_500,
}
const run: Run = {
  scenario: 'spike',
  fault: 'Four times the load.',
  target: 'checkout',
  withController: true,
  startedAt: 0,
  faultAt: 10_000,
  faultOffAt: 45_000,
  endedAt: 70_000,
  incidentsAtFaultOff: [{ ...incident, phase: 'Mitigated' }],
  incidents: [incident],
  exhausted: undefined,
  load,
  replicas: [],
  acts: [],
  compared: undefined,
  comparedShedding: undefined,
}

describe('a run', () => {
  it('that was noticed, treated and well before the fault ended is healed, and its moments and losses are told', () => {
    expect(summarise(run)).toMatchObject({
      healed: true,
      why: undefined,
      onset: 11_000,
      detected: 12_000,
      firstAct: 13_000,
      mitigated: 17_500,
      recovered: 17_000,
      requests: { sent: 6_100, ok: 5_860, failed: 240, failedBeforeFirstAct: 80, failedAfterFirstAct: 160 },
      estimate: { failed: 1_200, basis: expect.stringMatching(/^34 % of the requests failed until/) },
    })
  })

  const failing = (from: number, to: number) =>
    load.map((one, index) => (index >= from && index < to ? second(index, { failed: 40 }) : one))
  it.each<[string, Partial<Run>, RegExp]>([
    ['without a controller', { withController: false, incidents: [], incidentsAtFaultOff: [] }, /^No controller/],
    [
      'that nobody noticed',
      { incidents: [], incidentsAtFaultOff: [] },
      /^No incident was opened: no limit of checkout was passed/,
    ],
    ['that was stopped', { faultOffAt: undefined }, /^The run was stopped/],
    [
      'whose breach lasted',
      { incidentsAtFaultOff: [{ ...incident, phase: 'Open' }] },
      /^checkout was still past its limits when the fault ended\.$/,
    ],
    [
      'whose remedies were spent',
      {
        incidentsAtFaultOff: [{ ...incident, phase: 'Open' }],
        exhausted: 'latency past the limit at the maximum of 8 replicas.',
      },
      /ended: latency past the limit at the maximum of 8 replicas\.$/,
    ],
    ['that went away by itself', { incidents: [{ ...incident, firstAct: undefined }] }, /^It ended without an act/],
    [
      'whose users still suffered',
      { load: failing(39, 46) },
      /^Requests still failed or were slow in 5 of the last 5 seconds/,
    ],
    [
      'whose users still waited',
      { load: load.map((one, index) => (index === 41 || index === 43 ? second(index, { p99Ms: 900 }) : one)) },
      /in 2 of the last 5/,
    ],
    [
      'whose incident stayed',
      { incidents: [{ ...incident, phase: 'Mitigated' }] },
      /^The incident of checkout was not resolved/,
    ],
  ])('%s is not healed, and says why', (_, changes, why) => {
    expect(summarise({ ...run, ...changes })).toMatchObject({ healed: false, why: expect.stringMatching(why) })
  })

  it('is not recovered while requests fail in its last seconds', () => {
    expect(
      summarise({ ...run, load: failing(11, 70), incidents: [{ ...incident, mitigated: undefined }] }),
    ).toMatchObject({
      mitigated: undefined,
      recovered: undefined,
    })
  })

  it('without an act estimates nothing', () => {
    const untreated = { ...run, incidents: [{ ...incident, firstAct: undefined }] }
    expect(summarise(untreated)).toMatchObject({ firstAct: undefined, estimate: undefined })
    expect(summarise(untreated).requests).toMatchObject({
      failed: 240,
      failedBeforeFirstAct: 240,
      failedAfterFirstAct: undefined,
    })
  })

  it('in which no request ever failed is recovered when it is mitigated', () => {
    expect(summarise({ ...run, load: load.map((_, index) => second(index)) }).recovered).toBe(17_500)
  })
})
