// Flags through every failure, with real processes: replicas are killed in the middle of a degradation, the API server goes
// away, and a service that reads through the stock in-process provider never sees a feature come back by that.
import { createServer, connect as dial, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlagdProvider } from '@openfeature/flagd-provider'
import { OpenFeature } from '@openfeature/server-sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { patchStatus } from '../../controller/kube/apply.ts'
import type { KubeClient } from '../../controller/kube/client.ts'
import { createObject, getObject } from '../../controller/kube/objects.ts'
import { FEATURES, GUARDS } from '../../controller/kube/resource-type.ts'
import { freePort } from '../../sandbox/ports.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { type Controller, connectAs, install, startController, until } from './support/product.ts'

const NAMESPACE = 'shop'
const REVIEWS = { namespace: NAMESPACE, name: 'reviews' }
let cluster: ControlPlane
let admin: KubeClient
const replicas: Controller[] = []
let service: Awaited<ReturnType<typeof startService>>

/** What a Service is to the replicas: one address, connections to any that lives. */
async function startService() {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let backends: readonly Controller[] = []
  const server = createServer((inner) => {
    const [backend] = backends
    if (backend === undefined) return inner.destroy()
    const outer = dial(backend.flags.flagdPort, '127.0.0.1')
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {}).on('close', () => to.destroy())
      from.pipe(to)
    }
  }).listen(port, '127.0.0.1')
  return {
    port,
    route(to: readonly Controller[]) {
      backends = to
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const start = async (user: 'evenkeel' | 'evenkeel-2') => {
  const replica = await startController(cluster.kubeconfigFor(user))
  replicas.push(replica)
  return replica
}

/** As a Guard does. */
async function degrade(): Promise<void> {
  const since = new Date().toISOString()
  const reason = 'p99 is 600 ms'
  const status = {
    state: 'Degraded',
    since,
    reason: `checkout: ${reason}`,
    demandedBy: { checkout: { since, reason } },
  }
  await patchStatus(admin, FEATURES, REVIEWS, status)
}

async function restore(): Promise<void> {
  await patchStatus(admin, FEATURES, REVIEWS, { demandedBy: null })
}

async function ofrep(replica: Controller): Promise<unknown> {
  const path = `/namespaces/${NAMESPACE}/ofrep/v1/evaluate/flags/reviews`
  const response = await fetch(`${replica.flags.ofrep}${path}`, { method: 'POST', body: '{"context":{}}' })
  const body: unknown = await response.json()
  return response.status === 200 ? (body as { value: unknown }).value : response.status
}

const health = async (replica: Controller, path: string) => (await fetch(`${replica.url}${path}`)).status

/** Reads the flag without end, and remembers each value that differs from the one before. */
function startReading() {
  const seen: boolean[] = []
  let goOn = true
  const client = OpenFeature.getClient()
  const reading = (async () => {
    while (goOn) {
      // The default in the code is on: whoever falls back to it lets the load back in.
      const value = await client.getBooleanValue('reviews', true)
      if (seen.at(-1) !== value) seen.push(value)
      await sleep(2)
    }
  })()
  return {
    seen,
    async stop() {
      goOn = false
      await reading
    },
  }
}

beforeAll(async () => {
  cluster = await startControlPlane()
  admin = await connectAs(cluster.kubeconfig)
  await install(admin, ['evenkeel', 'evenkeel-2'], [NAMESPACE])
  const metadata = { namespace: NAMESPACE, name: 'checkout' }
  await createObject(admin, GUARDS, { metadata, spec: { mode: 'Paused', target: { name: 'checkout' } } })
  await createObject(admin, FEATURES, { metadata: REVIEWS, spec: { tier: 'Sheddable' } })
  service = await startService()
  service.route([await start('evenkeel'), await start('evenkeel-2')])
  await until('both replicas serve', async () =>
    (await Promise.all(replicas.map(ofrep))).every((value) => value === true),
  )
  await OpenFeature.setProviderAndWait(
    new FlagdProvider({
      host: '127.0.0.1',
      port: service.port,
      resolverType: 'in-process',
      selector: `flagSetId=${NAMESPACE}`,
      deadlineMs: 5_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 500,
    }),
  )
})
afterAll(async () => {
  await OpenFeature.close()
  service?.close()
  for (const replica of replicas) await replica.kill()
  await admin?.close()
  await cluster?.stop()
})

it('replicas that are killed with -9 in the middle of a degradation switch nothing back on; successors serve the same', async () => {
  const [first, second] = replicas
  if (first === undefined || second === undefined) throw new Error('there are not two replicas')
  const reader = startReading()
  await degrade()
  await until('the feature is off', () => reader.seen.at(-1) === false)

  await first.kill()
  service.route([second])
  expect(await ofrep(second)).toBe(false)
  await until('the provider reads from the second', async () => (await subscribers(second)) === 1)

  await second.kill()
  service.route([])
  await sleep(1_000)
  const third = await start('evenkeel')
  service.route([third])
  await until('the provider reads from the third', async () => (await subscribers(third)) === 1)
  expect(await ofrep(third)).toBe(false)
  expect(reader.seen).toEqual([true, false])

  await restore()
  await until('the feature is on', () => reader.seen.at(-1) === true)
  await reader.stop()
  expect(reader.seen).toEqual([true, false, true])
  await until('the leader says so in its status', async () => {
    const { status } = await getObject(admin, FEATURES, REVIEWS)
    return JSON.stringify(status).includes('"state":"Normal"')
  })
})

it('an API server that is away takes no flag along; whoever starts meanwhile serves nothing rather than less', async () => {
  const replica = replicas.at(-1)
  if (replica === undefined) throw new Error('there is no replica')
  const reader = startReading()
  await degrade()
  await until('the feature is off', () => reader.seen.at(-1) === false)

  await cluster.stopApiServer()
  await until('the replica knows', async () => (await health(replica, '/readyz')) === 500, 20_000)
  expect([await ofrep(replica), await health(replica, '/readyz/flags')]).toEqual([false, 200])
  const newcomer = await start('evenkeel-2')
  expect([await ofrep(newcomer), await health(newcomer, '/readyz/flags')]).toEqual([503, 500])
  // A Service that sends the reader there all the same.
  service.route([newcomer])
  await replica.kill()
  await sleep(1_500)
  expect(reader.seen).toEqual([true, false])

  await cluster.startApiServer()
  await until('the newcomer serves', async () => (await ofrep(newcomer)) === false)
  await until('the provider reads from it', async () => (await subscribers(newcomer)) === 1)
  await restore()
  await until('the feature is on', () => reader.seen.at(-1) === true)
  await reader.stop()
  expect(reader.seen).toEqual([true, false, true])
})

async function subscribers(replica: Controller): Promise<number> {
  const text = await (await fetch(`${replica.url}/metrics`)).text()
  return Number(/^evenkeel_flag_streams\{protocol="flagd"\} (\d+)$/m.exec(text)?.[1])
}
