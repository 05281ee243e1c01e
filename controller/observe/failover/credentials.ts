// What the members of a group want to be given: from a Secret of its namespace that names this group, and no other.
import type { KubeClient } from '../../kube/client.ts'
import { type JsonObject, textAt, textsAt } from '../../kube/json.ts'
import type { Clock } from '../../model/clock.ts'
import type { MemberCredentials } from '../../model/failover.ts'
import type { FailoverGroupSpec } from '../../model/failover-group.ts'
import { ANNOTATIONS } from '../../model/names.ts'
import { createSecretReader, decodeEntry, nameOf, type SecretRef } from '../secrets.ts'

interface GroupRef {
  readonly namespace: string
  readonly name: string
  readonly spec: FailoverGroupSpec
}

/** `why` names the Secret, and nothing that it holds. */
export type FoundCredentials =
  | { readonly kind: 'ok'; readonly credentials: MemberCredentials | undefined }
  | { readonly kind: 'refused'; readonly why: string }

export interface MemberCredentialSource {
  /** `refused`: a member did not take them: they may have changed. Never rejects. */
  find(group: GroupRef, refused: boolean): Promise<FoundCredentials>
}

export function createMemberCredentials({
  client,
  clock,
}: {
  client: KubeClient
  clock: Clock
}): MemberCredentialSource {
  const example = 'deploy/examples/failover-secret.yaml'
  const secrets = createSecretReader({ client, clock, owner: "the FailoverGroup's", example })
  return {
    async find({ namespace, name, spec }, refused) {
      const secret = secretOf(spec)
      if (secret === undefined) return { kind: 'ok', credentials: undefined }
      const ref = { namespace, name: secret }
      const found = await secrets.read(ref, refused)
      return found.kind === 'read' ? readMemberSecret(ref, found.secret, name) : { kind: 'refused', why: found.why }
    },
  }
}

/** The credentials of a Secret, if this group's members may have them. */
export function readMemberSecret(ref: SecretRef, secret: JsonObject, group: string): FoundCredentials {
  const refused = (why: string): FoundCredentials => ({ kind: 'refused', why: `${nameOf(ref)} ${why}` })
  const allowed = textAt(secret, 'metadata', 'annotations', ANNOTATIONS.failoverGroup)
  if (allowed === undefined)
    return refused(`does not say which group it is for: annotate it with ${ANNOTATIONS.failoverGroup}=${group}`)
  if (allowed !== group)
    return refused(`is for the FailoverGroup ${allowed} only, says its annotation ${ANNOTATIONS.failoverGroup}`)
  const data = textsAt(secret, 'data')
  const [username, password, replicationUsername, replicationPassword] = KEYS.map((key) => decodeEntry(data[key]))
  if (password === undefined || password === '') return refused('holds no password: it needs the key password')
  if ((replicationUsername === undefined) !== (replicationPassword === undefined))
    return refused('holds one of replicationUsername and replicationPassword: it needs both, or neither')
  const replication =
    replicationUsername !== undefined && replicationPassword !== undefined
      ? { replication: { username: replicationUsername, password: replicationPassword } }
      : {}
  return { kind: 'ok', credentials: { ...(username && { username }), password, ...replication } }
}

const KEYS = ['username', 'password', 'replicationUsername', 'replicationPassword'] as const

function secretOf({ method }: FailoverGroupSpec): string | undefined {
  const { redis, sentinel, patroni, mysql } = method
  return (redis ?? sentinel ?? patroni ?? mysql)?.auth?.secret
}
