// What every command that talks to a cluster takes: which kubeconfig, which context.
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { connectKube, type KubeClient } from '../kube/client.ts'
import { systemClock } from '../model/clock.ts'

export interface KubeFlags {
  readonly kubeconfig?: string
  readonly context?: string
}

export function withKubeFlags(command: Command): Command {
  return command
    .option(
      '--kubeconfig <file>',
      'kubeconfig to use (default: $KUBECONFIG, ~/.kube/config, or the service account in a pod)',
    )
    .option('--context <name>', 'context of the kubeconfig')
}

/** Connects, runs `work` and closes the connection. */
export async function withCluster<T>(
  flags: KubeFlags,
  work: (client: KubeClient, config: Config) => Promise<T>,
): Promise<T> {
  const config = readConfig(process.env, { ...flags })
  const client = await connectKube({
    kubeconfigPath: config.kubeconfig || undefined,
    context: config.context || undefined,
    requestTimeoutMs: config.requestTimeout,
    clock: systemClock,
  })
  try {
    return await work(client, config)
  } finally {
    await client.close()
  }
}
