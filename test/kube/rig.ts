// What the tests of the client share: an API double and a folder for each test, and clients that are closed after it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, vi } from 'vitest'
import { type ConnectOptions, connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { KubeError } from '../../controller/model/errors.ts'
import { type ApiDouble, startApiDouble } from './api-double.ts'

export interface Rig {
  readonly api: ApiDouble
  /** Empty at the start of each test, and removed after it. */
  readonly folder: string
  /** To the API double unless the options say otherwise; closed after the test. */
  connect(options?: Partial<ConnectOptions>): Promise<KubeClient>
}

/** Registers the hooks; what the rig holds may be used inside tests. */
export function useRig(): Rig {
  let current: { readonly api: ApiDouble; readonly folder: string } | undefined
  const clients: KubeClient[] = []

  function running() {
    if (current === undefined) throw new Error('the rig is only there inside a test')
    return current
  }

  beforeEach(async () => {
    current = { api: await startApiDouble(), folder: await mkdtemp(join(tmpdir(), 'evenkeel-client-')) }
  })

  afterEach(async () => {
    vi.unstubAllEnvs()
    await Promise.all(clients.splice(0).map((client) => client.close()))
    await running().api.close()
    await rm(running().folder, { recursive: true })
  })

  return {
    get api() {
      return running().api
    },
    get folder() {
      return running().folder
    },
    async connect(options = {}) {
      const client = await connectKube({
        kubeconfigPath: running().api.kubeconfigPath,
        requestTimeoutMs: 5000,
        clock: systemClock,
        ...options,
      })
      clients.push(client)
      return client
    },
  }
}

/** The KubeError that `work` fails with. Throws when it doesn't. */
export async function failureOf(work: Promise<unknown>): Promise<KubeError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof KubeError)) throw new Error(`expected a KubeError, got ${String(error)}`, { cause: error })
  return error
}

export const CHECKOUT = { kind: 'Deployment', namespace: 'shop', name: 'checkout' } as const

/** What the API server answers for its /scale. */
export const SCALE = {
  metadata: { name: 'checkout', namespace: 'shop', uid: 'u1', resourceVersion: '7' },
  spec: { replicas: 3 },
  status: { replicas: 2, selector: 'app=checkout' },
}
