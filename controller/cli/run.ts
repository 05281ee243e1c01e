// `evenkeel run`: the controller, until a signal stops it.
import { readConfig } from '../config.ts'
import { runController } from '../main.ts'
import type { KubeFlags } from './kube-flags.ts'

export interface RunFlags extends KubeFlags {
  readonly namespace?: string
  readonly listen?: string
  readonly logLevel?: string
}

/** Runs until SIGTERM or SIGINT; a second signal ends the process at once. */
export async function runUntilSignal(flags: RunFlags): Promise<void> {
  const config = readConfig(process.env, { ...flags })
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1)
      stop.abort()
    })
  }
  await runController(config, stop.signal)
}
