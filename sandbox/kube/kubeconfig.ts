// How to reach an API server, read from a kubeconfig: its address, what verifies it, and who we are.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

export interface Endpoint {
  /** http(s)://host:port, with or without a path. */
  readonly server: string
  /** PEM of the certificate authority; absent: the system's. */
  readonly ca?: string | undefined
  readonly token?: string | undefined
  /** PEM client certificate and key. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly insecure?: boolean | undefined
}

const TEXT = z.string().optional()

const KUBECONFIG = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.string(),
        'certificate-authority': TEXT,
        'certificate-authority-data': TEXT,
        'insecure-skip-tls-verify': z.boolean().optional(),
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        token: TEXT,
        tokenFile: TEXT,
        'client-certificate': TEXT,
        'client-certificate-data': TEXT,
        'client-key': TEXT,
        'client-key-data': TEXT,
      }),
    }),
  ),
})

/** Reads the current context of a kubeconfig file. Throws when it can't be read or names what it does not define. */
export function readKubeconfig(file: string): Endpoint {
  return parseKubeconfig(readFileSync(file, 'utf8'), file)
}

/** As `readKubeconfig`, of its text. Relative paths in it start at the folder of `file`, which messages name too. */
export function parseKubeconfig(text: string, file = 'kubeconfig'): Endpoint {
  const config = parseText(text, file)
  const { context } = named(config.contexts, config['current-context'], 'context', file)
  const { cluster } = named(config.clusters, context.cluster, 'cluster', file)
  const { user } = named(config.users, context.user, 'user', file)
  const fromFile = (path: string | undefined) =>
    path === undefined ? undefined : readFileSync(resolve(dirname(file), path), 'utf8')
  const decoded = (data: string | undefined) =>
    data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8')
  return {
    server: cluster.server.replace(/\/$/, ''),
    ca: decoded(cluster['certificate-authority-data']) ?? fromFile(cluster['certificate-authority']),
    insecure: cluster['insecure-skip-tls-verify'],
    token: user.token ?? fromFile(user.tokenFile)?.trim(),
    cert: decoded(user['client-certificate-data']) ?? fromFile(user['client-certificate']),
    key: decoded(user['client-key-data']) ?? fromFile(user['client-key']),
  }
}

function parseText(text: string, file: string): z.infer<typeof KUBECONFIG> {
  try {
    return KUBECONFIG.parse(parse(text))
  } catch (cause) {
    throw new Error(`kubeconfig ${file} can't be used: see the cause`, { cause })
  }
}

function named<T extends { readonly name: string }>(all: readonly T[], name: string, what: string, file: string): T {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(`kubeconfig ${file} names the ${what} "${name}" but does not define it`)
  return found
}
