// `evenkeel ledger` as a process: of a list, of a Guard, and used wrongly.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiDouble, sendJson, startApiDouble } from '../kube/api-double.ts'
import { evenkeel } from './evenkeel.ts'

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-ledger-'))
afterAll(() => rmSync(folder, { recursive: true }))

const AT = ['--at', '2026-01-31T00:00:00Z']
let files = 0

function fileOf(content: unknown): string {
  const path = join(folder, `${++files}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function computed(list: unknown, ...args: string[]): Promise<Record<string, number | null>> {
  const { code, stdout, stderr } = await evenkeel(['ledger', '--from', fileOf(list), ...AT, '-o', 'json', ...args])
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

const OUTAGE = { start: '2026-01-10T00:00:00Z', end: '2026-01-10T00:20:00Z', kind: 'down' }

describe('of a list', () => {
  it('prints seconds and ratios as JSON, null where there is none', async () => {
    expect(
      await computed([OUTAGE, { start: '2026-01-30T23:50:00Z', kind: 'unknown', end: null }], '--window', '30d'),
    ).toEqual({
      window: 2_592_000,
      observed: 2_592_000,
      unknown: 600,
      maintenance: 0,
      down: 1200,
      outages: 1,
      availability: (2_592_000 - 1800) / (2_592_000 - 600),
      availabilityWeighted: (2_592_000 - 1800) / (2_592_000 - 600),
      mtbfSeconds: 2_592_000 - 1800,
      mttrSeconds: 1200,
      mttrClosedSeconds: 1200,
      mttrMedianSeconds: 1200,
      mttrP90Seconds: 1200,
      openIncidents: 0,
      coverage: 1 - 600 / 2_592_000,
    })
    expect(await computed([])).toMatchObject({ outages: 0, availability: 1, mtbfSeconds: null, mttrSeconds: null })
  })

  it('takes --since, --merge-gap and --min-duration', async () => {
    const flaps = [
      OUTAGE,
      { ...OUTAGE, start: '2026-01-10T00:21:00Z', end: '2026-01-10T00:22:00Z' },
      { ...OUTAGE, start: '2026-01-20T00:00:00Z', end: '2026-01-20T00:00:05Z' },
    ]
    expect(await computed(flaps)).toMatchObject({ outages: 3, down: 1265 })
    expect(await computed(flaps, '--merge-gap', '2m', '--min-duration', '10s')).toMatchObject({
      outages: 1,
      down: 1320,
    })
    expect(await computed(flaps, '--since', '2026-01-15T00:00:00Z')).toMatchObject({
      outages: 1,
      observed: 16 * 86_400,
    })
  })

  it('reads standard input, and Unix seconds', async () => {
    const args = ['ledger', '--from', '-', '--window', '100s', '--at', '1000', '-o', 'json']
    const { code, stdout } = await evenkeel(args, { stdin: '\uFEFF[{"start": 910, "end": 920.5, "kind": "down"}]' })
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { down: 10.5, outages: 1, availability: 0.895 }])
  })

  it('is a table for people, which says what MTTR means, and why a figure is none', async () => {
    const { code, stdout } = await evenkeel(['ledger', '--from', fileOf([{ ...OUTAGE, end: undefined }]), ...AT])
    expect(code).toBe(0)
    for (const row of [
      /^Availability +\d+(\.\d+)? % +up ÷ \(up \+ down\)$/m,
      /^Outages \(N\) +1 .*; 1 still open$/m,
      /^MTTR +21 d .*from impact start to service restored: down ÷ N; a lower bound while one is open$/m,
      /^ {2}closed +– +no outage is over yet$/m,
      /^ {2}median +21 d/m,
      /^ {2}p90 +21 d/m,
      /^Coverage +100 %/m,
    ])
      expect(stdout).toMatch(row)
    const calm = await evenkeel(['ledger', '--from', fileOf([]), ...AT])
    expect(calm.stdout).toMatch(/^MTBF +– +no outage: at least 30 d$/m)
    expect(calm.stdout).toMatch(/^MTTR +– +no outage$/m)
    const blind = await evenkeel(['ledger', '--from', fileOf([{ start: '2025-01-01', kind: 'unknown' }]), ...AT])
    expect(blind.stdout).toMatch(/^Availability +– +neither up nor down time is known$/m)
  })

  it('never rounds an outage away', async () => {
    const { stdout } = await evenkeel([
      'ledger',
      '--from',
      fileOf([{ ...OUTAGE, end: '2026-01-10T00:00:00.050Z' }]),
      ...AT,
    ])
    expect(stdout).toMatch(/^Availability +99\.99999 %/m)
  })
})

describe('of a list that is wrong it names the entry and the field, exit code 1:', () => {
  it.each<[string, unknown, string]>([
    ['no JSON', '[{"start"', 'is not JSON: '],
    ['no list', { intervals: [] }, 'is not a list: write ['],
    ['no object', [OUTAGE, 7], 'entry 2: it is 7, not an object'],
    [
      'an unknown kind',
      [{ ...OUTAGE, kind: 'broken' }],
      'entry 1: kind ("broken") is not known: write down, degraded, maintenance, unknown',
    ],
    ['no kind', [{ start: OUTAGE.start }], 'entry 1: kind is missing'],
    [
      'an end before the start',
      [OUTAGE, { ...OUTAGE, end: '2026-01-09T00:00:00Z' }],
      'entry 2: end ("2026-01-09T00:00:00Z") is before start',
    ],
    ['a bad start', [{ ...OUTAGE, start: 'soon' }], 'entry 1: start ("soon") is not a time: write it like 2026-'],
    ['no start', [{ kind: 'down' }], 'entry 1: start is missing'],
    [
      'a day that does not exist',
      [{ ...OUTAGE, end: '2026-02-30T00:00:00Z' }],
      'entry 1: end ("2026-02-30T00:00:00Z") is not a time',
    ],
    [
      'no time zone',
      [{ ...OUTAGE, start: '2026-01-10T00:00:00' }],
      'entry 1: start ("2026-01-10T00:00:00") is not a time',
    ],
    ['milliseconds', [{ ...OUTAGE, start: 1_769_832_000_000 }], 'entry 1: start (1769832000000) is not a time'],
    [
      'a weight past 1',
      [{ ...OUTAGE, kind: 'degraded', weight: 30 }],
      'entry 1: weight (30) is not a number from 0 to 1',
    ],
    [
      'a mistyped field',
      [{ start: OUTAGE.start, ends: OUTAGE.end, kind: 'down' }],
      'entry 1: ends is not a known field',
    ],
  ])('%s', async (_, content, says) => {
    const file = fileOf(content)
    const { code, stdout, stderr } = await evenkeel(['ledger', '--from', file, ...AT])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`evenkeel: ${file}`)
    expect(stderr).toContain(says)
  })

  it('a file that is not there', async () => {
    const { code, stderr } = await evenkeel(['ledger', '--from', '/nowhere.json'])
    expect([code, stderr]).toEqual([1, expect.stringContaining("/nowhere.json can't be read: ENOENT")])
  })

  it('many faults are told shortly', async () => {
    const { stderr } = await evenkeel(['ledger', '--from', fileOf(Array.from({ length: 9 }, () => ({}))), ...AT])
    expect(stderr.split('\n').length).toBeLessThan(9)
    expect(stderr).toContain('and 13 more')
  })
})

describe('used wrongly, exit code 2:', () => {
  it.each<[string, string[], string]>([
    ['neither a Guard nor a list', [], 'name a Guard, NAMESPACE/NAME, or give --from FILE'],
    ['both', ['shop/checkout', '--from', 'x.json'], 'shows one of two'],
    ['no namespace', ['checkout'], '"checkout" does not name a Guard'],
    ['a window that is no duration', ['--from', '-', '--window', 'month'], '--window month is not a duration'],
    ['no window', ['--from', '-', '--window', '0s'], '--window 0s is empty'],
    ['a window longer than is kept', ['shop/checkout', '--window', '90d'], '--window 90d is longer'],
    ['a bad --at', ['--from', '-', '--at', 'noon'], '--at noon is not a time'],
    [
      'a --since after --at',
      ['--from', '-', '--at', '2026-01-01', '--since', '2026-01-02'],
      "is after the window's end",
    ],
    ['a bad --merge-gap', ['--from', '-', '--merge-gap', 'x'], '--merge-gap x is not a duration'],
    ['an option of lists for a Guard', ['shop/checkout', '--merge-gap', '1s'], '--merge-gap is for --from FILE only'],
    ['an unknown format', ['--from', '-', '-o', 'xml'], '--output xml is not known'],
  ])('%s', async (_, args, says) => {
    const { code, stdout, stderr } = await evenkeel(['ledger', ...args])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
  })
})

describe('of a Guard', () => {
  let api: ApiDouble
  beforeEach(async () => {
    api = await startApiDouble()
  })
  afterEach(() => api.close())

  const LEDGER = {
    since: '2026-01-01T00:00:00.000Z',
    seenAt: '2026-01-02T00:00:00.000Z',
    open: [],
    recent: [{ kind: 'down', start: '2026-01-01T10:00:00.000Z', end: '2026-01-01T11:00:00.000Z' }],
    traffic: [{ day: '2026-01-01T00:00:00.000Z', requests: 1000, failed: 250 }],
    fault: 'the annotation can’t be read',
  }
  const INCIDENT = {
    spec: { guard: 'checkout', target: { kind: 'Deployment', name: 'checkout' } },
    status: {
      phase: 'Resolved',
      summary: 's',
      onset: '2026-01-01T10:00:00Z',
      detectedAt: '2026-01-01T10:00:02Z',
      mitigatedAt: '2026-01-01T11:00:00Z',
      findings: [],
      actions: [],
      timeline: [],
    },
  }
  const serve = (status: object) =>
    api.answer(({ path }, response) =>
      sendJson(
        response,
        200,
        path.includes('incidents')
          ? { metadata: { resourceVersion: '1' }, items: [INCIDENT] }
          : { metadata: {}, spec: {}, status },
      ),
    )

  it('it prints the same table from the status, as of when it was last seen, and how fast its Incidents were answered', async () => {
    serve({ ledger: LEDGER })
    const { code, stdout } = await evenkeel(['ledger', 'shop/checkout', '--kubeconfig', api.kubeconfigPath])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^shop\/checkout, as of 2026-01-02T00:00:00.000Z \(.* ago\)\nAttention: the annotation/)
    expect(stdout).toMatch(/^Observed +1 d +since 2026-01-01T00:00:00.000Z, which is shorter than the window$/m)
    expect(stdout).toMatch(/^MTTR +1 h +from impact/m)
    expect(stdout).toMatch(/^ {2}by requests +75 % +1 − failed ÷ requests, of the 1000 seen/m)
    expect(stdout).toMatch(/^ {2}MTTD +2 s +from impact start to detected$/m)
    expect(stdout).toMatch(/^ {2}first act +– +no Incident had an act$/m)
    expect(stdout).toMatch(/^ {2}mitigated +1 h /m)
  })

  it('as JSON it has the keys of a list, and more', async () => {
    serve({ ledger: LEDGER })
    const args = ['ledger', 'shop/checkout', '--window', '14h', '-o', 'json', '--kubeconfig', api.kubeconfigPath]
    expect(JSON.parse((await evenkeel(args)).stdout)).toMatchObject({
      guard: 'shop/checkout',
      asOf: LEDGER.seenAt,
      window: 50_400,
      observed: 50_400,
      down: 3600,
      outages: 1,
      requests: 1000,
      availabilityByRequests: 0.75,
      mttdSeconds: 2,
    })
  })

  it('with objectives it shows their budgets and burn rates too', async () => {
    const objective = {
      objective: 'latency',
      text: '95 % of requests are served within 70 ms over 30 d',
      target: 0.95,
      within: 0.07,
      window: 2_592_000,
      since: '2026-01-01T00:00:00.000Z',
      asOf: '2026-01-02T00:00:00.000Z',
      requests: 1000,
      bad: 25,
      budgetLeft: 0.5,
      coverage: 1,
      burns: [{ pair: '1h/5m', factor: 14.4, long: 0.5, short: 0.25 }],
      counts: { open: [5_891_616, 1000, 25], minutes: [], hours: [], days: [] },
    }
    serve({ ledger: LEDGER, objectives: [objective] })
    const args = ['ledger', 'shop/checkout', '--kubeconfig', api.kubeconfigPath]
    const { stdout } = await evenkeel(args)
    expect(stdout).toContain(`\n${objective.text}\n  50 % of the error budget is left: 18 h of full outage, or 25 bad`)
    expect(stdout).toMatch(/^ {2}burn rate 1h\/5m +0\.5 over 1h, 0\.25 over 5m +steady \(both above 14\.4\)$/m)
    const told = JSON.parse((await evenkeel([...args, '-o', 'json'])).stdout)
    expect(told.objectives).toMatchObject([
      { objective: 'latency', budgetLeft: 0.5, burns: [{ pair: '1h/5m', long: 0.5, burningSince: null }] },
    ])
  })

  it('that is under maintenance says until when, and by which', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const maintenance = [{ by: 'cron', cron: '0 3 * * 0', timezone: 'UTC', until }]
    serve({ ledger: { ...LEDGER, maintenance } })
    const args = ['ledger', 'shop/checkout', '--kubeconfig', api.kubeconfigPath]
    const { stdout } = await evenkeel(args)
    expect(stdout).toMatch(/^Maintenance: On until .*Z \((1 h|59 m.*) more\), by the cron "0 3 \* \* 0" \(UTC\)$/m)
    expect(JSON.parse((await evenkeel([...args, '-o', 'json'])).stdout)).toMatchObject({ maintenanceNow: maintenance })
  })

  it('that has none yet says so, exit code 1', async () => {
    serve({})
    const { code, stderr } = await evenkeel(['ledger', 'shop/checkout', '--kubeconfig', api.kubeconfigPath])
    expect([code, stderr]).toEqual([1, expect.stringContaining('shop/checkout has no ledger yet')])
  })
})
