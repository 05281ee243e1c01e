// The Kubernetes client against the real API server: what the API double can't prove.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { applyObject, applyStatus, createIfAbsent, patchStatus } from '../../controller/kube/apply.ts'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { createEventRecorder } from '../../controller/kube/events.ts'
import { at, listAt, numberAt, textAt } from '../../controller/kube/json.ts'
import { createElector, type LeaderState } from '../../controller/kube/lease.ts'
import {
  createObject,
  deleteObject,
  findObject,
  getObject,
  isServed,
  listObjects,
  mergePatch,
  replaceObject,
} from '../../controller/kube/objects.ts'
import { createReflector, type ReflectorProblem } from '../../controller/kube/reflector.ts'
import {
  AUTOSCALERS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  EVENTS,
  LEASES,
  PODS,
  SCALED_OBJECTS,
} from '../../controller/kube/resource-type.ts'
import { projectAutoscaler, projectPod, projectRaw, projectWorkload } from '../../controller/kube/resources.ts'
import { patchScale, readScale, writeMinimum } from '../../controller/kube/scale.ts'
import { watchObjects } from '../../controller/kube/watch.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { KubeError } from '../../controller/model/errors.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'

const WIDGETS = { group: 'test.evenkeel.dev', version: 'v1', plural: 'widgets', kind: 'Widget' }
const NAMESPACE = 'default'
const soon = { timeout: 30_000, interval: 20 }

let plane: ControlPlane
let client: KubeClient

async function connect(user: 'admin' | 'developer' = 'admin', requestTimeoutMs = 5000): Promise<KubeClient> {
  return connectKube({ kubeconfigPath: plane.kubeconfigFor(user), requestTimeoutMs, clock: systemClock })
}

function customResource(type: typeof WIDGETS, spec: unknown) {
  const schema = {
    type: 'object',
    properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  }
  return {
    metadata: { name: `${type.plural}.${type.group}` },
    spec: {
      group: type.group,
      scope: 'Namespaced',
      names: { kind: type.kind, plural: type.plural, singular: type.kind.toLowerCase(), listKind: `${type.kind}List` },
      versions: [
        {
          name: type.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  }
}

function deployment(name: string, extra: Record<string, unknown> = {}) {
  return {
    metadata: { namespace: NAMESPACE, name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'web',
              ports: [{ name: 'metrics', containerPort: 9100 }],
              resources: { limits: { cpu: '500m' } },
            },
          ],
        },
      },
      ...extra,
    },
  }
}

async function refusalOf(work: Promise<unknown>): Promise<KubeError> {
  const error = await work.then(
    () => undefined,
    (thrown) => thrown,
  )
  if (!(error instanceof KubeError)) throw new Error(`expected a KubeError, got ${String(error)}`, { cause: error })
  return error
}

