// One pod on this node, from its binding to its end: address, containers, status, termination.
import { join } from 'node:path'
import { type Api, isOldNews } from '../kube/api.ts'
import { untilDone } from '../kube/retry.ts'
import type { Addresses } from './addresses.ts'
import { type ContainerRunner, type ContainerView, runContainer } from './container.ts'
import type { CrashBackoff } from './crash-backoff.ts'
import { launchOf } from './environment.ts'
import { type Condition, type Container, isTerminating, keyOf, type Pod, pathOf } from './objects.ts'
import { podStatus } from './pod-status.ts'
import { checkProbes } from './probe.ts'
import { createStatusWriter } from './status-writer.ts'

export interface PodRunnerOptions {
  readonly api: Api
  readonly addresses: Addresses
  readonly logFolder: string
  readonly rootFolder: string
  readonly backoff: CrashBackoff
  readonly onProblem: (problem: Error) => void
  /** Gives up every write to the API server. */
  readonly signal: AbortSignal
}

export interface PodRunner {
  readonly uid: string
  /** The pod as the API server now has it: a deletion, or a readiness gate that turned. */
  update(pod: Pod): void
  /** Ends its processes without a word to the API server. */
  kill(graceMs: number): void
  /** The first container's process; undefined when none runs. */
  process(): PodProcess | undefined
  /** Resolves when its processes have ended and, unless it was killed, the API server knows. Never rejects. */
  readonly ended: Promise<void>
}

export interface PodProcess {
  readonly pid: number
  /** The pod's loopback address. */
  readonly address: string
  /** What the process wrote to stdout and stderr, over all restarts. */
  readonly logFile: string
}

/** Runs the pod. */
export function runPod(first: Pod, options: PodRunnerOptions): PodRunner {
  const { addresses, onProblem } = options
  const startedAt = Date.now()
  const writer = createStatusWriter(options.api, first, options.signal, onProblem)
  let pod = first
  let address = ''
  let runners: readonly ContainerRunner[] = []
  let refused: readonly ContainerView[] = []
  let conditions: readonly Condition[] = first.status.conditions
  let graceMs: number | undefined
  let isKilled = false
  let setToEnd = () => {}
  const isToEnd = new Promise<void>((resolve) => {
    setToEnd = resolve
  })

  function report(): void {
    if (isKilled) return
    const containers = refused.length > 0 ? refused : runners.map((runner) => runner.view())
    // While the containers are being started one by one, there is no whole picture yet.
    if (containers.length < pod.spec.containers.length) return
    const status = podStatus(pod, { address, containers, startedAt, now: Date.now(), before: conditions })
    conditions = status.conditions
    writer.write(status)
  }

  async function run(): Promise<void> {
    const ports = pod.spec.containers.flatMap((container) => container.ports.map(({ containerPort }) => containerPort))
    try {
      address = await addresses.take(ports)
    } catch (error) {
      refuse(error)
    }
    try {
      if (graceMs === undefined && refused.length === 0) startContainers()
      report()
      await Promise.all(runners.map(({ ended }) => ended))
      report()
      // A pod that finished by itself, or could not be started, stays until it is deleted.
      await isToEnd
      if (isKilled) return
      await writer.flushed()
      await confirmDeletion()
    } finally {
      addresses.give(address)
    }
  }

  function startContainers(): void {
    try {
      const planned = pod.spec.containers.map((container) => {
        checkProbes({ address, container })
        return { container, launch: launchOf(pod, container, address, options.rootFolder) }
      })
      runners = planned.map(({ container, launch }) =>
        runContainer({
          pod,
          container,
          address,
          launch,
          logFile: logFileOf(container),
          restartCount: restartsBefore(pod, container),
          backoff: options.backoff,
          onChange: report,
        }),
      )
    } catch (error) {
      refuse(error)
    }
  }

  /** It stays waiting, and its status says why. */
  function refuse(cause: unknown): void {
    onProblem(new Error(`pod ${keyOf(pod)} can't be run`, { cause }))
    const message = cause instanceof Error ? cause.message : String(cause)
    refused = pod.spec.containers.map((container) => refusedView(container, message))
  }

  function logFileOf(container: Container): string {
    return join(options.logFolder, `${pod.metadata.namespace}_${pod.metadata.name}_${container.name}.log`)
  }

  /** Only then does the pod go away. */
  async function confirmDeletion(): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid: pod.metadata.uid },
    }
    const send = () => options.api.request({ method: 'DELETE', path: pathOf(pod), body }, options.signal)
    await untilDone(send, options.signal, (cause) =>
      onProblem(new Error(`could not confirm the deletion of pod ${keyOf(pod)} yet; trying on`, { cause })),
    )
  }

  function terminate(withinMs: number): void {
    if (graceMs !== undefined && graceMs <= withinMs) return
    graceMs = withinMs
    setToEnd()
    for (const runner of runners) runner.stop(withinMs)
  }

  const ended = run().catch((cause: unknown) => {
    if (!options.signal.aborted && !isOldNews(cause)) onProblem(new Error(`pod ${keyOf(pod)} ended badly`, { cause }))
  })

  const runner: PodRunner = {
    uid: first.metadata.uid,
    ended,
    update(newer) {
      pod = newer
      if (isTerminating(newer)) {
        terminate((newer.metadata.deletionGracePeriodSeconds ?? newer.spec.terminationGracePeriodSeconds) * 1_000)
      }
      report()
    },
    kill(withinMs) {
      isKilled = true
      terminate(withinMs)
    },
    process() {
      const state = runners[0]?.view().state
      const container = pod.spec.containers[0]
      if (state?.kind !== 'running' || container === undefined) return undefined
      return { pid: state.pid, address, logFile: logFileOf(container) }
    },
  }
  if (isTerminating(first)) runner.update(first)
  return runner
}

function refusedView(container: Container, message: string): ContainerView {
  return {
    container,
    state: { kind: 'waiting', reason: 'CreateContainerConfigError', message },
    last: undefined,
    isReady: false,
    restartCount: 0,
  }
}

/** A container that ran before we did (under an earlier kubelet) counts as restarted. */
function restartsBefore({ status }: Pod, { name }: Container): number {
  const before = status.containerStatuses.find((one) => one.name === name)
  if (before === undefined) return 0
  const hasRun = before.state !== undefined && !('waiting' in before.state)
  return before.restartCount + (hasRun ? 1 : 0)
}
