// What the tests of the Kubernetes client share: a control plane with a Widget CRD, and clients of it.
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { connectKube, type KubeClient } from '../../../controller/kube/client.ts'
import { createObject, isServed } from '../../../controller/kube/objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS, type ResourceType } from '../../../controller/kube/resource-type.ts'
import { systemClock } from '../../../controller/model/clock.ts'
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts'

export const WIDGETS = { group: 'test.evenkeel.dev', version: 'v1', plural: 'widgets', kind: 'Widget' }
export const NAMESPACE = 'default'
export const soon = { timeout: 30_000, interval: 20 }

export interface KubeRig {
  readonly plane: ControlPlane
  /** Of the user who may do everything. */
  readonly client: KubeClient
  /** The caller closes it. */
  connect(user?: 'admin' | 'developer', requestTimeoutMs?: number): Promise<KubeClient>
}

/** Registers the hooks; what the rig holds may be used inside tests. */
export function useKubeRig(): KubeRig {
  let current: { readonly plane: ControlPlane; readonly client: KubeClient } | undefined

  function running() {
    if (current === undefined) throw new Error('the rig is only there inside a test')
    return current
  }

  beforeAll(async () => {
    const plane = await startControlPlane()
    const client = await connectKube({ kubeconfigPath: plane.kubeconfig, requestTimeoutMs: 5000, clock: systemClock })
    current = { plane, client }
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
    await current?.client.close()
    await current?.plane.stop()
  })

  return {
    get plane() {
      return running().plane
    },
    get client() {
      return running().client
    },
    connect: (user = 'admin', requestTimeoutMs = 5000) =>
      connectKube({ kubeconfigPath: running().plane.kubeconfigFor(user), requestTimeoutMs, clock: systemClock }),
  }
}

/** A CRD whose objects have this spec and any status. */
export function customResource(type: ResourceType, spec: unknown) {
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

/** A Deployment of one pod that nothing schedules; `extra` are further fields of its spec. */
export function deployment(name: string, extra: Record<string, unknown> = {}) {
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