beforeAll(async () => {
  plane = await startControlPlane()
  client = await connect()
  const spec = {
    type: 'object',
    properties: {
      mode: { type: 'string', enum: ['Observe', 'Enforce'], default: 'Observe' },
      anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  }
  await createObject(client, CUSTOM_RESOURCE_DEFINITIONS, customResource(WIDGETS, spec))
  await vi.waitFor(async () => expect(await isServed(client, WIDGETS)).toBe(true), soon)
})

afterAll(async () => {
  await client.close()
  await plane.stop()
})

describe('objects', () => {
  test('a CRD keeps its defaults, enums and x-kubernetes fields on the way there and back', async () => {
    const stored = await getObject(client, CUSTOM_RESOURCE_DEFINITIONS, { name: 'widgets.test.evenkeel.dev' })
    const [version] = listAt(stored, 'spec', 'versions')
    const properties = at(version, 'schema', 'openAPIV3Schema', 'properties', 'spec', 'properties')
    expect(properties).toMatchObject({
      mode: { enum: ['Observe', 'Enforce'], default: 'Observe' },
      anything: { 'x-kubernetes-preserve-unknown-fields': true },
    })
  })

  test('are created, read, patched, replaced and deleted', async () => {
    const address = { namespace: NAMESPACE, name: 'crud' }
    const made = await createObject(client, WIDGETS, { metadata: address, spec: {} })
    expect(at(made, 'spec', 'mode')).toBe('Observe')
    expect((await refusalOf(createObject(client, WIDGETS, { metadata: address, spec: {} }))).reason).toBe(
      'AlreadyExists',
    )
    expect(await createIfAbsent(client, WIDGETS, { metadata: address, spec: {} })).toMatchObject({ created: false })
    const patched = await mergePatch(client, WIDGETS, address, { spec: { mode: 'Enforce' } })
    const stale = await refusalOf(replaceObject(client, WIDGETS, address, made))
    expect([stale.status, stale.reason]).toEqual([409, 'Conflict'])
    const replaced = await replaceObject(client, WIDGETS, address, { ...patched, spec: { mode: 'Observe' } })
    expect(at(replaced, 'spec', 'mode')).toBe('Observe')
    const invalid = await refusalOf(mergePatch(client, WIDGETS, address, { spec: { mode: 'Maybe' } }))
    expect(invalid.status).toBe(422)
    expect(invalid.message).toMatch(/PATCH Widget default\/crud: 422 Invalid: .*spec\.mode.*correct the named field/s)
    expect([await deleteObject(client, WIDGETS, address), await deleteObject(client, WIDGETS, address)]).toEqual([
      true,
      false,
    ])
    expect(await findObject(client, WIDGETS, address)).toBeUndefined()
  })

  test('are listed over pages', async () => {
    for (let i = 0; i < 5; i += 1) {
      await createObject(client, WIDGETS, {
        metadata: { namespace: NAMESPACE, name: `page-${i}`, labels: { of: 'pages' } },
      })
    }
    const raw = await listObjects(client, WIDGETS, { labelSelector: 'of=pages' })
    expect(raw.map((object) => projectRaw(object).name)).toEqual(['page-0', 'page-1', 'page-2', 'page-3', 'page-4'])
  })

  test('a user without the permission is told which grant is missing', async () => {
    const developer = await connect('developer')
    const error = await refusalOf(listObjects(developer, PODS, { namespace: NAMESPACE }))
    expect(error.message).toMatch(/^GET Pod default\/\*: 403 Forbidden: .*cannot list resource "pods".* \(RBAC\)/)
    await developer.close()
  })

  test('a wrong token is refused with 401', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-wrong-token-'))
    const kubeconfigPath = join(folder, 'kubeconfig')
    await writeFile(kubeconfigPath, readFileSync(plane.kubeconfig, 'utf8').replaceAll(plane.tokenFor('admin'), 'wrong'))
    const stranger = await connectKube({ kubeconfigPath, requestTimeoutMs: 5000, clock: systemClock })
    const error = await refusalOf(listObjects(stranger, PODS))
    expect([error.status, error.reason]).toEqual([401, 'Unauthorized'])
    await stranger.close()
    await rm(folder, { recursive: true })
  })
})

