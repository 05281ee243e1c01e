// Secrets as they are on the API server: read one by one by name, remembered briefly, and read anew when what they hold is refused.
import type { KubeClient } from '../kube/client.ts'
import type { JsonObject } from '../kube/json.ts'
import { isForbidden } from '../kube/kube-errors.ts'
import { findObject } from '../kube/objects.ts'
import { SECRETS } from '../kube/resource-type.ts'
import type { Clock } from '../model/clock.ts'
import { KubeError } from '../model/errors.ts'
import type { Milliseconds } from '../model/units.ts'

export interface SecretRef {
  readonly namespace: string
  readonly name: string
}

/** `why` names the Secret, and nothing that it holds. */
export type SecretRead =
  | { readonly kind: 'read'; readonly secret: JsonObject }
  | { readonly kind: 'unread'; readonly why: string }

export interface SecretReader {
  /** `refused`: what it held last is refused: read anew, but no more often than is decent. Never rejects. */
  read(ref: SecretRef, refused?: boolean): Promise<SecretRead>
}

export interface SecretReaderOptions {
  readonly client: KubeClient
  readonly clock: Clock
  /** Whose namespace the Secret has to be in: "the Guard's". */
  readonly owner: string
  /** The file that shows how it is granted. */
  readonly example: string
}

interface Known {
  readonly atMs: Milliseconds
  readonly read: Promise<SecretRead>
}

const REMEMBERED_MS: Milliseconds = 60_000
/** What could not be read is asked for again sooner, and what a server refused is read anew no more often than this. */
const AGAIN_MS: Milliseconds = 10_000
/** Nobody has asked for it since. */
const FORGOTTEN_MS: Milliseconds = 300_000

export function createSecretReader({ client, clock, owner, example }: SecretReaderOptions): SecretReader {
  const known = new Map<string, Known & { isUnread: boolean }>()

  /** While the API server does not answer, what it said last goes on to count. */
  async function readOnce(ref: SecretRef, last: Promise<SecretRead> | undefined): Promise<SecretRead> {
    try {
      const secret = await findObject(client, SECRETS, ref)
      if (secret !== undefined) return { kind: 'read', secret }
      return { kind: 'unread', why: `${nameOf(ref)} does not exist: create it in ${owner} namespace` }
    } catch (error) {
      const before = await last
      if (isTransient(error) && before?.kind === 'read') return before
      return { kind: 'unread', why: whyUnread(ref, error) }
    }
  }

  function readAnew(ref: SecretRef): Promise<SecretRead> {
    const key = `${ref.namespace}/${ref.name}`
    const last = known.get(key)?.read
    for (const [other, { atMs }] of known) if (clock.monotonic() - atMs > FORGOTTEN_MS) known.delete(other)
    const entry = { atMs: clock.monotonic(), read: readOnce(ref, last), isUnread: false }
    known.set(key, entry)
    void entry.read.then((found) => {
      entry.isUnread = found.kind === 'unread'
    })
    return entry.read
  }

  /** In our own words: an answer that can't be read is quoted in its error, and may hold part of the Secret. */
  function whyUnread(ref: SecretRef, error: unknown): string {
    if (isForbidden(error)) return `${nameOf(ref)} may not be read: grant get on it to Evenkeel, as in ${example}`
    const what =
      error instanceof KubeError ? `${error.status === 0 ? '' : `HTTP ${error.status} `}${error.reason}` : 'failed'
    return `${nameOf(ref)} can't be read from the API server (${what})`
  }

  return {
    read(ref, refused = false) {
      const entry = known.get(`${ref.namespace}/${ref.name}`)
      const forMs = refused || entry?.isUnread === true ? AGAIN_MS : REMEMBERED_MS
      return entry !== undefined && clock.monotonic() - entry.atMs < forMs ? entry.read : readAnew(ref)
    },
  }
}

export function nameOf({ namespace, name }: SecretRef): string {
  return `Secret ${namespace}/${name}`
}

/** Editors and `echo` end a file with a line break, which belongs to no password. */
export function decodeEntry(base64: string | undefined): string | undefined {
  return base64 === undefined
    ? undefined
    : Buffer.from(base64, 'base64')
        .toString('utf8')
        .replace(/\r?\n$/, '')
}

/** No answer, too many questions, a failing server: nothing that it said about this Secret. */
function isTransient(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 0 || error.status === 429 || error.status >= 500)
}
