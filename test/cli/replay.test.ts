// `evenkeel replay` on a real Prometheus whose history is known to the last sample.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import {
  type HistorySeries,
  historyOf,
  startTestPrometheus,
  type TestPrometheus,
} from '../observe/prometheus/server.ts'
import { evenkeel } from './evenkeel.ts'

const START = Date.parse('2026-01-31T08:00:00Z') / 1000
const at = (seconds: number) => new Date((START + seconds) * 1000).toISOString()
const HOUR = 3_600
const PODS = ['checkout-7d9f8c6b5-bcd2x', 'checkout-7d9f8c6b5-zzz9q']

/** A counter whose rate changes at given moments. */
function counter(...rates: readonly (readonly [fromSeconds: number, perSecond: number])[]) {
  return (now: number) => {
    let total = 0
    for (const [index, [from, perSecond]] of rates.entries()) {
      const end = Math.min(now, rates[index + 1]?.[0] ?? now)
      if (end > from) total += perSecond * (end - from)
    }
    return total
  }
}

/** 40 req/s and pod, 90 between the 20th and the 30th minute; from the 40th to the 42nd nothing was scraped. */
const load = counter([0, 40], [20 * 60, 90], [30 * 60, 40])
const unscraped = (now: number) => now > 40 * 60 && now < 42 * 60
const HISTORY: HistorySeries[] = PODS.flatMap((pod): HistorySeries[] => {
  const gap = (valueAt: (now: number) => number) => (now: number) => (unscraped(now) ? undefined : valueAt(now))
  const labels = { namespace: 'shop', pod }
  const bucket = (le: string, share: number): HistorySeries => ({
    metric: 'http_request_duration_seconds_bucket',
    labels: { ...labels, le },
    valueAt: gap((now) => share * load(now)),
  })
  return [
    { metric: 'http_requests_total', labels: { ...labels, status_code: '200' }, valueAt: gap(load) },
    { metric: 'process_cpu_seconds_total', labels, valueAt: gap((now) => 0.005 * load(now)) },
    bucket('0.1', 1),
    bucket('+Inf', 1),
  ]
})

/** A queue beside the service, full between the 30th and the 35th minute; its exporter's own labels are not the service's. */
const jobs = (queue: string, valueAt: (now: number) => number): HistorySeries => ({
  metric: 'jobs_waiting',
  labels: { namespace: 'shop', pod: 'exporter-0', queue },
  valueAt,
})
HISTORY.push(
  jobs('orders', (now) => (now > 30 * 60 && now < 35 * 60 ? 5_000 : 10)),
  jobs('mail', () => 9_000),
)

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-replay-'))
let server: TestPrometheus