describe('writes on condition', () => {
  test('server-side apply owns exactly its fields: what is left out goes, what others wrote stays', async () => {
    const metadata = { namespace: NAMESPACE, name: 'applied' }
    await applyObject(client, WIDGETS, { metadata, spec: { anything: { ours: 1, more: 2 } } })
    await mergePatch(client, WIDGETS, metadata, { metadata: { labels: { theirs: 'yes' } } })
    const again = await applyObject(client, WIDGETS, { metadata, spec: { anything: { ours: 1 } } })
    expect(at(again, 'spec', 'anything')).toEqual({ ours: 1 })
    expect(at(again, 'metadata', 'labels')).toEqual({ theirs: 'yes' })
  })

  test('a field that another manager applied is not taken without force', async () => {
    const metadata = { namespace: NAMESPACE, name: 'contested' }
    const theirs = { apiVersion: 'test.evenkeel.dev/v1', kind: 'Widget', metadata, spec: { mode: 'Enforce' } }
    await client.request({
      method: 'PATCH',
      path: `/apis/test.evenkeel.dev/v1/namespaces/${NAMESPACE}/widgets/contested`,
      object: 'Widget default/contested',
      query: { fieldManager: 'gitops' },
      contentType: 'application/apply-patch+yaml',
      body: theirs,
    })
    const mine = { metadata, spec: { mode: 'Observe' } }
    const error = await refusalOf(applyObject(client, WIDGETS, mine))
    expect([error.status, /gitops/.test(error.message)]).toEqual([409, true])
    expect(at(await applyObject(client, WIDGETS, mine, { force: true }), 'spec', 'mode')).toBe('Observe')
  })

  test('status is applied whole, patched in part, and never with a stale version', async () => {
    const ref = { namespace: NAMESPACE, name: 'with-status' }
    const made = await createObject(client, WIDGETS, { metadata: ref, spec: {} })
    const applied = await applyStatus(client, WIDGETS, ref, { phase: 'Open', peak: 3 })
    expect(applied.status).toEqual({ phase: 'Open', peak: 3 })
    expect((await applyStatus(client, WIDGETS, ref, { phase: 'Open' })).status).toEqual({ phase: 'Open' })
    const patched = await patchStatus(client, WIDGETS, ref, { epoch: 2 })
    expect(patched.status).toEqual({ phase: 'Open', epoch: 2 })
    const stale = { resourceVersion: textAt(made, 'metadata', 'resourceVersion') }
    expect((await refusalOf(patchStatus(client, WIDGETS, ref, { epoch: 3 }, stale))).status).toBe(409)
    const fresh = { resourceVersion: textAt(patched, 'metadata', 'resourceVersion') }
    expect((await patchStatus(client, WIDGETS, ref, { epoch: 3 }, fresh)).status).toMatchObject({ epoch: 3 })
    expect((await refusalOf(applyStatus(client, WIDGETS, { ...ref, name: 'absent' }, {}))).status).toBe(404)
  })

  test.each(['Deployment', 'StatefulSet'] as const)(
    'the scale of a %s: a stale version is refused and nothing written',
    async (kind) => {
      const name = `scaled-${kind.toLowerCase()}`
      const type = kind === 'Deployment' ? DEPLOYMENTS : { ...DEPLOYMENTS, plural: 'statefulsets', kind }
      await createObject(client, type, deployment(name, kind === 'StatefulSet' ? { serviceName: name } : {}))
      const ref = { kind, namespace: NAMESPACE, name }
      const before = await readScale(client, ref)
      expect(before).toMatchObject({ replicas: 1, selector: `app=${name}` })
      // Someone else changes anything at all.
      const changed = await mergePatch(client, type, ref, { metadata: { annotations: { someone: 'else' } } })
      const error = await refusalOf(patchScale(client, ref, 5, before.resourceVersion))
      expect([error.status, error.reason]).toEqual([409, 'Conflict'])
      expect((await readScale(client, ref)).replicas).toBe(1)
      expect(changed.metadata).toMatchObject({ annotations: { someone: 'else' } })
      // The controllers write its status meanwhile: read again and decide anew, as the loop does.
      const scaled = await vi.waitFor(async () => {
        const now = await readScale(client, ref)
        return patchScale(client, ref, 3, now.resourceVersion)
      }, soon)
      expect(scaled.replicas).toBe(3)
      expect(projectWorkload(kind)(await getObject(client, type, ref))).toMatchObject({
        kind,
        name,
        replicas: 3,
        readyReplicas: 0,
      })
      await vi.waitFor(async () => {
        const pods = (await listObjects(client, PODS, { namespace: NAMESPACE, labelSelector: `app=${name}` })).map(
          projectPod,
        )
        expect(pods.length).toBe(kind === 'Deployment' ? 3 : 1)
        expect(pods[0]).toMatchObject({
          phase: 'Pending',
          ready: false,
          terminating: false,
          containers: [{ name: 'web', cpuCores: 0.5, ports: [{ name: 'metrics', port: 9100 }] }],
        })
      }, soon)
    },
  )

  test('the minimum of an autoscaler is raised only on the version that was seen', async () => {
    const metadata = { namespace: NAMESPACE, name: 'hpa' }
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' }
    const made = projectAutoscaler(
      await createObject(client, AUTOSCALERS, { metadata, spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 9 } }),
    )
    expect(made).toMatchObject({
      minReplicas: 2,
      maxReplicas: 9,
      scaleTargetRef: { kind: 'Deployment', name: 'nobody' },
    })
    const kind = 'HorizontalPodAutoscaler'
    // Its controller writes status, so the version may move under us: hence read, write, and again on 409.
    await vi.waitFor(async () => {
      const { resourceVersion } = projectAutoscaler(await getObject(client, AUTOSCALERS, metadata))
      await writeMinimum(client, { kind, ...metadata, resourceVersion }, 4)
    }, soon)
    const error = await refusalOf(writeMinimum(client, { kind, ...metadata, resourceVersion: made.resourceVersion }, 7))
    expect(error.status).toBe(409)
    expect(projectAutoscaler(await getObject(client, AUTOSCALERS, metadata)).minReplicas).toBe(4)
  })

  test('KEDA is found once its CRD is there, and a ScaledObject’s minimum is written', async () => {
    expect(await isServed(client, SCALED_OBJECTS)).toBe(false)
    const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    await createObject(client, CUSTOM_RESOURCE_DEFINITIONS, customResource(SCALED_OBJECTS, open))
    await vi.waitFor(async () => expect(await isServed(client, SCALED_OBJECTS)).toBe(true), soon)
    const metadata = { namespace: NAMESPACE, name: 'keda' }
    const made = await vi.waitFor(
      () => createObject(client, SCALED_OBJECTS, { metadata, spec: { scaleTargetRef: { name: 'web' } } }),
      soon,
    )
    const resourceVersion = textAt(made, 'metadata', 'resourceVersion') ?? ''
    await writeMinimum(client, { kind: 'ScaledObject', ...metadata, resourceVersion }, 3)
    expect(numberAt(await getObject(client, SCALED_OBJECTS, metadata), 'spec', 'minReplicaCount')).toBe(3)
    const error = await refusalOf(writeMinimum(client, { kind: 'ScaledObject', ...metadata, resourceVersion }, 5))
    expect(error.status).toBe(409)
  })
})

