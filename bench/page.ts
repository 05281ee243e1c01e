// From the first bad response to the page: by Prometheus and Alertmanager as they come, by the same tuned to a second, and by Evenkeel’s
// push; and to the first act, after which most need no page. All see the same failures in the same run.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { alertmanagerConfig } from '../alerts/routing/config.ts'
import { ALERTS } from '../controller/model/names.ts'
import { type Receiver, startAlertmanager, startReceiver } from '../test/alerts/alertmanager-server.ts'
import { startPageWorld } from './lib/page-world.ts'
import { startPrometheus } from './lib/prometheus.ts'
import { lessIsBetter, quantile, type Result, report, say } from './lib/report.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    services: { type: 'string', default: '4' },
  },
})

/** As Evenkeel’s limits are: past 5 % for two seconds. */
const TUNED = { name: 'Prometheus and Alertmanager at 1 s', scrape: '1s', range: '4s', hold: '2s', groupWait: '1s' }
/** Without a hold, in their favour: it would be another minute. */
const DEFAULTS = {
  name: 'Prometheus and Alertmanager at their defaults',
  scrape: '1m',
  range: '5m',
  hold: '0s',
  groupWait: '30s',
}
const SCRAPES_FIRST_MS = 130_000

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const peers = values.quick ? [TUNED] : [TUNED, DEFAULTS]
const stops: (() => unknown)[] = []
/** The moments at which a receiver was told of each service first. */
const firstTold = ({ notifications }: Receiver, label: string) => {
  const told = new Map<string, number>()
  for (const { alerts, at } of notifications)
    for (const { labels } of alerts) {
      const service = labels[label] ?? ''
      if (labels.alertname !== ALERTS.watchdog && !told.has(service)) told.set(service, at)
    }
  return told
}

async function startOurs(): Promise<{ url: string; receiver: Receiver }> {
  const receiver = await startReceiver()
  const config = alertmanagerConfig()
  const alertmanager = await startAlertmanager({
    ...config,
    receivers: config.receivers.map(({ name }) => ({ name, webhook_configs: [{ url: receiver.url }] })),
  })
  stops.push(() => receiver.close(), alertmanager.stop)
  return { url: alertmanager.url, receiver }
}

async function startPeer({ scrape, range, hold, groupWait }: typeof TUNED, addresses: ReadonlyMap<string, string>) {
  const receiver = await startReceiver()
  const alertmanager = await startAlertmanager({
    route: { receiver: 'page', group_by: ['service'], group_wait: groupWait },
    receivers: [{ name: 'page', webhook_configs: [{ url: receiver.url }] }],
  })
  const targets = [...addresses].map(([service, address]) => ({ targets: [address], labels: { service } }))
  const requests = (status: string) => `sum by (service) (rate(http_requests_total${status}[${range}]))`
  // JSON is YAML.
  const prometheus = await startPrometheus(
    JSON.stringify({
      global: { scrape_interval: scrape, scrape_timeout: '1s', evaluation_interval: scrape },
      rule_files: ['rules.yml'],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }] },
      scrape_configs: [{ job_name: 'bench', static_configs: targets }],
    }),
    JSON.stringify({
      groups: [
        {
          name: 'errors',
          rules: [
            { alert: 'Errors', expr: `${requests('{status_code="500"}')} / (${requests('')} > 0) > 0.05`, for: hold },
          ],
        },
      ],
    }),
  )
  stops.push(() => receiver.close(), alertmanager.stop, prometheus.stop)
  return receiver
}

say(
  `A control plane, ${4 * Number(values.services) + 2} services, a controller, and ${peers.length} pairs of Prometheus and Alertmanager are started.`,
)
try {
  const ours = await startOurs()
  const world = await startPageWorld(Number(values.services), ours.url)
  stops.push(world.stop)
  const watched = new Map([...world.addresses].filter(([name]) => world.exhausted.includes(name)))
  const receivers = await Promise.all(peers.map((peer) => startPeer(peer, watched)))
  const longest = values.quick ? 15_000 : SCRAPES_FIRST_MS
  say(`Each Prometheus scrapes twice, and the services begin to fail, within ${longest / 1000} s.`)
  await sleep(values.quick ? 10_000 : SCRAPES_FIRST_MS)
  const onsets = new Map<string, number>()
  await Promise.all(
    [...world.exhausted, ...world.acting].map(async (service) => {
      // Anywhere between two scrapes.
      await sleep(Math.random() * (values.quick ? 10_000 : 60_000))
      onsets.set(service, await world.fail(service))
    }),
  )
  say('All have failed; who tells of it, and when?')
  const deadline = performance.now() + (values.quick ? 60_000 : 240_000)
  const sides = () => [
    ...receivers.map((receiver) => firstTold(receiver, 'service')),
    firstTold(ours.receiver, 'service'),
  ]
  const isComplete = () =>
    sides().every((told) => world.exhausted.every((service) => told.has(service))) &&
    world.acting.every((service) => world.actedAt.has(service))
  while (!isComplete() && performance.now() < deadline) await sleep(50)
  if (!isComplete()) {
    const told = sides().map(({ size }, index) => `${peers[index]?.name ?? 'the push'}: ${size}`)
    throw new Error(
      `not every failure of ${world.exhausted.length} services was told of in time: ${told.join(', ')}, first acts: ${world.actedAt.size}`,
    )
  }

  const since = (moments: ReadonlyMap<string, number>, services: readonly string[]) =>
    services.map((service) => (moments.get(service) ?? Number.NaN) - (onsets.get(service) ?? Number.NaN))
  const pushed = since(firstTold(ours.receiver, 'service'), world.exhausted)
  const acted = since(world.actedAt, world.acting)
  const results = peers.flatMap((peer, index): Result[] => {
    const told = since(firstTold(receivers[index] as Receiver, 'service'), world.exhausted)
    return (
      [
        ['p50', 0.5],
        ['worst', 1],
      ] as const
    ).flatMap(([label, q]) => [
      lessIsBetter(`first act, ${label}`, 'ms', quantile(acted, q), `${peer.name}, ${label}`, quantile(told, q)),
      lessIsBetter(`page by push, ${label}`, 'ms', quantile(pushed, q), `${peer.name}, ${label}`, quantile(told, q)),
    ])
  })
  report('page', results)
} finally {
  for (const stop of stops.reverse()) await stop()
}
