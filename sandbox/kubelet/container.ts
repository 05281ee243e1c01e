// Runs one container's command as a process: starts it, probes it, starts it again when it ends, and stops it.
import { closeSync, openSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { pause } from '../kube/retry.ts'
import { type ProcessExit, spawnTethered, type TetheredProcess } from '../processes/tethered.ts'
import { type CrashBackoff, restartDelayMs } from './crash-backoff.ts'
import type { Launch } from './environment.ts'
import type { Container, Pod } from './objects.ts'
import { runProbe } from './probe.ts'

/** As in a container's status; times are in milliseconds since the epoch. */
export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly kind: 'running'; readonly pid: number; readonly startedAt: number }
  | TerminatedState

interface TerminatedState {
  readonly kind: 'terminated'
  /** Undefined when it could not even be started. */
  readonly pid?: number
  readonly exitCode: number
  readonly reason: 'Completed' | 'Error'
  readonly startedAt: number
  readonly finishedAt: number
}

export interface ContainerView {
  readonly container: Container
  readonly state: ContainerState
  readonly last: TerminatedState | undefined
  readonly isReady: boolean
  readonly restartCount: number
}

export interface ContainerRunner {
  view(): ContainerView
  /** SIGTERM, then SIGKILL after `graceMs`; no restart after that. A second call can only shorten the grace. */
  stop(graceMs: number): void
  /** Resolves when it has ended and will not be started again. Never rejects. */
  readonly ended: Promise<void>
}

export interface ContainerOptions {
  readonly pod: Pod
  readonly container: Container
  readonly address: string
  readonly launch: Launch
  readonly logFile: string
  readonly restartCount: number
  readonly backoff: CrashBackoff
  readonly onChange: () => void
}

/** Starts the container and keeps it running as the pod's restartPolicy says. */
export function runContainer(options: ContainerOptions): ContainerRunner {
  const { container, onChange } = options
  let view: ContainerView = {
    container,
    state: { kind: 'waiting', reason: 'ContainerCreating', message: '' },
    last: undefined,
    isReady: false,
    restartCount: options.restartCount,
  }
  let process: TetheredProcess | undefined
  const stopping = new AbortController()
  const change = (part: Partial<ContainerView>) => {
    view = { ...view, ...part }
    onChange()
  }

  async function keepRunning(): Promise<void> {
    let restartsInARow = 0
    while (!stopping.signal.aborted) {
      const terminated = await runOnce()
      change({ state: terminated, isReady: false })
      if (stopping.signal.aborted || !isRestarted(options.pod, terminated)) return
      const ranMs = terminated.finishedAt - terminated.startedAt
      restartsInARow = ranMs >= options.backoff.forgetAfterMs ? 1 : restartsInARow + 1
      await waitToRestart(terminated, restartDelayMs(restartsInARow, options.backoff))
      if (stopping.signal.aborted) return
      change({ restartCount: view.restartCount + 1, last: terminated })
    }
  }

  async function waitToRestart(terminated: TerminatedState, delayMs: number): Promise<void> {
    if (delayMs === 0) return
    const message = `back-off ${delayMs} ms restarting ${container.name} of ${options.pod.metadata.name}`
    change({ state: { kind: 'waiting', reason: 'CrashLoopBackOff', message }, last: terminated })
    await pause(delayMs, stopping.signal)
  }

  async function runOnce(): Promise<TerminatedState> {
    const startedAt = Date.now()
    const started = start(options)
    if (started === undefined)
      return { kind: 'terminated', exitCode: 127, reason: 'Error', startedAt, finishedAt: Date.now() }
    process = started
    // Without a readinessProbe a container is ready as soon as it runs.
    change({
      state: { kind: 'running', pid: started.pid, startedAt },
      isReady: container.readinessProbe === undefined,
    })
    const probes = startProbes(started)
    const exit = await started.exited
    await probes.stop()
    process = undefined
    const exitCode = exitCodeOf(exit)
    return {
      kind: 'terminated',
      pid: started.pid,
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: Date.now(),
    }
  }

  function startProbes(running: TetheredProcess): { stop(): Promise<void> } {
    const over = new AbortController()
    const target = { address: options.address, container }
    const signal = AbortSignal.any([over.signal, stopping.signal])
    const graceMs = options.pod.spec.terminationGracePeriodSeconds * 1_000
    const { readinessProbe, livenessProbe } = container
    const setReady = (isReady: boolean) => change({ isReady })
    const restartUnlessAlive = (isAlive: boolean) => void (isAlive ? undefined : running.stop(graceMs))
    const probes = [
      readinessProbe && runProbe(readinessProbe, target, { isEagerAtFirst: true, onVerdict: setReady }, signal),
      livenessProbe &&
        runProbe(livenessProbe, target, { isEagerAtFirst: false, onVerdict: restartUnlessAlive }, signal),
    ]
    return {
      async stop() {
        over.abort()
        await Promise.all(probes)
      },
    }
  }

  return {
    view: () => view,
    ended: keepRunning(),
    stop(graceMs) {
      stopping.abort()
      void process?.stop(graceMs)
    },
  }
}

/** Undefined when it could not be started at all; its log says why. */
function start({ launch, logFile }: ContainerOptions): TetheredProcess | undefined {
  const logFd = openSync(logFile, 'a')
  try {
    return spawnTethered({ ...launch, logFd })
  } catch (error) {
    writeSync(logFd, `${error}\n`)
    return undefined
  } finally {
    closeSync(logFd)
  }
}

function isRestarted({ spec }: Pod, { exitCode }: TerminatedState): boolean {
  return spec.restartPolicy === 'Always' || (spec.restartPolicy === 'OnFailure' && exitCode !== 0)
}

/** As a shell and Kubernetes count: 128 and the signal's number when a signal ended it. */
function exitCodeOf({ code, signal }: ProcessExit): number {
  return signal === undefined ? (code ?? 1) : 128 + constants.signals[signal]
}