describe('events', () => {
  test('the same event many times is one object with a count; another is its own', async () => {
    const errors: unknown[] = []
    const recorder = createEventRecorder({
      client,
      clock: systemClock,
      instance: 'e2e',
      onError: (error) => errors.push(error),
    })
    const regarding = {
      apiVersion: 'test.evenkeel.dev/v1',
      kind: 'Widget',
      namespace: NAMESPACE,
      name: 'noisy',
      uid: 'u-1',
    }
    const event = {
      regarding,
      type: 'Warning',
      reason: 'LimitBreached',
      action: 'Evaluate',
      note: 'p99 is 900 ms',
    } as const
    recorder.record(event)
    await recorder.flush()
    for (let i = 0; i < 9; i += 1) recorder.record(event)
    recorder.record({ ...event, note: `${'é'.repeat(2000)}` })
    await recorder.flush()
    expect(errors).toEqual([])
    const stored = (await listObjects(client, EVENTS, { namespace: NAMESPACE })).filter(
      (raw) => textAt(raw, 'regarding', 'name') === 'noisy',
    )
    expect(stored).toHaveLength(2)
    const counted = stored.find((raw) => textAt(raw, 'note') === 'p99 is 900 ms')
    expect(counted).toMatchObject({ reason: 'LimitBreached', type: 'Warning', series: { count: 10 } })
    expect(recorder.counts).toMatchObject({ repeated: 9, dropped: 0, failed: 0 })
  })
})

describe('connections', () => {
  /** Sockets of this process that are connected to the API server. */
  function socketCount(): number {
    const port = Number(new URL(plane.url).port).toString(16).toUpperCase().padStart(4, '0')
    const inodes = readFileSync('/proc/self/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , remote, state]) => remote?.endsWith(`:${port}`) && state === '01')
      .map((columns) => `socket:[${columns[9]}]`)
    const mine = new Set(readdirSync('/proc/self/fd').flatMap((fd) => linkOf(`/proc/self/fd/${fd}`)))
    return inodes.filter((inode) => mine.has(inode)).length
  }

  /** Where a link of /proc leads; none when it is gone already, as that of the folder's own listing. */
  function linkOf(path: string): readonly string[] {
    try {
      return [readlinkSync(path)]
    } catch {
      return []
    }
  }

  test('are pooled: 840 reads need two sockets for each that is under way at once', async () => {
    const own = await connect()
    const before = socketCount()
    const ref = { namespace: NAMESPACE, name: 'kubernetes' }
    const services = { group: '', version: 'v1', plural: 'services', kind: 'Service' }
    for (let i = 0; i < 200; i += 1) await getObject(own, services, ref)
    const oneByOne = socketCount() - before
    for (let i = 0; i < 20; i += 1) await Promise.all(Array.from({ length: 32 }, () => getObject(own, services, ref)))
    const burst = socketCount() - before
    console.info(`sockets: ${oneByOne} for reads one by one, ${burst} for 32 at a time`)
    expect(oneByOne).toBeGreaterThanOrEqual(1)
    expect(oneByOne).toBeLessThanOrEqual(2)
    // undici gives a socket back one turn of the event loop after the answer, hence the second one.
    expect(burst).toBeLessThanOrEqual(64)
    await own.close()
    await vi.waitFor(() => expect(socketCount()).toBeLessThanOrEqual(before), soon)
  })

  test('patchScale costs little more than a raw keep-alive request', async () => {
    // Paused from the start, it has no ReplicaSet, and scaling it makes no pods.
    await createObject(client, DEPLOYMENTS, deployment('bench', { paused: true }))
    const ref = { kind: 'Deployment', namespace: NAMESPACE, name: 'bench' } as const
    const agent = new HttpsAgent({ keepAlive: true, ca: readFileSync(plane.caFile) })
    const rawPatch = (body: string) =>
      new Promise<number>((resolve, reject) => {
        const url = `${plane.url}/apis/apps/v1/namespaces/${NAMESPACE}/deployments/bench/scale`
        const headers = {
          authorization: `Bearer ${plane.tokenFor('admin')}`,
          'content-type': 'application/merge-patch+json',
          'content-length': Buffer.byteLength(body),
        }
        const sent = httpsRequest(url, { method: 'PATCH', agent, headers }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            JSON.parse(Buffer.concat(chunks).toString('utf8'))
            resolve(response.statusCode ?? 0)
          })
        })
        sent.on('error', reject)
        sent.end(body)
      })
    const ours: number[] = []
    const raw: number[] = []
    for (let i = 0; ours.length < 400 || raw.length < 400; i += 1) {
      const { resourceVersion } = await readScale(client, ref)
      const startedAt = performance.now()
      if (i % 2 === 0) {
        const status = await patchScale(client, ref, 1 + (i % 7), resourceVersion).then(
          () => 200,
          (error) => (error instanceof KubeError ? error.status : Promise.reject(error)),
        )
        if (status === 200) ours.push(performance.now() - startedAt)
      } else {
        const body = JSON.stringify({ spec: { replicas: 1 + (i % 7) }, metadata: { resourceVersion } })
        if ((await rawPatch(body)) === 200) raw.push(performance.now() - startedAt)
      }
    }
    agent.destroy()
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
    const [mine, theirs] = [median(ours), median(raw)]
    console.info(
      `patchScale p50 ${mine.toFixed(2)} ms, raw keep-alive https ${theirs.toFixed(2)} ms: × ${(mine / theirs).toFixed(2)}`,
    )
    expect(mine / theirs).toBeLessThan(1.3)
  })
})

