// Objectives as the command line tells them: in explain, in the ledger, and what check says of them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkFiles, formatCheck } from '../../controller/cli/check.ts'
import { objectiveFigures, objectiveLines } from '../../controller/cli/objectives.ts'
import type { ObjectiveStatus } from '../../controller/model/objectives-status.ts'

const NOW = Date.UTC(2026, 0, 31)
const STATUS: ObjectiveStatus = {
  objective: 'availability',
  text: '99.9 % of requests succeed over 30 d',
  target: 0.999,
  window: 2_592_000,
  since: '2026-01-01T00:00:00.000Z',
  asOf: '2026-01-31T00:00:00.000Z',
  requests: 1_000_000,
  bad: 250,
  budgetLeft: 0.75,
  coverage: 0.98765,
  burns: [
    { pair: '1h/5m', factor: 14.4, long: 21.34, short: 15, burningSince: '2026-01-30T23:50:00.000Z' },
    { pair: '3d/6h', factor: 1 },
  ],
  counts: { open: [0, 0, 0], minutes: [], hours: [], days: [] },
}

describe('an objective', () => {
  it('is told with what is left of its budget, in time and in requests, and with its burn rates', () => {
    expect(objectiveLines([STATUS], NOW)).toEqual([
      '99.9 % of requests succeed over 30 d',
      '  75 % of the error budget is left: 32 m 24 s of full outage, or 750 bad requests more at the traffic there was; 250 of 1000000 requests were bad; 98.76 % of the time since 2026-01-01T00:00:00.000Z was watched',
      '  burn rate 1h/5m   21.3 over 1h, 15 over 5m   burning for 10 m (both above 14.4)',
      '  burn rate 3d/6h   – over 3d, – over 6h       steady (both above 1)',
    ])
  })

  it('that is overspent, or has seen nothing, says so', () => {
    const [, overspent] = objectiveLines([{ ...STATUS, bad: 1500, budgetLeft: -0.5 }], NOW)
    expect(overspent).toMatch(
      /^ {2}the error budget is overspent by 50 %: 21 m 36 s of full outage, or 500 bad requests;/,
    )
    const { budgetLeft: _, ...idle } = { ...STATUS, requests: 0, bad: 0, note: 'a note' }
    expect(objectiveLines([idle], NOW)).toEqual([
      STATUS.text,
      expect.stringMatching(/^ {2}no request was seen yet; 98\.76 % of the time/),
      expect.any(String),
      expect.any(String),
      '  a note',
    ])
    expect(objectiveLines(undefined, NOW)).toEqual([])
  })

  it('has the same figures for programs, null where there are none', () => {
    expect(objectiveFigures(STATUS)).toEqual({
      objective: 'availability',
      target: 0.999,
      within: null,
      window: 2_592_000,
      since: STATUS.since,
      asOf: STATUS.asOf,
      requests: 1_000_000,
      bad: 250,
      budgetLeft: 0.75,
      budgetLeftSeconds: expect.closeTo(1944),
      budgetLeftRequests: expect.closeTo(750),
      coverage: 0.98765,
      burns: [
        { pair: '1h/5m', factor: 14.4, long: 21.34, short: 15, burningSince: '2026-01-30T23:50:00.000Z' },
        { pair: '3d/6h', factor: 1, long: null, short: null, burningSince: null },
      ],
      note: null,
    })
  })
})

describe('evenkeel check', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evenkeel-objectives-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const check = async (objectives: string) => {
    const file = join(folder, 'guard.yaml')
    await writeFile(
      file,
      `apiVersion: evenkeel.dev/v1alpha1
kind: Guard
metadata: { name: checkout, namespace: shop }
spec:
  target: { name: checkout }
  objectives: ${objectives}
`,
    )
    const report = await checkFiles([file])
    return { ok: report.ok, said: formatCheck(report).replaceAll(file, 'guard.yaml') }
  }

  it('names the burn rates that a low objective can never reach, and accepts it all the same', async () => {
    expect(await check('{ latency: { p90: 70ms } }')).toEqual({
      ok: true,
      said: `ok       guard.yaml:1 (document 1) Guard shop/checkout
note     guard.yaml:6 (document 1) Guard shop/checkout
         spec.objectives.latency = "90%" can burn at most 10 times as fast as it may, so that 1h/5m (14.4) can never burn and is not watched
         → watch the pairs that are left, or ask for a higher share
1 Guard checked, 0 invalid.`,
    })
  })

  it('has nothing to say of a high one', async () => {
    const { said } = await check('{ availability: 99.99%, latency: { p95: 70ms } }')
    expect(said).toBe('ok       guard.yaml:1 (document 1) Guard shop/checkout\n1 Guard checked, 0 invalid.')
  })
})
