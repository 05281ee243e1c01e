// What the tests of flags share: the sandbox's Kubernetes API with our CRDs, and flag servers on watches of it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { parse } from 'yaml'
import { patchStatus } from '../../controller/kube/apply.ts'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { projectFeature } from '../../controller/kube/feature.ts'
import { createObject, mergePatch } from '../../controller/kube/objects.ts'
import { createReflector } from '../../controller/kube/reflector.ts'
import { FEATURES, GUARDS, type ResourceType } from '../../controller/kube/resource-type.ts'
import { projectRaw } from '../../controller/kube/resources.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { type FlagServers, startFlagServers } from '../../flags/start.ts'
import { type SandboxApi, startApi } from '../../sandbox/api/server.ts'
import { createTemporaryFolder, type TemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'

const CRDS = new URL('../../deploy/crds/', import.meta.url)
export const NAMESPACE = 'shop'
const HOST = '127.0.0.1'

export interface Served extends FlagServers {
  /** The base URL for OFREP providers. */
  readonly baseUrl: string
  readonly flagdPort: number
  /** What went wrong and was survived. */
  readonly problems: readonly string[]
  /** Lets the watches of a blind one begin, and resolves when they have been listed. */
  begin(): Promise<unknown>
}

export interface ServeOptions {
  readonly tokenFile?: string
  readonly mostStreams?: number
  readonly namespace?: string
  /** The watches don't begin. */
  readonly isBlind?: boolean
}

export interface Rig {
  readonly client: KubeClient
  readonly kubeconfigPath: string
  /** A file in a folder that goes with the rig. */
  file(name: string, text: string): string
  feature(name: string, spec?: object, namespace?: string): Promise<void>
  patchFeature(name: string, spec: object): Promise<void>
  /** As a Guard does. */
  demand(name: string, guard: string, reason?: string): Promise<void>
  release(name: string, guard: string): Promise<void>
  guard(name: string, status?: object): Promise<void>
  patchGuard(name: string, status: object): Promise<void>
  /** Serves flags until the test ends, or until `close`. */
  serve(options?: ServeOptions): Promise<Served>
}

/** Registers the hooks; what the rig holds may be used inside tests. */
export function useFlagRig(): Rig {
  let running: { readonly api: SandboxApi; readonly folder: TemporaryFolder; readonly client: KubeClient } | undefined
  const stops: (() => Promise<unknown>)[] = []

  function current() {
    if (running === undefined) throw new Error('the rig is only there inside a test')
    return running
  }

  beforeAll(async () => {
    const crds: unknown[] = readdirSync(CRDS).map((file) => parse(readFileSync(new URL(file, CRDS), 'utf8')))
    const api = await startApi({ crds })
    const folder = createTemporaryFolder('evenkeel-flags-')
    const kubeconfigPath = join(folder.path, 'kubeconfig')
    writeFileSync(kubeconfigPath, api.kubeconfig, { mode: 0o600 })
    const client = await connectKube({ kubeconfigPath, requestTimeoutMs: 5000, clock: systemClock })
    running = { api, folder, client }
  })
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  })
  afterAll(async () => {
    await running?.client.close()
    await running?.api.close()
    await running?.folder.remove()
  })

  const status = (type: ResourceType, name: string, patch: object) =>
    patchStatus(current().client, type, { namespace: NAMESPACE, name }, { ...patch })

  return {
    get client() {
      return current().client
    },
    get kubeconfigPath() {
      return join(current().folder.path, 'kubeconfig')
    },
    file(name, text) {
      const path = join(current().folder.path, name)
      writeFileSync(path, text)
      return path
    },
    async feature(name, spec = {}, namespace = NAMESPACE) {
      await createObject(current().client, FEATURES, {
        metadata: { namespace, name },
        spec: { tier: 'Sheddable', ...spec },
      })
    },
    async patchFeature(name, spec) {
      await mergePatch(current().client, FEATURES, { namespace: NAMESPACE, name }, { spec: { ...spec } })
    },
    async demand(name, guard, reason = 'CPU is 95 %') {
      const since = new Date().toISOString()
      const said = { state: 'Degraded', since, reason: `${guard}: ${reason}` }
      await status(FEATURES, name, { ...said, demandedBy: { [guard]: { since, reason } } })
    },
    async release(name, guard) {
      const said = { state: 'Normal', since: new Date().toISOString(), reason: 'No Guard asks for less' }
      await status(FEATURES, name, { ...said, demandedBy: { [guard]: null } })
    },
    async guard(name, said = {}) {
      const spec = { mode: 'Enforce', target: { kind: 'Deployment', name } }
      await createObject(current().client, GUARDS, { metadata: { namespace: NAMESPACE, name }, spec })
      await status(GUARDS, name, said)
    },
    async patchGuard(name, said) {
      await status(GUARDS, name, said)
    },
    async serve({ tokenFile = '', mostStreams = 100, namespace, isBlind = false } = {}) {
      const { client } = current()
      const ending = new AbortController()
      const problems: string[] = []
      const watch = <T>(type: ResourceType, project: (raw: unknown) => T) =>
        createReflector({
          client,
          clock: systemClock,
          type,
          project,
          onProblem: ({ error }) => problems.push(String(error)),
        })
      const features = watch(FEATURES, projectFeature)
      const guards = watch(GUARDS, projectRaw)
      const servers = await startFlagServers({
        features,
        guards,
        clock: systemClock,
        ofrep: { host: HOST, port: 0 },
        flagd: { host: HOST, port: 0 },
        namespace,
        tokenFile,
        mostStreams,
        onProblem: (message) => problems.push(message),
      })
      const runs: Promise<void>[] = []
      const begin = () => {
        runs.push(features.run(ending.signal), guards.run(ending.signal))
        return Promise.all([features.whenSynced(), guards.whenSynced()])
      }
      if (!isBlind) await begin()
      const close = async () => {
        await servers.close()
        ending.abort()
        await Promise.all(runs)
      }
      stops.push(close)
      const { ofrep = 0, flagd = 0 } = servers.ports
      const prefix = namespace === undefined ? `/namespaces/${NAMESPACE}` : ''
      return {
        ...servers,
        get problem() {
          return servers.problem
        },
        baseUrl: `http://${HOST}:${ofrep}${prefix}`,
        flagdPort: flagd,
        problems,
        begin,
        close,
      }
    },
  }
}
