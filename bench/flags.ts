// Flags at work: from a Feature's status on the real API server to the last of 1,000 streams; requests to OFREP per second
// beside a bare node:http server; evaluations per second through the SDK and the stock in-process provider.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { FlagdProvider } from '@openfeature/flagd-provider'
import { InMemoryProvider, OpenFeature, type Provider } from '@openfeature/server-sdk'
import { patchStatus } from '../controller/kube/apply.ts'
import { createObject } from '../controller/kube/objects.ts'
import { createReflector } from '../controller/kube/reflector.ts'
import { FEATURES, GUARDS } from '../controller/kube/resource-type.ts'
import { projectRaw } from '../controller/kube/resources.ts'
import { systemClock } from '../controller/model/clock.ts'
import { FLAG_SYNC_SERVICE } from '../flags/flagd/service.ts'
import { startControlPlane } from '../test/cluster/control-plane.ts'
import { connectAs, install, startController, until } from '../test/e2e/support/product.ts'
import { requestsPerSecond } from './lib/http-load.ts'
import { lessIsBetter, median, moreIsBetter, quantile, report, say } from './lib/report.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    streams: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '100' },
  },
})
const [streams, rounds] = [Number(values.streams), Number(values.rounds)]
const NAMESPACE = 'shop'
const REVIEWS = { namespace: NAMESPACE, name: 'reviews' }
const OTHERS = 20

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
const controller = await startController(cluster.kubeconfigFor('evenkeel'), { EVENKEEL_LOG_LEVEL: 'warn' })
await until('flags are served', async () => (await fetch(`${controller.url}/readyz/flags`)).ok)

const ending = new AbortController()
try {
  report('flags', [...(await pushes()), await ofrep(), await inProcess()])
} finally {
  ending.abort()
  await OpenFeature.close()
  await controller.stop()
  await admin.close()
  await cluster.stop()
}
process.exit()

/** Milliseconds from before the write of the status to the last stream, and to a single watch of the same. */
async function pushes() {
  let marker = ''
  let left = 0
  let done = Promise.withResolvers<void>()
  const lateBy: number[] = []
  const watchedAfter: number[] = []
  const arrived = () => {
    left -= 1
    if (left === 0) done.resolve()
  }

  const clients: Client[] = []
  const metadata = new Metadata()
  metadata.set('flagd-selector', `flagSetId=${NAMESPACE}`)
  const bytes = (buffer: Buffer) => buffer
  let open = 0
  let isOver = false
  for (let index = 0; index < streams; index++) {
    const options = { 'grpc.use_local_subchannel_pool': 1 }
    const client = new Client(`127.0.0.1:${controller.flags.flagdPort}`, credentials.createInsecure(), options)
    clients.push(client)
    const call = client.makeServerStreamRequest(
      FLAG_SYNC_SERVICE.SyncFlags.path,
      bytes,
      bytes,
      Buffer.alloc(0),
      metadata,
    )
    let isFirst = true
    call.on('error', (error: Error) => {
      if (!isOver) throw error
    })
    call.on('data', (message: Buffer) => {
      if (isFirst) open += 1
      isFirst = false
      if (marker !== '' && message.includes(marker)) arrived()
    })
    if (index % 50 === 49) while (open < index) await systemClock.sleep(5)
  }
  while (open < streams) await systemClock.sleep(20)

  let watchedAt = 0
  const watch = createReflector({
    client: admin,
    clock: systemClock,
    type: FEATURES,
    project: projectRaw,
    onProblem: () => {},
  })
  watch.onChange((key) => {
    if (key === `${NAMESPACE}/reviews` && watchedAt === 0) watchedAt = performance.now()
  })
  void watch.run(ending.signal)
  await watch.whenSynced()
  say(`${open} streams are open.`)

  const cpuBefore = await cpuMs()
  for (let round = 0; round < rounds; round++) {
    await systemClock.sleep(150)
    ;[marker, left, done, watchedAt] = [`round ${round}.`, streams, Promise.withResolvers<void>(), 0]
    const since = new Date().toISOString()
    const demand = { since, reason: marker }
    const startedAt = performance.now()
    const state = { state: 'Degraded', since, reason: `checkout: ${marker}` }
    await patchStatus(admin, FEATURES, REVIEWS, { ...state, demandedBy: { checkout: demand } })
    await done.promise
    lateBy.push(performance.now() - startedAt)
    watchedAfter.push(watchedAt - startedAt)
  }
  const cpu = await cpuMs()
  isOver = true
  for (const client of clients) client.close()
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
