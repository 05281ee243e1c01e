// Credentials for servers, from Secrets that say where alone they may be sent.
import type { KubeClient } from '../../kube/client.ts'
import type { Clock } from '../../model/clock.ts'
import { createSecretReader, type SecretRef } from '../secrets.ts'
import { type Credentials, readSecret } from './secret.ts'

export interface CredentialSource {
  /** What a Secret holds for this server, or why it may not be used. Never rejects. */
  find(ref: SecretRef, url: string): Promise<Credentials>
  /** The same after the server refused `used`: read anew, but no more often than is decent. */
  renew(ref: SecretRef, url: string, used: Credentials): Promise<Credentials>
}

export function createCredentialSource({ client, clock }: { client: KubeClient; clock: Clock }): CredentialSource {
  const example = 'deploy/examples/prometheus-secret.yaml'
  const secrets = createSecretReader({ client, clock, owner: "the Guard's", example })

  async function credentials(ref: SecretRef, url: string, refused: boolean): Promise<Credentials> {
    const found = await secrets.read(ref, refused)
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
