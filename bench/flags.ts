// Flags at work, on the real API server: from a full queue's first scrape, through the decision to shed, to the last of 1,000
// streams; from a Feature's status to the same; requests to OFREP per second beside a bare node:http server; evaluations per
// second through the SDK and the stock in-process provider.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FlagdProvider } from '@openfeature/flagd-provider'
import { InMemoryProvider, OpenFeature, type Provider } from '@openfeature/server-sdk'
import { patchStatus } from '../controller/kube/apply.ts'
import { createObject, getObject, listObjects } from '../controller/kube/objects.ts'
import { createReflector } from '../controller/kube/reflector.ts'
import { DEPLOYMENTS, FEATURES, GUARDS, PODS } from '../controller/kube/resource-type.ts'
import { projectPod, projectRaw } from '../controller/kube/resources.ts'
import { systemClock } from '../controller/model/clock.ts'
import { GUARD_STATUS } from '../controller/model/guard-status.ts'
import { startKubelet } from '../sandbox/kubelet/kubelet.ts'
import { startControlPlane } from '../test/cluster/control-plane.ts'
import { connectAs, install, startController, until } from '../test/e2e/support/product.ts'
import { openFlagStreams } from './lib/flag-streams.ts'
import { requestsPerSecond } from './lib/http-load.ts'
import { firstScrapedAt, QUEUE_LIMIT, queueTarget, setDepth, TARGET_PORT } from './lib/queue-target.ts'
import { lessIsBetter, median, moreIsBetter, quantile, report, say } from './lib/report.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    streams: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '100' },
    breaches: { type: 'string', default: '40' },
  },
})
const [streams, rounds, breachRounds] = [Number(values.streams), Number(values.rounds), Number(values.breaches)]
const NAMESPACE = 'shop'
const REVIEWS = { namespace: NAMESPACE, name: 'reviews' }
const OTHERS = 20
const BREACHED = `${NAMESPACE}/queue`

// Whoever is ended early ends the controller too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

say(`A control plane, a controller and ${streams} streams are started.`)
const cluster = await startControlPlane()
const admin = await connectAs(cluster.kubeconfig)
await install(admin, ['evenkeel'], [NAMESPACE])
await createObject(admin, GUARDS, {
  metadata: { namespace: NAMESPACE, name: 'checkout' },
  spec: { mode: 'Paused', target: { name: 'checkout' } },
})
for (const name of ['reviews', ...Array.from({ length: OTHERS }, (_, index) => `feature-${index}`)])
  await createObject(admin, FEATURES, { metadata: { namespace: NAMESPACE, name }, spec: { tier: 'Sheddable' } })
const controller = await startController(cluster.kubeconfigFor('evenkeel'), { EVENKEEL_LOG_LEVEL: 'info' })
await until('flags are served', async () => (await fetch(`${controller.url}/readyz/flags`)).ok)

const streamsOpen = await openFlagStreams(controller.flags.flagdPort, NAMESPACE, streams)
say(`${streams} streams are open.`)
const ending = new AbortController()
try {
  const pushed = [...(await breaches()), ...(await pushes())]
  streamsOpen.close()
  report('flags', [...pushed, await ofrep(), await inProcess()])
} finally {
  ending.abort()
  await OpenFeature.close()
  await controller.stop()
  await admin.close()
  await cluster.stop()
}
process.exit()

/**
 * Milliseconds from the first scrape that told of a full queue to the last stream with the Feature off: scraping, judging,
 * deciding, announcing, writing and pushing. The Guard holds for 0 s. Beside it: from the acknowledged act, as the loop's
 * log tells it, so that what pushing takes of it can be seen.
 */
