// The projection of FailoverGroups: what is kept of each, and what a person asks of it by annotation.
import { z } from 'zod'
import type { SwitchRequest } from '../model/failover.ts'
import { FAILOVER_GROUP_STATUS, type FailoverGroupStatus } from '../model/failover-group-status.ts'
import { ANNOTATIONS } from '../model/names.ts'
import type { ObjectRef } from '../model/workload.ts'
import { at, numberAt, textAt } from './json.ts'
import { projectRef, versionOf } from './resources.ts'

export interface StoredFailoverGroup extends ObjectRef {
  readonly resourceVersion: string
  readonly generation: number
  /** As it is, for the validation. */
  readonly spec: unknown
  readonly status: FailoverGroupStatus
  /** Why its status can't be read, which another version of Evenkeel may have written: then nobody knows who is active. */
  readonly statusFault: string | undefined
  /** Undefined when there is none, or it can't be read: then `requestFault` says why. */
  readonly request: SwitchRequest | undefined
  readonly requestFault: string | undefined
  /** The epoch that a person has acknowledged. */
  readonly acknowledgedEpoch: number | undefined
}

const REQUEST = z.strictObject({
  id: z.string().min(1).max(64),
  kind: z.enum(['Switchover', 'Failback']),
  to: z.string().max(253).optional(),
  /** "Guard/" and a name. */
  by: z.string().min(1).max(260),
  until: z.iso.datetime().optional(),
})

/** A FailoverGroup's fields. Throws TypeError when it has no name. */
export function projectFailoverGroup(raw: unknown): StoredFailoverGroup {
  const annotation = (name: string) => textAt(raw, 'metadata', 'annotations', name)
  const asked = annotation(ANNOTATIONS.failoverRequest)
  const request = asked === undefined ? undefined : REQUEST.safeParse(parseJson(asked))
  const status = FAILOVER_GROUP_STATUS.safeParse(at(raw, 'status') ?? {})
  const acknowledged = annotation(ANNOTATIONS.failoverAcknowledged)
  return {
    ...projectRef(raw),
    resourceVersion: versionOf(raw),
    generation: numberAt(raw, 'metadata', 'generation') ?? 0,
    spec: at(raw, 'spec'),
    status: status.data ?? {},
    statusFault: status.success ? undefined : `its status can't be read (${describeIssue(status.error)})`,
    request: request?.data,
    requestFault:
      request === undefined || request.success
        ? undefined
        : `the annotation ${ANNOTATIONS.failoverRequest} can't be read: ask with evenkeel failover`,
    acknowledgedEpoch: acknowledged !== undefined && /^\d+$/.test(acknowledged) ? Number(acknowledged) : undefined,
  }
}

function describeIssue({ issues: [first] }: z.ZodError): string {
  return first === undefined ? 'unknown' : `${['status', ...first.path].join('.')}: ${first.message}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
