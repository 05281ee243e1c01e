// Evenkeel itself, on a real control plane: its CRDs and RBAC applied, its controllers run as processes of their own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { connectKube, type KubeClient } from '../../../controller/kube/client.ts'
import { isObject, type JsonObject, textAt } from '../../../controller/kube/json.ts'
import { isConflict } from '../../../controller/kube/kube-errors.ts'
import { createObject, getObject } from '../../../controller/kube/objects.ts'
import { GUARDS, type ResourceType } from '../../../controller/kube/resource-type.ts'
import { systemClock } from '../../../controller/model/clock.ts'
import { GUARD_STATUS, type GuardStatus } from '../../../controller/model/guard-status.ts'
import { freePort } from '../../../sandbox/ports.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const NAMESPACES: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' }
const CRDS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
}
const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' }
const CLUSTER_ROLES: ResourceType = { ...RBAC, plural: 'clusterroles', kind: 'ClusterRole' }
const BINDINGS: ResourceType = { ...RBAC, plural: 'clusterrolebindings', kind: 'ClusterRoleBinding' }

/** A client with every right, for the tests themselves. */
export async function connectAs(kubeconfigPath: string): Promise<KubeClient> {
  return connectKube({ kubeconfigPath, requestTimeoutMs: 5_000, clock: systemClock })
}

/** Applies deploy/ and grants its ClusterRole to the users that run controllers; makes the namespaces. */
export async function install(
  admin: KubeClient,
  users: readonly string[],
  namespaces: readonly string[],
): Promise<void> {
  for (const file of readdirSync(`${ROOT}/deploy/crds`)) await createOnce(admin, CRDS, readYaml(`deploy/crds/${file}`))
  await createOnce(admin, CLUSTER_ROLES, readYaml('deploy/rbac/cluster-role.yaml'))
  await createOnce(admin, BINDINGS, {
    metadata: { name: 'evenkeel' },
    roleRef: { apiGroup: RBAC.group, kind: 'ClusterRole', name: 'evenkeel' },
    subjects: users.map((name) => ({ apiGroup: RBAC.group, kind: 'User', name })),
  })
  for (const name of namespaces) await createOnce(admin, NAMESPACES, { metadata: { name } })
  await until('the CRDs are served', async () => {
    await admin.request({ method: 'GET', path: '/apis/evenkeel.dev/v1alpha1/guards', object: 'guards' })
    await admin.request({ method: 'GET', path: '/apis/evenkeel.dev/v1alpha1/incidents', object: 'incidents' })
    return true
  })
}

async function createOnce(admin: KubeClient, type: ResourceType, object: JsonObject): Promise<void> {
  await createObject(admin, type, object).catch((error: unknown) => {
    if (!isConflict(error)) throw error
  })
}

function readYaml(path: string): JsonObject {
  const content: unknown = parseAllDocuments(readFileSync(`${ROOT}/${path}`, 'utf8'))[0]?.toJS()
  if (!isObject(content)) throw new Error(`${path} holds no object`)
  return content
}

export interface Controller {
  readonly url: string
  /** Where it serves flags. */
  readonly flags: { readonly ofrep: string; readonly flagdPort: number }
  /** Every line of its log so far, parsed. */
  readonly log: readonly JsonObject[]
  readonly process: ChildProcess
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** Starts `evenkeel run` as its own process with quick lease times, and waits until it answers. */
export async function startController(
  kubeconfig: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Controller> {
  const [port, ofrepPort, flagdPort] = [await freePort(), await freePort(), await freePort()]
  const child = spawn(
    process.execPath,
    [`${ROOT}/bin/evenkeel.js`, 'run', '--kubeconfig', kubeconfig, '--listen', `127.0.0.1:${port}`],
    {
      env: {
        ...process.env,
        EVENKEEL_LEASE_DURATION: '4s',
        EVENKEEL_RENEW_DEADLINE: '3s',
        EVENKEEL_LEASE_RETRY: '500ms',
        EVENKEEL_REQUEST_TIMEOUT: '2s',
        EVENKEEL_LOG_LEVEL: 'debug',
        EVENKEEL_FLAGS_LISTEN: `127.0.0.1:${ofrepPort}`,
        EVENKEEL_FLAGS_GRPC_LISTEN: `127.0.0.1:${flagdPort}`,
        EVENKEEL_PROBES_LISTEN: 'off',
        EVENKEEL_PROBES_AGENT_LISTEN: 'off',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  // Whoever ends early must not leave it acting on a cluster that is gone.
  process.once('exit', () => child.kill('SIGKILL'))
  const log: JsonObject[] = []
  const stderr: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const entry: unknown = JSON.parse(line)
    if (isObject(entry)) log.push(entry)
    if (process.env.EVENKEEL_E2E_LOG) console.error(line)
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr.push(line)
    if (process.env.EVENKEEL_E2E_LOG) console.error(line)
  })
  const url = `http://127.0.0.1:${port}`
  const exited = once(child, 'exit')
  await until('the controller answers', async () => {
    if (child.exitCode !== null) throw new Fatal(`the controller ended with ${child.exitCode}:\n${stderr.join('\n')}`)
    return (await fetch(`${url}/livez`)).ok
  })
  return {
    url,
    flags: { ofrep: `http://127.0.0.1:${ofrepPort}`, flagdPort },
    log,
    process: child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
      return child.exitCode
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
    },
  }
}

class Fatal extends Error {}

/** Waits until `condition` gives a truthy value, and returns it. What it throws counts as not yet, until the deadline. */
export async function until<T>(
  what: string,
  condition: () => Promise<T> | T,
  timeoutMs = 60_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value
      last = value
    } catch (error) {
      if (error instanceof Fatal) throw error
      last = error
    }
    if (performance.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}; last: ${describe(last)}`)
    await sleep(50)
  }
}

function describe(value: unknown): string {
  return value instanceof Error ? value.message : JSON.stringify(value)
}

export interface Named {
  readonly namespace: string
  readonly name: string
}

/** The Guard's status; empty before the first. */
export async function statusOf(client: KubeClient, guard: Named): Promise<GuardStatus> {
  const raw = await getObject(client, GUARDS, guard)
  return GUARD_STATUS.parse(raw.status ?? {})
}

export function conditionOf(status: GuardStatus, type: string) {
  return status.conditions?.find((condition) => condition.type === type)
}

export const nameOf = (object: unknown) => textAt(object, 'metadata', 'name') ?? ''