async function breaches() {
  const { address, stop } = await startBreachTarget()
  const off = '"relief":{"state":"ENABLED","variants":{"normal":true,"degraded":false},"defaultVariant":"degraded"'
  const on = off.replace('"defaultVariant":"degraded"', '"defaultVariant":"normal"')
  const lateBy: number[] = []
  const decidedAfter: number[] = []
  for (let round = 0; round < breachRounds; round++) {
    const allOff = streamsOpen.lastToHear(off)
    await setDepth(address, QUEUE_LIMIT * 2)
    const lastAt = await allOff
    const scrapedAt = await firstScrapedAt(address)
    const actedAt = controller.log.findLast(({ verdict, guard }) => verdict === 'act' && guard === BREACHED)?.time
    lateBy.push(lastAt - scrapedAt)
    decidedAfter.push(Date.parse(String(actedAt)) - scrapedAt)
    const allOn = streamsOpen.lastToHear(on)
    await setDepth(address, 0)
    await allOn
    // Within the budget of acts, and each round an incident of its own.
    await systemClock.sleep(1_300)
    if (round % 10 === 9) say(`breach ${round + 1} of ${breachRounds}: median ${Math.round(median(lateBy))} ms`)
  }
  await stop()
  return [0.5, 0.99].map((q) =>
    lessIsBetter(
      `first bad scrape → last of ${streams} streams, p${q * 100}`,
      'ms',
      quantile(lateBy, q),
      'of that until the act was acknowledged',
      quantile(decidedAfter, q),
    ),
  )
}

/** One real pod with a queue, and a Guard that sheds one Feature when it is full. */
async function startBreachTarget() {
  const name = 'queue'
  const kubelet = await startKubelet({ cluster: cluster.kubeconfig, nodeName: 'node-1', onProblem: () => {} })
  await createObject(admin, DEPLOYMENTS, queueTarget(NAMESPACE, name))
  const labels = { bench: 'breach' }
  const relief = { metadata: { namespace: NAMESPACE, name: 'relief', labels }, spec: { tier: 'Sheddable' } }
  await createObject(admin, FEATURES, relief)
  const pod = await until('the target is ready', async () =>
    (await listObjects(admin, PODS, { namespace: NAMESPACE })).map(projectPod).find((one) => one.ready),
  )
  const times = { effectWithin: '1s', cooldown: '0s' }
  await createObject(admin, GUARDS, {
    metadata: { namespace: NAMESPACE, name },
    spec: {
      mode: 'Enforce',
      target: { kind: 'Deployment', name },
      signals: {
        profile: 'generic',
        from: { scrape: { interval: '100ms' } },
        queue: { metric: 'queue_depth' },
      },
      limits: { queue: QUEUE_LIMIT, hold: '0s', release: { below: '80%', for: '0s' } },
      remedies: [{ degrade: { selector: { matchLabels: labels }, ...times } }],
      budget: { actions: 100, per: '1m' },
    },
  })
  await until('its queue is seen', async () => {
    const { conditions = [] } = GUARD_STATUS.parse(
      (await getObject(admin, GUARDS, { namespace: NAMESPACE, name })).status,
    )
    return conditions.some(({ type, status }) => type === 'Healthy' && status === 'True')
  })
  return { address: `${pod.podIP}:${TARGET_PORT}`, stop: () => kubelet.stop() }
}

