// The summary as JSON: moments in three forms, null for what never came.
import { describe, expect, it } from 'vitest'
import { ASCII, UNICODE } from '../../../sandbox/view/glyphs.ts'
import type { Summary } from '../../../sandbox/view/model.ts'
import { summaryJson, summaryLines } from '../../../sandbox/view/summary.ts'
import { toText } from '../../../sandbox/view/text.ts'
import { notHealed, START, SUMMARY } from './support/states.ts'

const lines = (summary: Summary) => summaryLines(summary, UNICODE).map(toText)

describe('the summary as JSON', () => {
  it('has moments as epoch ms, ISO and seconds, and survives JSON', () => {
    const json = summaryJson(SUMMARY)
    expect(JSON.parse(JSON.stringify(json))).toEqual(json)
    expect(json).toMatchObject({
      scenario: 'spike',
      healed: true,
      why: null,
      durationSeconds: 74,
      onset: {
        epochMs: START + 31_500,
        iso: '2026-01-01T00:00:31.500Z',
        secondsAfterStart: 31.5,
        secondsAfterOnset: 0,
      },
      firstAct: { secondsAfterOnset: 2.012 },
      startedAt: { secondsAfterStart: 0, secondsAfterOnset: null },
      requests: { sent: 14_820, failed: 148, failedRatio: 0.009987, failedBeforeFirstAct: 96, failedAfterFirstAct: 52 },
      estimateWithoutController: { failed: 1_440 },
      compared: null,
      acts: [{ service: 'gateway', what: 'replicas 2 → 4' }, { service: 'gateway' }],
    })
  })

  it('has null for what never came', () => {
    if (notHealed.summary === undefined) throw new Error('no summary')
    expect(summaryJson({ ...notHealed.summary, requests: { ...notHealed.summary.requests, sent: 0 } })).toMatchObject({
      healed: false,
      why: expect.stringMatching(/no remedy/),
      firstAct: null,
      recovered: null,
      requests: { failedRatio: null, failedAfterFirstAct: null },
      estimateWithoutController: null,
      compared: { withController: false, failed: 5_201 },
    })
  })
})

describe('the summary in words', () => {
  it('calls an estimate an estimate, never puts it below what did fail, and prefers a measurement', () => {
    expect(lines(SUMMARY).join('\n')).toMatch(/about 1,440 would have failed \(an estimate, not measured\)/)
    expect(lines({ ...SUMMARY, estimate: { failed: 10, basis: 'a guess' } }).join('\n')).toMatch(
      /about 148 would have failed/,
    )
    const compared = lines({ ...SUMMARY, compared: { withController: false, sent: 14_900, failed: 1_702 } }).join('\n')
    expect(compared).toMatch(/1,702 of 14,900 failed, measured/)
    expect(compared).not.toMatch(/estimate/)
  })

  it('estimates nothing for a run without the controller', () => {
    expect(lines({ ...SUMMARY, withController: false }).join('\n')).not.toMatch(/estimate/)
  })

  it.each([
    [{ sent: 1_000_000, failed: 3 }, '3 failed (below 0.1 %)'],
    [{ sent: 1_000, failed: 0 }, '0 failed (0 %)'],
    [{ sent: 0, failed: 0 }, '0 failed'],
    [{ sent: 1_000, failed: 74 }, '74 failed (7.4 %)'],
    [{ sent: 1_000, failed: 512 }, '512 failed (51 %)'],
  ])('%j: %s', (counts, words) => {
    const told = lines({ ...SUMMARY, requests: { ...SUMMARY.requests, ...counts } }).find((line) =>
      line.startsWith('requests'),
    )
    expect(told).toMatch(new RegExp(`${words.replace(/[()]/g, '\\$&')}$`))
  })

  it('tells a run in which nothing went past a limit', () => {
    const { onset: _, ...rest } = SUMMARY
    expect(lines({ ...rest, onset: undefined, acts: [] }).join('\n')).toMatch(/never: no limit was passed/)
  })

  it('does not say that nothing went past a limit when nobody watched', () => {
    expect(lines({ ...SUMMARY, withController: false, onset: undefined, acts: [] }).join('\n')).toMatch(
      /not seen: nobody watched/,
    )
    expect(lines({ ...SUMMARY, withController: false, detected: undefined }).join('\n')).toMatch(
      /detected\s+nobody watched/,
    )
  })

  it('is ASCII where the locale is', () => {
    expect(summaryLines(SUMMARY, ASCII).map(toText).join('\n')).toMatch(/^[\x20-\x7e\n]*$/)
  })
})
