// The Kubernetes client against the real API server: objects, events, and what a request costs.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { createIfAbsent } from '../../controller/kube/apply.ts'
import { connectKube } from '../../controller/kube/client.ts'
import { createEventRecorder } from '../../controller/kube/events.ts'
import { at, listAt, textAt } from '../../controller/kube/json.ts'
import {
  createObject,
  deleteObject,
  findObject,
  getObject,
  listObjects,
  mergePatch,
  replaceObject,
} from '../../controller/kube/objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS, EVENTS, PODS } from '../../controller/kube/resource-type.ts'
import { projectRaw } from '../../controller/kube/resources.ts'
import { patchScale, readScale } from '../../controller/kube/scale.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { KubeError } from '../../controller/model/errors.ts'
import { failureOf } from '../kube/rig.ts'
import { deployment, NAMESPACE, soon, useKubeRig, WIDGETS } from './support/kube-rig.ts'

const rig = useKubeRig()

describe('objects', () => {
  test('a CRD keeps its defaults, enums and x-kubernetes fields on the way there and back', async () => {
    const stored = await getObject(rig.client, CUSTOM_RESOURCE_DEFINITIONS, { name: 'widgets.test.evenkeel.dev' })
    const [version] = listAt(stored, 'spec', 'versions')
    const properties = at(version, 'schema', 'openAPIV3Schema', 'properties', 'spec', 'properties')
    expect(properties).toMatchObject({
      mode: { enum: ['Observe', 'Enforce'], default: 'Observe' },
      anything: { 'x-kubernetes-preserve-unknown-fields': true },
    })
  })

  test('are created, read, patched, replaced and deleted', async () => {
    const address = { namespace: NAMESPACE, name: 'crud' }
    const made = await createObject(rig.client, WIDGETS, { metadata: address, spec: {} })
    expect(at(made, 'spec', 'mode')).toBe('Observe')
    expect((await failureOf(createObject(rig.client, WIDGETS, { metadata: address, spec: {} }))).reason).toBe(
      'AlreadyExists',
    )
    expect(await createIfAbsent(rig.client, WIDGETS, { metadata: address, spec: {} })).toMatchObject({ created: false })
    const patched = await mergePatch(rig.client, WIDGETS, address, { spec: { mode: 'Enforce' } })
    const stale = await failureOf(replaceObject(rig.client, WIDGETS, address, made))
    expect([stale.status, stale.reason]).toEqual([409, 'Conflict'])
    const replaced = await replaceObject(rig.client, WIDGETS, address, { ...patched, spec: { mode: 'Observe' } })
    expect(at(replaced, 'spec', 'mode')).toBe('Observe')
    const invalid = await failureOf(mergePatch(rig.client, WIDGETS, address, { spec: { mode: 'Maybe' } }))
    expect(invalid.status).toBe(422)
    expect(invalid.message).toMatch(/PATCH Widget default\/crud: 422 Invalid: .*spec\.mode.*correct the named field/s)
    expect([
      await deleteObject(rig.client, WIDGETS, address),
      await deleteObject(rig.client, WIDGETS, address),
    ]).toEqual([true, false])
    expect(await findObject(rig.client, WIDGETS, address)).toBeUndefined()
  })

  test('are listed over pages', async () => {
    for (let i = 0; i < 5; i += 1) {
      await createObject(rig.client, WIDGETS, {
        metadata: { namespace: NAMESPACE, name: `page-${i}`, labels: { of: 'pages' } },
      })
    }
    const raw = await listObjects(rig.client, WIDGETS, { labelSelector: 'of=pages' })
    expect(raw.map((object) => projectRaw(object).name)).toEqual(['page-0', 'page-1', 'page-2', 'page-3', 'page-4'])
  })

  test('a user without the permission is told which grant is missing', async () => {
    const developer = await rig.connect('developer')
    const error = await failureOf(listObjects(developer, PODS, { namespace: NAMESPACE }))
    expect(error.message).toMatch(/^GET Pod default\/\*: 403 Forbidden: .*cannot list resource "pods".* \(RBAC\)/)
    await developer.close()
  })

  test('a wrong token is refused with 401', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-wrong-token-'))
    const kubeconfigPath = join(folder, 'kubeconfig')
    await writeFile(
      kubeconfigPath,
      readFileSync(rig.plane.kubeconfig, 'utf8').replaceAll(rig.plane.tokenFor('admin'), 'wrong'),
    )
    const stranger = await connectKube({ kubeconfigPath, requestTimeoutMs: 5000, clock: systemClock })
    const error = await failureOf(listObjects(stranger, PODS))
    expect([error.status, error.reason]).toEqual([401, 'Unauthorized'])
    await stranger.close()
    await rm(folder, { recursive: true })
  })
})

describe('events', () => {
  test('the same event many times is one object with a count; another is its own', async () => {
    const errors: unknown[] = []
    const recorder = createEventRecorder({
      client: rig.client,
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
    const stored = (await listObjects(rig.client, EVENTS, { namespace: NAMESPACE })).filter(
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
    const port = Number(new URL(rig.plane.url).port).toString(16).toUpperCase().padStart(4, '0')
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
    const own = await rig.connect()
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
    await createObject(rig.client, DEPLOYMENTS, deployment('bench', { paused: true }))
    const ref = { kind: 'Deployment', namespace: NAMESPACE, name: 'bench' } as const
    const agent = new HttpsAgent({ keepAlive: true, ca: readFileSync(rig.plane.caFile) })
    const rawPatch = (body: string) =>
      new Promise<number>((resolve, reject) => {
        const url = `${rig.plane.url}/apis/apps/v1/namespaces/${NAMESPACE}/deployments/bench/scale`
        const headers = {
          authorization: `Bearer ${rig.plane.tokenFor('admin')}`,
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
      const { resourceVersion } = await readScale(rig.client, ref)
      const startedAt = performance.now()
      if (i % 2 === 0) {
        const status = await patchScale(rig.client, ref, 1 + (i % 7), resourceVersion).then(
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