describe('when the API server goes away', () => {
  test('a frozen API server: requests end at their deadline, watch and lease notice, and all resume by themselves', async () => {
    const hasty = await connect('admin', 500)
    const problems: ReflectorProblem[] = []
    const stop = new AbortController()
    const reflector = createReflector({
      client: hasty,
      type: WIDGETS,
      namespace: NAMESPACE,
      project: projectRaw,
      clock: systemClock,
      onProblem: (problem) => problems.push(problem),
      idleTimeoutMs: 1000,
      backoff: { baseMs: 50, maxMs: 200 },
    })
    const states: LeaderState[] = []
    const elector = createElector({
      client: hasty,
      namespace: NAMESPACE,
      name: 'frozen',
      identity: 'only',
      clock: systemClock,
      leaseMs: 3000,
      renewDeadlineMs: 1500,
      retryMs: 200,
      onError: () => undefined,
    })
    elector.onChange((state) => states.push(state))
    const running = [reflector.run(stop.signal), elector.run(stop.signal)]
    await reflector.whenSynced(AbortSignal.timeout(10_000))
    await vi.waitFor(() => expect(elector.isLeading()).toBe(true), soon)
    plane.freezeApiServer()
    const startedAt = performance.now()
    const error = await refusalOf(listObjects(hasty, PODS))
    expect(error.reason).toBe('DeadlineExceeded')
    expect(performance.now() - startedAt).toBeLessThan(2000)
    await vi.waitFor(() => expect(elector.state).toBe('lost-contact'), soon)
    await vi.waitFor(() => expect(problems.length).toBeGreaterThan(0), soon)
    plane.thawApiServer()
    await vi.waitFor(() => expect(elector.state).toBe('leading'), soon)
    await createObject(client, WIDGETS, { metadata: { namespace: NAMESPACE, name: 'after-thaw' }, spec: {} })
    await vi.waitFor(() => expect(reflector.get('default/after-thaw')).toBeDefined(), soon)
    stop.abort()
    await Promise.all(running)
    await elector.release()
    await hasty.close()
    expect(states).toEqual(['leading', 'lost-contact', 'leading', 'standby'])
  })

  test('history that is gone is answered with 410, in the stream', async () => {
    const events = watchObjects(client, WIDGETS, {
      scope: {},
      resourceVersion: '1',
      clock: systemClock,
      idleTimeoutMs: 10_000,
      maxDurationMs: 10_000,
      signal: AbortSignal.timeout(20_000),
      onContact: () => undefined,
    })
    for await (const event of events) {
      expect(event.kind === 'error' && event.error.status).toBe(410)
      return
    }
    throw new Error('the watch ended without an event')
  })

  test('killed and started again: the reflector catches up, through a 410, and a leader leads again', async () => {
    const problems: ReflectorProblem[] = []
    const stop = new AbortController()
    const reflector = createReflector({
      client,
      type: WIDGETS,
      project: projectRaw,
      clock: systemClock,
      onProblem: (problem) => problems.push(problem),
      backoff: { baseMs: 50, maxMs: 200 },
    })
    const elector = createElector({
      client,
      namespace: NAMESPACE,
      name: 'restarted',
      identity: 'only',
      clock: systemClock,
      leaseMs: 3000,
      renewDeadlineMs: 1500,
      retryMs: 200,
      onError: () => undefined,
    })
    const running = [reflector.run(stop.signal), elector.run(stop.signal)]
    await createIfAbsent(client, WIDGETS, { metadata: { namespace: NAMESPACE, name: 'doomed' }, spec: {} })
    await vi.waitFor(() => expect(reflector.get('default/doomed')).toBeDefined(), soon)
    // Writes elsewhere move the history on, past what a server that starts anew remembers.
    for (let i = 0; i < 5; i += 1) {
      await applyObject(client, LEASES, { metadata: { namespace: NAMESPACE, name: `other-${i}` }, spec: {} })
    }
    await plane.stopApiServer()
    await vi.waitFor(() => expect(elector.state).toBe('lost-contact'), soon)
    expect(reflector.problem).toBeDefined()
    expect(reflector.get('default/doomed')).toBeDefined()
    await plane.startApiServer()
    await vi.waitFor(() => deleteObject(client, WIDGETS, { namespace: NAMESPACE, name: 'doomed' }), soon)
    await vi.waitFor(
      () => createObject(client, WIDGETS, { metadata: { namespace: NAMESPACE, name: 'risen' }, spec: {} }),
      soon,
    )
    await vi.waitFor(() => expect(reflector.get('default/risen')).toBeDefined(), soon)
    await vi.waitFor(() => expect(reflector.get('default/doomed')).toBeUndefined(), soon)
    await vi.waitFor(() => expect(elector.isLeading()).toBe(true), soon)
    const server = new Set((await listObjects(client, WIDGETS)).map((raw) => projectRaw(raw).name))
    expect(new Set(reflector.list().map((object) => object.name))).toEqual(server)
    const reasons = problems.map(({ error }) =>
      error instanceof KubeError ? `${error.status} ${error.reason}` : String(error),
    )
    console.info(`what the reflector went through: ${[...new Set(reasons)].join(', ')}`)
    expect(reasons.some((reason) => reason.startsWith('410'))).toBe(true)
    stop.abort()
    await Promise.all(running)
    await elector.release()
  })
})

