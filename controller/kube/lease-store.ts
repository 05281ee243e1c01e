// Reads and writes one Lease of coordination.k8s.io/v1, each write on condition that nobody wrote in between.
import type { Milliseconds } from '../model/units.ts'
import type { KubeClient } from './client.ts'
import { isObject, type JsonObject, numberAt, textAt } from './json.ts'
import { missingField } from './kube-errors.ts'
import { createObject, findObject, replaceObject } from './objects.ts'
import { describeObject, LEASES, type NamespacedName } from './resource-type.ts'

export interface LeaseRecord {
  /** Empty when nobody holds it. */
  readonly holder: string
  readonly leaseMs: Milliseconds
  readonly acquireTime: string
  readonly renewTime: string
  readonly transitions: number
}

/** A record and the version that a write of it must name. */
export interface StoredLease extends LeaseRecord {
  readonly version: string
  readonly raw: JsonObject
}

export interface LeaseStore {
  /** Undefined when there is no Lease. Throws KubeError. */
  read(call: LeaseCall): Promise<StoredLease | undefined>
  /** Writes over exactly what was read, or creates where nothing was. Throws KubeError; 409 when someone was faster. */
  write(next: LeaseRecord, over: StoredLease | undefined, call: LeaseCall): Promise<StoredLease>
}

interface LeaseCall {
  readonly timeoutMs: Milliseconds
  readonly signal?: AbortSignal | undefined
}

/** The Lease of that name on the API server. */
export function leaseStore(client: KubeClient, ref: NamespacedName): LeaseStore {
  return {
    async read(call) {
      const raw = await findObject(client, LEASES, ref, call)
      return raw === undefined ? undefined : parse(client, 'GET', ref, raw)
    },
    async write(next, over, call) {
      const spec = {
        holderIdentity: next.holder,
        leaseDurationSeconds: Math.ceil(next.leaseMs / 1000),
        acquireTime: next.acquireTime,
        renewTime: next.renewTime,
        leaseTransitions: next.transitions,
      }
      if (over === undefined) {
        const created = { metadata: { namespace: ref.namespace, name: ref.name }, spec }
        return parse(client, 'POST', ref, await createObject(client, LEASES, created, call))
      }
      // The rest of the object, such as labels that someone put there, stays.
      return parse(client, 'PUT', ref, await replaceObject(client, LEASES, ref, { ...over.raw, spec }, call))
    },
  }
}

function parse(client: KubeClient, verb: string, ref: NamespacedName, raw: JsonObject): StoredLease {
  const asked = { verb, object: describeObject(LEASES, ref), server: client.server }
  const version = textAt(raw, 'metadata', 'resourceVersion')
  if (version === undefined) throw missingField(asked, 'metadata.resourceVersion')
  if (raw.spec !== undefined && !isObject(raw.spec)) throw missingField(asked, 'spec')
  return {
    holder: textAt(raw, 'spec', 'holderIdentity') ?? '',
    leaseMs: (numberAt(raw, 'spec', 'leaseDurationSeconds') ?? 0) * 1000,
    acquireTime: textAt(raw, 'spec', 'acquireTime') ?? '',
    renewTime: textAt(raw, 'spec', 'renewTime') ?? '',
    transitions: numberAt(raw, 'spec', 'leaseTransitions') ?? 0,
    version,
    raw,
  }
}
