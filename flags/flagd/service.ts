// flagd.sync.v1.FlagSyncService: whole flag sets, and each new one as soon as it is there.
import {
  type handleUnaryCall,
  type Metadata,
  type ServerWritableStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js'
import type { Access } from '../access.ts'
import type { FlagSet } from '../flag-set.ts'
import type { FlagSets } from '../flag-sets.ts'
import { createLatestWriter } from '../latest.ts'
import { servedNamespace } from '../namespaces.ts'
import { decodeRequest, encodeConfiguration, type SyncRequest } from './messages.ts'

const method = (name: string, responseStream: boolean) => ({
  path: `/flagd.sync.v1.FlagSyncService/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: decodeRequest,
  // Messages are encoded once for all readers.
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
})

export const FLAG_SYNC_SERVICE = {
  SyncFlags: method('SyncFlags', true),
  FetchAllFlags: method('FetchAllFlags', false),
  GetMetadata: method('GetMetadata', false),
} satisfies ServiceDefinition

export interface FlagSyncOptions {
  readonly sets: FlagSets
  readonly access: Access
  /** The one namespace that is served; undefined for all. */
  readonly namespace: string | undefined
  readonly hasRoom: () => boolean
}

export interface FlagSync {
  readonly implementation: {
    readonly SyncFlags: (call: Stream) => void
    readonly FetchAllFlags: handleUnaryCall<SyncRequest, Buffer>
    readonly GetMetadata: handleUnaryCall<SyncRequest, Buffer>
  }
  readonly size: number
  /** Ends all streams: readers connect anew, to another replica when there is one. */
  close(): void
}

type Stream = ServerWritableStream<SyncRequest, Buffer>
type Refusal = { readonly code: status; readonly details: string }

const HOW = 'set the selector to flagSetId=NAMESPACE'
const encoded = new WeakMap<FlagSet, Buffer>()

export function createFlagSync({ sets, access, namespace: only, hasRoom }: FlagSyncOptions): FlagSync {
  const streams = new Set<Stream>()

  /** The namespace that is asked for, or why it can't be had. */
  function admit(metadata: Metadata, request: SyncRequest): string | Refusal {
    if (!access.allows(headerOf(metadata, 'authorization')))
      return { code: status.UNAUTHENTICATED, details: 'A token is needed: send authorization: Bearer TOKEN.' }
    const selector = headerOf(metadata, 'flagd-selector') ?? request.selector
    const asked = servedNamespace(flagSetOf(selector), only, HOW)
    if (asked.kind === 'elsewhere') return { code: status.PERMISSION_DENIED, details: asked.why }
    if (asked.kind !== 'served') return { code: status.INVALID_ARGUMENT, details: asked.why }
    // An empty set in its place would switch every flag back to the default in the code.
    if (!sets.ready) return { code: status.UNAVAILABLE, details: 'the flags are not known yet' }
    return asked.namespace
  }

  return {
    get size() {
      return streams.size
    },
    implementation: {
      SyncFlags(call) {
        const admitted = admit(call.metadata, call.request)
        if (typeof admitted !== 'string') return fail(call, admitted)
        if (!hasRoom()) return fail(call, { code: status.RESOURCE_EXHAUSTED, details: 'as many streams as may be' })
        const send = createLatestWriter<FlagSet>((set, done) => call.write(messageOf(set), done))
        const push = () => send(sets.get(admitted))
        const unsubscribe = sets.subscribe(admitted, push)
        streams.add(call)
        for (const end of ['cancelled', 'close', 'error'])
          call.on(end, () => {
            unsubscribe()
            streams.delete(call)
          })
        push()
      },
      FetchAllFlags(call, callback) {
        const admitted = admit(call.metadata, call.request)
        if (typeof admitted === 'string') callback(null, messageOf(sets.get(admitted)))
        else callback(admitted)
      },
      // Deprecated, and nothing of ours is in it.
      GetMetadata: (_call, callback) => callback(null, Buffer.alloc(0)),
    },
    close() {
      for (const call of streams) fail(call, { code: status.UNAVAILABLE, details: 'this replica stops' })
    },
  }
}

function messageOf(set: FlagSet): Buffer {
  const known = encoded.get(set)
  if (known !== undefined) return known
  const made = encodeConfiguration(set.configuration)
  encoded.set(set, made)
  return made
}

function fail(call: Stream, refusal: Refusal): void {
  call.emit('error', refusal)
}

function headerOf(metadata: Metadata, name: string): string | undefined {
  const [value] = metadata.get(name)
  return value === undefined ? undefined : String(value)
}

/** "flagSetId=shop", as flagd writes it, also among other terms; or only "shop". */
function flagSetOf(selector: string): string {
  if (!selector.includes('=')) return selector.trim()
  const terms = selector.split(',').map((term) => term.trim().split('='))
  return terms.find(([key]) => key === 'flagSetId')?.[1] ?? ''
}