beforeAll(async () => {
  server = await startTestPrometheus({
    history: historyOf(HISTORY, { startSeconds: START, seconds: HOUR, everySeconds: 5 }),
  })
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function guardFile(changes: { scale?: object; limits?: object; [field: string]: unknown } = {}): string {
  const { scale, limits, ...more } = changes
  const file = join(folder, `${Math.random()}.yaml`)
  const spec = {
    mode: 'Enforce',
    target: { kind: 'Deployment', name: 'checkout' },
    limits,
    remedies: [{ scale: { min: 2, max: 8, perReplica: { rps: 50 }, ...scale } }],
    ...more,
  }
  const guard = {
    apiVersion: 'evenkeel.dev/v1alpha1',
    kind: 'Guard',
    metadata: { namespace: 'shop', name: 'checkout' },
    spec,
  }
  writeFileSync(file, stringify(guard))
  return file
}

const run = (file: string, ...more: string[]) =>
  evenkeel(['replay', '-f', file, '--prometheus', server.url, '--from', at(300), '--to', at(HOUR), ...more])

async function replayed(file: string, ...more: string[]) {
  const { code, stdout, stderr } = await run(file, '-o', 'json', ...more)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

interface Told {
  readonly at: string
  readonly kind: string
  readonly text: string
}
const kinds = (timeline: readonly Told[]) => timeline.map((event) => event.kind)
const minuteOf = ({ at: when }: Told) => (Date.parse(when) / 1000 - START) / 60

describe('an hour with a spike and a gap', () => {
  it('is told as the loop would have taken it: up as the rate rises, down once, nothing in the gap', async () => {
    const report = await replayed(guardFile())
    expect(report).toMatchObject({
      guard: 'shop/checkout',
      mode: 'Enforce',
      from: at(300),
      to: at(HOUR),
      stepSeconds: 5,
      steps: 661,
      replicas: { start: 2, end: 2, lowest: 2, highest: 4 },
      actions: { up: 2, down: 1 },
      flaps: 0,
      vetoes: { cooldown: 1 },
      breaches: { rps: 1 },
    })
    expect(kinds(report.timeline)).toEqual(['breach', 'act', 'veto', 'act', 'release', 'act', 'unknown', 'known'])
    // A rate over 20 s takes so long to tell all of a spike.
    const [breach, first, veto, up, release, down, blind, seen] = report.timeline
    expect(first).toMatchObject({ from: 2, to: 3 })
    expect(veto.text).toMatch(/^replicas 3 → 4 vetoed by cooldown: the last act was 5 s ago; the cooldown is 15 s$/)
    expect(up).toMatchObject({ from: 3, to: 4 })
    expect(up.text).toMatch(/^replicas 3 → 4: Load is 180 req\/s, .* per replica asks for 4$/)
    expect(down).toMatchObject({ from: 4, to: 2 })
    expect(minuteOf(breach)).toBeGreaterThanOrEqual(20)
    expect(minuteOf(up)).toBeLessThan(21)
    expect(minuteOf(release)).toBeLessThan(22)
    expect(minuteOf(down)).toBeGreaterThan(30)
    expect(minuteOf(down)).toBeLessThan(32)
    expect(minuteOf(blind)).toBeGreaterThan(40)
    expect(minuteOf(seen)).toBeGreaterThanOrEqual(42)
    expect(blind.text).toMatch(/^Not seen: Load, Error ratio, p99 latency, CPU: no sample of/)
    expect(report.unknownSteps).toBeGreaterThan(15)
    expect(report.unknownSteps).toBeLessThan(35)
  })

  it('is the same each time, byte by byte', async () => {
    const file = guardFile()
    const [one, other] = [await run(file, '-o', 'json'), await run(file, '-o', 'json')]
    expect(one).toEqual(other)
  })

  it('reads as text', async () => {
    const { code, stdout } = await run(guardFile({ mode: 'Observe' }))
    expect(code).toBe(0)
    expect(stdout).toMatch(/^shop\/checkout over http:.* Its mode is Observe: this is what Enforce would have done\.$/m)
    expect(stdout).toMatch(/^2026-01-31T08:20:\S+ +breach +Load is /m)
    expect(stdout).toMatch(/^acts +3 \(2 up, 1 down\)$/m)
    expect(stdout).toMatch(/^replicas +2 at the start, 2 at the end, from 2 to 4$/m)
  })

  it('with a budget of no act is vetoed, once', async () => {
    const report = await replayed(guardFile({ budget: { actions: 0, per: '1h' } }))
    expect(report).toMatchObject({ actions: { up: 0, down: 0 }, replicas: { highest: 2 }, vetoes: { budget: 1 } })
    expect(report.timeline).toContainEqual(
      expect.objectContaining({ kind: 'veto', interlocks: ['budget'], text: expect.stringMatching(/2 → \d .*budget/) }),
    )
  })

  it('with a maximum that is too small ends with nothing left to try', async () => {
    const report = await replayed(guardFile({ scale: { max: 3, effectWithin: '30s' } }))
    expect(kinds(report.timeline)).toContain('exhausted')
    expect(report.replicas.highest).toBe(3)
  })

  it('with a long cooldown waits for it to come down again', async () => {
    const report = await replayed(guardFile({ scale: { cooldown: '20m' } }))
    // At three the fourth is wanted, and then two are enough again: both have to wait, and the one is no longer wanted.
    expect(report.vetoes).toEqual({ cooldown: 2 })
    expect(report.actions).toEqual({ up: 1, down: 1 })
    const acts = report.timeline.filter((event: Told) => event.kind === 'act').map(minuteOf)
    expect(acts[1] - acts[0]).toBeCloseTo(20)
  })

  it('by steps of a second comes in several questions, and says how far it is', async () => {
    const { code, stdout, stderr } = await run(guardFile(), '-o', 'json', '--step', '1s', '--interval', '5s')
    expect(code).toBe(0)
    expect(stderr).toMatch(/^evenkeel: replayed 60 %, up to .*\nevenkeel: replayed 100 %/m)
    expect(JSON.parse(stdout)).toMatchObject({ steps: 3301, actions: { up: 2, down: 1 } })
  })

  it('starts with the replicas that it is told, and shares CPU over the cores that it is told', async () => {
    const report = await replayed(guardFile({ limits: { cpu: '40%' } }), '--replicas', '5')
    expect(report.replicas.start).toBe(5)
    expect(report.breaches.cpu).toBe(1)
    const cores = await replayed(guardFile({ limits: { cpu: '40%' } }), '--cores', '2')
    expect(cores.breaches.cpu).toBeUndefined()
  })

  it('honours a schedule: its floor from its beginning to its end, and names it', async () => {
    const schedules = [{ cron: '50 8 31 1 *', for: '5m', scale: { min: 4 } }]
    const report = await replayed(guardFile({ schedules }))
    const late = report.timeline.filter((event: Told) => event.kind === 'act' && minuteOf(event) > 45)
    const [up, down] = late
    expect(late).toHaveLength(2)
    expect(up).toMatchObject({ from: 2, to: 4, at: at(50 * 60) })
    expect(up.text).toMatch(/fewer than min, which is 4 by the schedule "50 8 31 1 \*" \(UTC\), until 2026-01-31T08:55/)
    expect(down).toMatchObject({ from: 4, to: 2 })
    expect(minuteOf(down)).toBeGreaterThan(55)
    expect(minuteOf(down)).toBeLessThan(57)
  })

  it('is asked of the server that the Guard names, by the labels that it names', async () => {
    const signals = { from: { prometheus: { url: server.url, interval: '5s', match: { pod: 'checkout-.*' } } } }
    const args = ['replay', '-f', guardFile({ signals }), '--from', String(START + 300), '--to', String(START + HOUR)]
    const { code, stdout } = await evenkeel([...args, '-o', 'json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).actions).toEqual({ up: 2, down: 1 })
  })
})

describe('signals from elsewhere', () => {
  const orders = { metric: 'jobs_waiting', match: { queue: 'orders' } }
  const ofQueue = (timeline: readonly Told[]) => timeline.filter((event) => event.text.includes('Queue'))

  it('are read from the same server, whatever pods they are of, also where they are scraped now', async () => {
    const file = guardFile({ signals: { queue: { ...orders, service: 'jobs-exporter' } } })
    const report = await replayed(file)
    expect(report.breaches).toEqual({ rps: 1, queue: 1 })
    const [breach, ...others] = ofQueue(report.timeline)
    expect(breach).toMatchObject({ kind: 'breach', text: 'Queue is 5,000, over its limit of 1,000' })
    expect(minuteOf(breach as Told)).toBeCloseTo(30, 0)
    expect(others.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['act', 'release']))
    expect(report.replicas.highest).toBe(8)
  })

  it('may be all there is', async () => {
    const url = server.url
    const file = guardFile({
      signals: { profile: 'generic', queue: { ...orders, prometheus: { url, interval: '5s' } } },
      remedies: [{ scale: { min: 2, max: 4 } }],
    })
    const { code, stdout } = await evenkeel(['replay', '-f', file, '--from', at(300), '--to', at(HOUR), '-o', 'json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ source: url, unknownSteps: 0, breaches: { queue: 1 } })
  })

  it('that can’t be read are unknown, which is said, and the others go on', async () => {
    const file = guardFile({
      signals: {
        from: { prometheus: { url: server.url, interval: '5s' } },
        queue: { ...orders, prometheus: { url: 'http://127.0.0.1:9' } },
      },
    })
    const { code, stdout } = await evenkeel(['replay', '-f', file, '--from', at(300), '--to', at(HOUR), '-o', 'json'])
    expect(code).toBe(0)
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ steps: 661, unknownSteps: 661, breaches: { rps: 1 }, actions: { up: 2, down: 0 } })
    expect(report.timeline[0]).toMatchObject({ text: 'Not seen: Queue: http://127.0.0.1:9: connection refused' })
  })
})

describe('a Guard that sheds before it scales', () => {
  it('has the acts of both counted, with the Features of its file', async () => {
    const remedies = [{ degrade: { effectWithin: '20s' } }, { scale: { min: 2, max: 8, perReplica: { rps: 50 } } }]
    const file = guardFile({ remedies, limits: { latency: '1ms' } })
    const features = ['reviews', 'search'].map((name) => ({
      apiVersion: 'evenkeel.dev/v1alpha1',
      kind: 'Feature',
      metadata: { namespace: 'shop', name },
      spec: { tier: 'Sheddable' },
    }))
    appendFileSync(file, features.map((one) => `---\n${stringify(one)}`).join(''))
    const report = await replayed(file)
    expect(report.remedies.degrade).toBeGreaterThan(0)
    expect(report.remedies.scale).toBeGreaterThan(0)
    const acts = report.timeline.filter(({ kind }: Told) => kind === 'act')
    expect(acts[0].text).toMatch(/^Feature\/reviews off, Feature\/search off: p99 latency is /)
    expect(report.actions.up + report.actions.down).toBe(acts.length)
  })
})

describe('a replay that can not be', () => {
  it.each<[string, () => string, string[], number, RegExp]>([
    ['its times are turned round', guardFile, ['--from', at(60), '--to', at(0)], 2, /is not before --to/],
    ['a time is none', guardFile, ['--from', 'yesterday'], 2, /--from yesterday is no time: write it like/],
    ['a time has no zone', guardFile, ['--from', '2026-01-31T08:00:00'], 2, /is no time/],
    ['a step is none', guardFile, ['--step', '5'], 2, /--step 5 is no duration/],
    ['the steps are too many', guardFile, ['--from', '0', '--step', '100ms'], 2, /lengthen --step/],
    ['replicas are none', guardFile, ['--replicas', '0'], 2, /--replicas 0 can't be used/],
    ['the format is none', guardFile, ['-o', 'xml'], 2, /--output xml is not known/],
    ['the URL is none', guardFile, ['--prometheus', 'localhost'], 2, /is no URL/],
    [
      'there is no data then',
      guardFile,
      ['--from', at(-HOUR), '--to', at(-60)],
      1,
      /has no sample for any signal of shop\/checkout .* The first query was: /,
    ],
    [
      'the server is away',
      guardFile,
      ['--prometheus', 'http://127.0.0.1:9'],
      1,
      /the history can't be read: http:\/\/127.0.0.1:9: connection refused/,
    ],
    ['the file is none', () => '/nowhere.yaml', [], 1, /\/nowhere.yaml can't be read/],
    ['the Guard is wrong', () => guardFile({ limits: { hodl: '2s' } }), [], 1, /spec.limits.hodl .* did you mean hold/],
    ['the Guard is paused', () => guardFile({ mode: 'Paused' }), [], 1, /is paused/],
  ])('because %s, says so', async (_, file, more, code, words) => {
    const finished = await run(file(), ...more)
    expect(finished.stderr).toMatch(words)
    expect(finished).toMatchObject({ code, stdout: '' })
  })

  it('because no server is named, says so', async () => {
    const { code, stderr } = await evenkeel(['replay', '-f', guardFile(), '--from', at(0), '--to', at(60)])
    expect(code).toBe(2)
    expect(stderr).toMatch(/names no Prometheus: say which with --prometheus URL/)
  })
})
