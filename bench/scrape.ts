// What scraping 1,000 targets a second costs, from the request to the verdict, against a Prometheus that scrapes the same ones.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '../controller/model/clock.ts'
import { createObserver } from '../controller/observe/observer.ts'
import { PROFILES } from '../controller/observe/profiles/profiles.ts'
import { createResourceWatch } from '../controller/observe/resources/watch.ts'
import { createFetcher } from '../controller/observe/scrape/fetcher.ts'
import { untilTurn } from '../controller/runtime/phase.ts'
import { benchSpec, createJudge } from './lib/judge.ts'
import { startPrometheus } from './lib/prometheus.ts'
import { lessIsBetter, report, say } from './lib/report.ts'
import { startTargetFarm, type TargetFarm } from './lib/target-farm.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    targets: { type: 'string', default: '1000' },
    samples: { type: 'string', default: '306' },
    interval: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '12' },
  },
})
const targets = Number(values.targets)
const intervalMs = Number(values.interval)
const measureMs = Number(values.seconds) * 1000
const warmupMs = Number(values.warmup) * 1000

/** CPU per 1,000 scrapes while `cpuMs` and `scrapes` count, after a warm-up. */
async function measure(cpuMs: () => number, scrapes: () => Promise<number>): Promise<number> {
  await sleep(warmupMs)
  const [cpuBefore, scrapesBefore] = [cpuMs(), await scrapes()]
  await sleep(measureMs)
  const [cpuAfter, scrapesAfter] = [cpuMs(), await scrapes()]
  const done = scrapesAfter - scrapesBefore
  const wanted = (targets * measureMs) / intervalMs
  if (done === 0) throw new Error(`no scrape was made in ${measureMs} ms`)
  // CPU per scrape holds all the same; only the pace was not reached.
  if (done < 0.95 * wanted) say(`${done} of ${wanted} scrapes were made: this machine is busy.`)
  return (cpuAfter - cpuBefore) / (done / 1000)
}

async function measureOurs(farm: TargetFarm): Promise<number> {
  const fetcher = createFetcher()
  const stopping = new AbortController()
  const spec = benchSpec()
  const startMs = performance.now()
  let known = 0
  // One Guard per target is the dearest way: every scrape is also a round with windows and quantiles.
  const guards = farm.origins.map(async (origin, index) => {
    // Diagnosis looks on, as in the loop.
    const resources = createResourceWatch({ clock: systemClock, fetcher }, [])
    const observer = createObserver(
      { clock: systemClock, fetcher, tap: resources.tap },
      {
        intervalMs,
        timeoutMs: intervalMs * 0.8,
        windowMs: 10_000,
        rateWindowMs: Math.max(2000, intervalMs),
        minimumRequests: 20,
        sources: PROFILES['prom-client'],
      },
    )
    const judge = createJudge(spec)
    observer.setTargets([
      { pod: `bench/pod-${index}`, podUid: String(index), origin, path: '/metrics', cpuCores: 1, expected: true },
    ])
    // The turn that the loop would give it.
    let at = startMs + untilTurn(`bench/guard-${index}`, startMs, intervalMs)
    while (!stopping.signal.aborted) {
      await sleep(Math.max(0, at - performance.now()))
      const { observations, at: seenAt } = await observer.observe()
      judge(observations, seenAt)
      resources.turn(false)
      if (observations.latencyP99?.kind === 'ok') known++
      at += intervalMs
    }
    observer.close()
  })
  try {
    const cpuMs = await measure(
      () => {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1000
      },
      () => farm.scrapesOf('evenkeel'),
    )
    if (known === 0) throw new Error('no signal was ever known: the bench measured nothing')
    return cpuMs
  } finally {
    stopping.abort()
    await Promise.all(guards)
    fetcher.close()
  }
}

async function measurePrometheus(farm: TargetFarm): Promise<{ cpuMs: number; version: string }> {
  const addresses = farm.origins.map((origin) => JSON.stringify(origin.slice('http://'.length)))
  const prometheus = await startPrometheus(
    [
      `global: { scrape_interval: ${intervalMs}ms, scrape_timeout: ${intervalMs}ms }`,
      `scrape_configs: [{ job_name: bench, static_configs: [{ targets: [${addresses.join(', ')}] }] }]`,
    ].join('\n'),
  )
  try {
    const cpuMs = await measure(prometheus.cpuMs, () => farm.scrapesOf('Prometheus'))
    return { cpuMs, version: prometheus.version }
  } finally {
    await prometheus.stop()
  }
}

const farm = await startTargetFarm(targets, Number(values.samples))
try {
  const size = `${targets} targets × ${Math.round(farm.bytes / 1000)} KB every ${intervalMs} ms`
  say(`${size}: ${values.warmup} s of warm-up and ${values.seconds} s of measuring each, one after the other.`)
  const prometheus = await measurePrometheus(farm)
  const ours = await measureOurs(farm)
  report('scrape', [lessIsBetter(size, 'CPU ms per 1,000 scrapes', ours, prometheus.version, prometheus.cpuMs)])
} finally {
  farm.stop()
}