describe('leases', () => {
  test('one of two electors leads; a release hands over, and only then', async () => {
    const two = ['first', 'second'].map((identity) => {
      const stop = new AbortController()
      const elector = createElector({
        client,
        namespace: NAMESPACE,
        name: 'contested',
        identity,
        clock: systemClock,
        leaseMs: 3000,
        renewDeadlineMs: 2000,
        retryMs: 200,
        onError: () => undefined,
      })
      return { elector, stop, running: elector.run(stop.signal) }
    })
    const leaders = () => two.filter(({ elector }) => elector.isLeading())
    await vi.waitFor(() => expect(leaders()).toHaveLength(1), soon)
    const [first] = leaders()
    const other = two.find((candidate) => candidate !== first)
    await vi.waitFor(() => expect(other?.elector.holder).toBe(first?.elector.holder), soon)
    const releasedAt = performance.now()
    await first?.elector.release()
    await vi.waitFor(() => expect(other?.elector.isLeading()).toBe(true), soon)
    const handover = performance.now() - releasedAt
    console.info(`handover after a release: ${handover.toFixed(0)} ms with a retry of 200 ms`)
    expect(handover).toBeLessThan(2500)
    const lease = await getObject(client, LEASES, { namespace: NAMESPACE, name: 'contested' })
    expect(lease.spec).toMatchObject({
      holderIdentity: other?.elector.holder,
      leaseDurationSeconds: 3,
      leaseTransitions: 1,
    })
    expect(textAt(lease, 'spec', 'renewTime')).toMatch(/\.\d{6}Z$/)
    for (const { stop } of two) stop.abort()
    await Promise.all(two.map(({ running }) => running))
  })
})
