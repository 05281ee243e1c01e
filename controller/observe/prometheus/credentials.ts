// Credentials for servers, from Secrets: read one by one by name, remembered briefly, and read anew when a server refuses them.
import type { KubeClient } from '../../kube/client.ts'
import type { JsonObject } from '../../kube/json.ts'
import { isForbidden } from '../../kube/kube-errors.ts'
import { findObject } from '../../kube/objects.ts'
import { SECRETS } from '../../kube/resource-type.ts'
import type { Clock } from '../../model/clock.ts'
import { KubeError } from '../../model/errors.ts'
import type { Milliseconds } from '../../model/units.ts'
import { type Credentials, nameOf, readSecret, type SecretRef } from './secret.ts'

export interface CredentialSource {
  /** What a Secret holds for this server, or why it may not be used. Never rejects. */
  find(ref: SecretRef, url: string): Promise<Credentials>
  /** The same after the server refused `used`: read anew, but no more often than is decent. */
  renew(ref: SecretRef, url: string, used: Credentials): Promise<Credentials>
}

type Read = { readonly kind: 'read'; readonly secret: JsonObject } | { readonly kind: 'unread'; readonly why: string }

interface Known {
  readonly atMs: Milliseconds
  readonly read: Promise<Read>
}

const REMEMBERED_MS: Milliseconds = 60_000
/** What could not be read is asked for again sooner, and what a server refused is read anew no more often than this. */
const AGAIN_MS: Milliseconds = 10_000
/** Nobody has asked for it since. */
const FORGOTTEN_MS: Milliseconds = 300_000

export function createCredentialSource({ client, clock }: { client: KubeClient; clock: Clock }): CredentialSource {
  const known = new Map<string, Known & { isUnread: boolean }>()

  /** While the API server does not answer, what it said last goes on to count. */
  async function read(ref: SecretRef, last: Promise<Read> | undefined): Promise<Read> {
    try {
      const secret = await findObject(client, SECRETS, ref)
      if (secret !== undefined) return { kind: 'read', secret }
      return { kind: 'unread', why: `${nameOf(ref)} does not exist: create it in the Guard's namespace` }
    } catch (error) {
      const before = await last
      if (isTransient(error) && before?.kind === 'read') return before
      return { kind: 'unread', why: whyUnread(ref, error) }
    }
  }

  function readAnew(ref: SecretRef): Promise<Read> {
    const key = `${ref.namespace}/${ref.name}`
    const last = known.get(key)?.read
    for (const [other, { atMs }] of known) if (clock.monotonic() - atMs > FORGOTTEN_MS) known.delete(other)
    const entry = { atMs: clock.monotonic(), read: read(ref, last), isUnread: false }
    known.set(key, entry)
    void entry.read.then((found) => {
      entry.isUnread = found.kind === 'unread'
    })
    return entry.read
  }

  function latest(ref: SecretRef, refused: boolean): Promise<Read> {
    const entry = known.get(`${ref.namespace}/${ref.name}`)
    const forMs = refused || entry?.isUnread === true ? AGAIN_MS : REMEMBERED_MS
    return entry !== undefined && clock.monotonic() - entry.atMs < forMs ? entry.read : readAnew(ref)
  }

  async function credentials(ref: SecretRef, url: string, refused: boolean): Promise<Credentials> {
    const found = await latest(ref, refused)
    return found.kind === 'read' ? readSecret(ref, found.secret, url) : { kind: 'refused', why: found.why }
  }

  return {
    find: (ref, url) => credentials(ref, url, false),
    async renew(ref, url, used) {
      // Others may have read it anew since these were found.
      const now = await credentials(ref, url, false)
      return isSame(now, used) ? credentials(ref, url, true) : now
    },
  }
}

export function isSame(one: Credentials, other: Credentials): boolean {
  if (one.kind === 'refused' || other.kind === 'refused') return one.kind === other.kind
  return one.authorization === other.authorization && one.ca === other.ca
}

/** No answer, too many questions, a failing server: nothing that it said about this Secret. */
function isTransient(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 0 || error.status === 429 || error.status >= 500)
}

/** In our own words: an answer that can't be read is quoted in its error, and may hold part of the Secret. */
function whyUnread(ref: SecretRef, error: unknown): string {
  if (isForbidden(error))
    return `${nameOf(ref)} may not be read: grant get on it to Evenkeel, as in deploy/examples/prometheus-secret.yaml`
  const what =
    error instanceof KubeError ? `${error.status === 0 ? '' : `HTTP ${error.status} `}${error.reason}` : 'failed'
  return `${nameOf(ref)} can't be read from the API server (${what})`
}
