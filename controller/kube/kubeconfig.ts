// Finds the cluster and the credentials: a named kubeconfig file, $KUBECONFIG, ~/.kube/config, or the pod we run in.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Cluster, KubeConfig } from '@kubernetes/client-node'
import { ConfigError, messageOf } from '../model/errors.ts'

export interface KubeconfigSource {
  /** A kubeconfig file; absent: the usual places. */
  readonly kubeconfigPath?: string | undefined
  /** A context of the kubeconfig; absent: its current-context. */
  readonly context?: string | undefined
  /** Prefix of /var/run/secrets/kubernetes.io/serviceaccount; empty in a pod. */
  readonly serviceAccountRoot?: string | undefined
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Loads the kubeconfig and checks that it names a usable cluster. Throws ConfigError naming what was tried. */
export async function loadKubeconfig(source: KubeconfigSource): Promise<{ config: KubeConfig; cluster: Cluster }> {
  const client = await import('@kubernetes/client-node')
  const config = new client.KubeConfig()
  const origin = loadInto(config, source)
  if (source.context !== undefined) config.setCurrentContext(source.context)
  const current = config.getCurrentContext()
  const known = config.getContexts().map((context) => context.name)
  if (!known.includes(current)) {
    throw new ConfigError(
      `The context "${current ?? ''}" is not in ${origin} (it has: ${known.join(', ') || 'none'}). Name one of them.`,
    )
  }
  const cluster = config.getCurrentCluster()
  if (cluster === null) {
    throw new ConfigError(`The cluster of context "${current}" is not in ${origin}. Add it under clusters.`)
  }
  checkServer(cluster, origin)
  return { config, cluster }
}

/** Fills `config` from the first source that exists and returns that source's name. */
function loadInto(config: KubeConfig, source: KubeconfigSource): string {
  if (source.kubeconfigPath !== undefined) return loadFile(config, source.kubeconfigPath)
  const listed = process.env.KUBECONFIG ?? ''
  if (listed !== '') {
    try {
      config.loadFromDefault()
    } catch (error) {
      throw new ConfigError(`KUBECONFIG=${listed} can't be loaded (${messageOf(error)}). Correct or unset it.`, {
        cause: error,
      })
    }
    return `KUBECONFIG=${listed}`
  }
  const home = join(homedir(), '.kube', 'config')
  if (existsSync(home)) return loadFile(config, home)
  const root = source.serviceAccountRoot ?? ''
  const token = `${root}${SERVICE_ACCOUNT_TOKEN}`
  const host = process.env.KUBERNETES_SERVICE_HOST ?? ''
  if (host !== '' && existsSync(token)) {
    config.loadFromCluster(root)
    return 'the service account of this pod'
  }
  throw new ConfigError(
    `No Kubernetes cluster is configured. Tried: KUBECONFIG (not set); ${home} (no such file); the service account of a pod (${
      host === '' ? 'KUBERNETES_SERVICE_HOST is not set' : `no file ${token}`
    }). Name a kubeconfig file, or run inside a pod with a service account.`,
  )
}

function loadFile(config: KubeConfig, path: string): string {
  try {
    config.loadFromFile(path)
  } catch (error) {
    throw new ConfigError(
      `The kubeconfig ${path} can't be loaded (${messageOf(error)}). Check the path and its YAML.`,
      {
        cause: error,
      },
    )
  }
  return path
}

function checkServer(cluster: Cluster, origin: string): void {
  if (!URL.canParse(cluster.server) || !/^https?:$/.test(new URL(cluster.server).protocol)) {
    throw new ConfigError(
      `The server "${cluster.server}" of cluster "${cluster.name}" in ${origin} is not an http(s) address. Write https://host:port.`,
    )
  }
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw new ConfigError(
      `Cluster "${cluster.name}" in ${origin} is plain http (${cluster.server}). Use https, or set insecure-skip-tls-verify: true for it when it is meant so.`,
    )
  }
}
