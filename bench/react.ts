// From onset to act on the real API server: how long after a queue is full has the scale-out been acknowledged? Beside it, how
// long until a Prometheus that scrapes and evaluates every second has told a webhook of the same onset, without any act.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startPrometheus } from './lib/prometheus.ts'
import { QUEUE_LIMIT } from './lib/queue-target.ts'
import { startReactWorld } from './lib/react-world.ts'
import { lessIsBetter, quantile, report, say } from './lib/report.ts'
import { startWebhook } from './lib/webhook.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    targets: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '6' },
  },
})
const rounds = Number(values.rounds)

const RULES = `groups:
- name: queue
  rules:
  - { alert: QueueFull, expr: 'queue_depth > ${QUEUE_LIMIT}' }
`

const CONFIGURATIONS = [
  { name: '1 s, one sample', intervalMs: 1000, holdMs: 0 },
  { name: '1 s, two samples', intervalMs: 1000, holdMs: 1000 },
  { name: '100 ms, one sample', intervalMs: 100, holdMs: 0 },
  { name: '100 ms, two samples', intervalMs: 100, holdMs: 100 },
] as const

// Whoever is ended early ends the controller too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

say(`A control plane, ${values.targets} targets, a controller and a Prometheus are started.`)
const webhook = await startWebhook()
const world = await startReactWorld(Number(values.targets))
const targets = [...world.addresses.values()].map((address) => JSON.stringify(address))
const prometheus = await startPrometheus(
  `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['${webhook.address}'] }] }] }
scrape_configs: [{ job_name: bench, static_configs: [{ targets: [${targets.join(', ')}] }] }]
`,
  RULES,
)
try {
  await sleep(5_000)
  const results = []
  for (const { name, intervalMs, holdMs } of CONFIGURATIONS) {
    await world.configure(intervalMs, holdMs)
    await sleep(3_000)
    const ours: number[] = []
    const peers: number[] = []
    for (let round = 0; round < rounds; round++) {
      const seen = await oneRound()
      ours.push(...seen.ours)
      peers.push(...seen.peers)
      say(`${name}: round ${round + 1} of ${rounds}, median ${Math.round(quantile(seen.ours, 0.5))} ms to the act`)
    }
    for (const [label, q] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const)
      results.push(
        lessIsBetter(
          `${name}, ${label}`,
          'ms',
          quantile(ours, q),
          `${prometheus.version} 1 s, alert posted, ${label}`,
          quantile(peers, q),
        ),
      )
  }
  report('react', results)
} finally {
  await prometheus.stop()
  await world.stop()
  webhook.close()
}

/** Fills every queue once, each at a moment of its own, and waits until both have told of each. */
async function oneRound(): Promise<{ ours: number[]; peers: number[] }> {
  const onsets = new Map<string, number>()
  const acted = new Map<string, number>()
  const alerted = new Map<string, number>()
  const guardOf = new Map([...world.addresses].map(([guard, address]) => [address, guard]))
  world.onAct((guard, at) => note(acted, guard, at))
  webhook.onAlert((labels, at) => note(alerted, guardOf.get(labels.instance ?? '') ?? '', at))
  const note = (into: Map<string, number>, guard: string, at: number) => {
    if (onsets.has(guard) && !into.has(guard)) into.set(guard, at)
  }
  await Promise.all(
    [...world.addresses.keys()].map(async (guard) => {
      // Far enough apart to be incidents of their own: what is measured is a reaction, not a storm.
      await sleep(Math.random() * 5_000)
      onsets.set(guard, Number.NaN)
      onsets.set(guard, await world.setDepth(guard, QUEUE_LIMIT * 1.5))
    }),
  )
  const deadline = performance.now() + 20_000
  while ((acted.size < onsets.size || alerted.size < onsets.size) && performance.now() < deadline) await sleep(20)
  if (acted.size < onsets.size || alerted.size < onsets.size)
    throw new Error(
      `${onsets.size} onsets, ${acted.size} acts and ${alerted.size} alerts in 20 s: something did not see`,
    )
  for (const guard of world.addresses.keys()) await world.setDepth(guard, 0)
  await sleep(1_500)
  await world.reset()
  // Prometheus resolves the alert, and the next onset is a new one.
  await sleep(2_500)
  const since = (moments: Map<string, number>) =>
    [...moments].map(([guard, at]) => at - (onsets.get(guard) ?? Number.NaN))
  return { ours: since(acted), peers: since(alerted) }
}
