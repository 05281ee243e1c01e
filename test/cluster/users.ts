// The users that the test API server knows, each with a bearer token, and their kubeconfigs.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'

/** `admin` may do everything; the others only what RBAC grants them, which is nothing at first. */
const USERS = ['admin', 'evenkeel', 'evenkeel-2', 'developer', 'kube-controller-manager'] as const
export type User = (typeof USERS)[number]

const GROUPS: Readonly<Partial<Record<User, string>>> = {
  admin: 'system:masters',
  'kube-controller-manager': 'system:masters',
}

export interface Users {
  /** For --token-auth-file. */
  readonly tokenFile: string
  tokenOf(user: User): string
  /** Path of the user's kubeconfig; its context's namespace is "default". */
  kubeconfigOf(user: User): string
}

/** Writes the token file and, for each user, a kubeconfig for the API server at `url` whose certificate is `caFile`. */
export function writeUsers(folder: string, url: string, caFile: string): Users {
  const tokens = new Map<User, string>(USERS.map((user) => [user, randomBytes(16).toString('hex')]))
  const tokenOf = (user: User) => tokens.get(user) ?? ''
  const tokenFile = join(folder, 'tokens.csv')
  const kubeconfigOf = (user: User) => join(folder, `${user}.kubeconfig`)
  writeFileSync(tokenFile, USERS.map((user) => `${tokenOf(user)},${user},${user},"${GROUPS[user] ?? ''}"\n`).join(''), {
    mode: 0o600,
  })
  for (const user of USERS) {
    writeFileSync(kubeconfigOf(user), stringify(kubeconfig(url, caFile, user, tokenOf(user))), { mode: 0o600 })
  }
  return { tokenFile, tokenOf, kubeconfigOf }
}

function kubeconfig(url: string, caFile: string, user: User, token: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user, namespace: 'default' } }],
    'current-context': 'test',
  }
}
