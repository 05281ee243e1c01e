// The status of a pod, from what its containers do and its readiness gates: a pure function.
import type { ContainerState, ContainerView } from './container.ts'
import { type Condition, isTerminating, type Pod } from './objects.ts'

/** A patch for pods/status. Strategic merge: conditions of other writers stay as they are. */
export interface PodStatusPatch {
  readonly phase: string
  readonly podIP: string
  readonly hostIP: string
  readonly startTime: string
  readonly conditions: readonly Required<Condition>[]
  readonly containerStatuses: readonly object[]
}

export interface PodFacts {
  readonly address: string
  readonly containers: readonly ContainerView[]
  /** When we took the pod on. Milliseconds since the epoch, as is `now`. */
  readonly startedAt: number
  readonly now: number
  /** What we last wrote: a condition whose status stays the same keeps its transition time. */
  readonly before: readonly Condition[]
}

/** The status that the API server should have. */
export function podStatus(pod: Pod, facts: PodFacts): PodStatusPatch {
  const { containers, address } = facts
  const areContainersReady = containers.length > 0 && containers.every(({ isReady }) => isReady)
  const wanted = [
    ['PodScheduled', true],
    ['Initialized', true],
    ['ContainersReady', areContainersReady],
    ['Ready', areContainersReady && areGatesOpen(pod)],
  ] as const
  return {
    phase: phaseOf(pod, containers),
    // Not podIPs: a strategic merge would add to it, and refuse the second address of a pod that moved. The server fills it.
    podIP: address,
    hostIP: '127.0.0.1',
    startTime: time(facts.startedAt),
    conditions: wanted.map(([type, isTrue]) => condition(type, isTrue, facts)),
    containerStatuses: containers.map(containerStatus),
  }
}

function areGatesOpen({ spec, status }: Pod): boolean {
  return spec.readinessGates.every(({ conditionType }) =>
    status.conditions.some(({ type, status }) => type === conditionType && status === 'True'),
  )
}

function condition(type: string, isTrue: boolean, { before, now }: PodFacts): Required<Condition> {
  const status = isTrue ? 'True' : 'False'
  const last = before.find((one) => one.type === type)
  return {
    type,
    status,
    lastTransitionTime: (last?.status === status ? last.lastTransitionTime : undefined) ?? time(now),
  }
}

function phaseOf(pod: Pod, containers: readonly ContainerView[]): string {
  const isOver = ({ state }: ContainerView) =>
    state.kind === 'terminated' && (isTerminating(pod) || !restarts(pod, state.exitCode))
  if (containers.every(({ state, last }) => state.kind === 'waiting' && last === undefined)) return 'Pending'
  if (!containers.every(isOver)) return 'Running'
  return containers.every(({ state }) => state.kind === 'terminated' && state.exitCode === 0) ? 'Succeeded' : 'Failed'
}

function restarts({ spec }: Pod, exitCode: number): boolean {
  return spec.restartPolicy === 'Always' || (spec.restartPolicy === 'OnFailure' && exitCode !== 0)
}

function containerStatus({ container, state, last, isReady, restartCount }: ContainerView): object {
  return {
    name: container.name,
    image: container.image,
    imageID: '',
    ready: isReady,
    started: state.kind === 'running',
    restartCount,
    state: stateOf(state),
    lastState: last === undefined ? {} : stateOf(last),
    ...idOf(state.kind === 'waiting' ? last : state),
  }
}

/** As a kubelet does: what has ended, or waits to be started anew, keeps the id that it had. */
function idOf(state: { readonly pid?: number } | undefined): { readonly containerID?: string } {
  return state?.pid === undefined ? {} : { containerID: `process://${state.pid}` }
}

function stateOf(state: ContainerState): object {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, message: state.message } }
    case 'running':
      return { running: { startedAt: time(state.startedAt) } }
    case 'terminated':
      return {
        terminated: {
          exitCode: state.exitCode,
          reason: state.reason,
          startedAt: time(state.startedAt),
          finishedAt: time(state.finishedAt),
          ...idOf(state),
        },
      }
  }
}

/** Kubernetes keeps whole seconds in these fields. */
function time(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z')
}