/** Milliseconds from before the write of the status to the last stream, and to a single watch of the same. */
async function pushes() {
  const lateBy: number[] = []
  const watchedAfter: number[] = []
  let watchedAt = 0
  const watch = createReflector({
    client: admin,
    clock: systemClock,
    type: FEATURES,
    project: projectRaw,
    onProblem: () => {},
  })
  watch.onChange((key) => {
    if (key === `${NAMESPACE}/reviews` && watchedAt === 0) watchedAt = now()
  })
  void watch.run(ending.signal)
  await watch.whenSynced()

  const cpuBefore = await cpuMs()
  for (let round = 0; round < rounds; round++) {
    await systemClock.sleep(150)
    const marker = `round ${round}.`
    const since = new Date().toISOString()
    const demand = { since, reason: marker }
    const all = streamsOpen.lastToHear(marker)
    watchedAt = 0
    const startedAt = now()
    const state = { state: 'Degraded', since, reason: `checkout: ${marker}` }
    await patchStatus(admin, FEATURES, REVIEWS, { ...state, demandedBy: { checkout: demand } })
    lateBy.push((await all) - startedAt)
    watchedAfter.push(watchedAt - startedAt)
  }
  const cpu = await cpuMs()
  const perPush = (of: 'ours' | 'readers') => ((cpu[of] - cpuBefore[of]) / rounds).toFixed(0)
  say(`CPU a push: ${perPush('ours')} ms of the controller, ${perPush('readers')} ms of the ${streams} readers`)
  const peer = 'one watch of the API server'
  return [0.5, 0.99].map((q) =>
    lessIsBetter(
      `status written → last of ${streams} streams, p${q * 100}`,
      'ms',
      quantile(lateBy, q),
      peer,
      quantile(watchedAfter, q),
    ),
  )
}

/** Epoch milliseconds, with their fractions. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

/** CPU time so far, of the controller and of this process, in which the readers are. */
async function cpuMs(): Promise<{ readonly ours: number; readonly readers: number }> {
  const text = await (await fetch(`${controller.url}/metrics`)).text()
  const { user, system } = process.cpuUsage()
  const seconds = /^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]
  return { ours: Number(seconds) * 1000, readers: (user + system) / 1000 }
}

/** Both servers have a process of their own and are asked in turns. */
async function ofrep() {
  const path = `/namespaces/${NAMESPACE}/ofrep/v1/evaluate/flags/reviews`
  const context = '{"context":{"targetingKey":"user-1"}}'
  const request = `POST ${path} HTTP/1.1\r\nhost: flags\r\ncontent-type: application/json\r\ncontent-length: ${context.length}\r\n\r\n${context}`
  const port = Number(new URL(controller.flags.ofrep).port)
  const answer = await (await fetch(`${controller.flags.ofrep}${path}`, { method: 'POST', body: context })).text()
  const bare = fork(fileURLToPath(new URL('./lib/bare-server.ts', import.meta.url)), [answer])
  const [barePort] = await once(bare, 'message')
  const load = { connections: 64, ms: 2_000 }
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < 5; turn++) {
    ours.push(await requestsPerSecond(port, request, load))
    theirs.push(await requestsPerSecond(Number(barePort), request, load))
    say(`OFREP: turn ${turn + 1} of 5`)
  }
  bare.disconnect()
  return moreIsBetter('OFREP, one flag', 'requests/s', median(ours), 'bare node:http', median(theirs))
}

async function inProcess() {
  const flagd = new FlagdProvider({
    host: '127.0.0.1',
    port: controller.flags.flagdPort,
    resolverType: 'in-process',
    selector: `flagSetId=${NAMESPACE}`,
    deadlineMs: 5_000,
  })
  const memory = new InMemoryProvider({
    reviews: { variants: { on: true, off: false }, defaultVariant: 'off', disabled: false },
  })
  const ours = await evaluationsPerSecond(flagd)
  const theirs = await evaluationsPerSecond(memory)
  return moreIsBetter('in-process, through the SDK', 'evaluations/s', ours, "the SDK's InMemoryProvider", theirs)
}

async function evaluationsPerSecond(provider: Provider): Promise<number> {
  await OpenFeature.setProviderAndWait(provider)
  const client = OpenFeature.getClient()
  if (await client.getBooleanValue('reviews', true)) throw new Error('the flag is not read')
  const rates: number[] = []
  for (let turn = 0; turn < 3; turn++) {
    const startedAt = performance.now()
    let count = 0
    for (; performance.now() - startedAt < 1_000; count += 100)
      for (let index = 0; index < 100; index++) await client.getBooleanValue('reviews', true)
    rates.push((count / (performance.now() - startedAt)) * 1000)
  }
  return median(rates)
}
