// What a Deployment says of itself: counts and conditions, in the words of Kubernetes; pure.
import type { Condition, Deployment, ReplicaSet } from './objects.ts'

export interface DeploymentFacts {
  readonly deployment: Deployment
  readonly current: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
  readonly maxUnavailable: number
  /** Ms since the epoch. */
  readonly now: number
}

export interface DeploymentReport {
  readonly status: Deployment['status']
  /** When the deadline for progress ends; undefined: nothing is under way. */
  readonly againInMs: number | undefined
}

export function reportDeployment(facts: DeploymentFacts): DeploymentReport {
  const { deployment, current, old, now } = facts
  const all = current === undefined ? old : [...old, current]
  const total = (count: (status: ReplicaSet['status']) => number) =>
    all.reduce((sum, { status }) => sum + count(status), 0)
  const wanted = all.reduce((sum, { spec }) => sum + spec.replicas, 0)
  const availableReplicas = total((status) => status.availableReplicas)
  const counts = {
    observedGeneration: deployment.metadata.generation,
    replicas: total((status) => status.replicas),
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: total((status) => status.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, wanted - availableReplicas),
  }
  const progressing = progressOf(facts, counts)
  const conditions = [availability(facts, availableReplicas), progressing].flatMap((condition) =>
    condition === undefined ? [] : [condition],
  )
  const others = deployment.status.conditions.filter(({ type }) => type !== 'Available' && type !== 'Progressing')
  return {
    status: { ...counts, conditions: [...conditions, ...others] },
    againInMs: deadlineIn(deployment, progressing, now),
  }
}

function availability({ deployment, maxUnavailable, now }: DeploymentFacts, available: number): Condition {
  const isAvailable = available >= deployment.spec.replicas - maxUnavailable
  return conditionOf(deployment, now, {
    type: 'Available',
    status: isAvailable ? 'True' : 'False',
    reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: isAvailable ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  })
}

function progressOf(facts: DeploymentFacts, counts: Omit<Deployment['status'], 'conditions'>): Condition | undefined {
  const { deployment, current, now } = facts
  const { spec, status } = deployment
  const last = status.conditions.find(({ type }) => type === 'Progressing')
  const make = (isTrue: boolean, reason: string, message: string, hasMoved = false) =>
    conditionOf(deployment, now, { type: 'Progressing', status: isTrue ? 'True' : 'False', reason, message }, hasMoved)
  if (spec.paused) {
    return make(last?.status !== 'False', 'DeploymentPaused', 'Deployment is paused')
  }
  if (current === undefined) return last
  const name = `ReplicaSet "${current.metadata.name}"`
  const isComplete =
    counts.updatedReplicas === spec.replicas &&
    counts.replicas === spec.replicas &&
    counts.availableReplicas === spec.replicas
  if (isComplete) return make(true, 'NewReplicaSetAvailable', `${name} has successfully progressed.`)
  const hasMoved =
    counts.updatedReplicas > status.updatedReplicas ||
    counts.replicas - counts.updatedReplicas < status.replicas - status.updatedReplicas ||
    counts.readyReplicas > status.readyReplicas ||
    counts.availableReplicas > status.availableReplicas
  if (last === undefined)
    return make(true, 'NewReplicaSetCreated', `Created new replica set "${current.metadata.name}"`)
  if (hasMoved) return make(true, 'ReplicaSetUpdated', `${name} is progressing.`, true)
  // Once rolled out, lost pods are no failure of a rollout: a new one begins with another ReplicaSet.
  if (last.reason === 'NewReplicaSetAvailable' && last.message.startsWith(name)) return last
  if (last.reason === 'NewReplicaSetAvailable' || last.reason === 'DeploymentPaused') {
    return make(true, 'ReplicaSetUpdated', `${name} is progressing.`, true)
  }
  if (last.reason === 'ProgressDeadlineExceeded') return last
  const isLate = now - Date.parse(last.lastUpdateTime) >= spec.progressDeadlineSeconds * 1_000
  return isLate ? make(false, 'ProgressDeadlineExceeded', `${name} has timed out progressing.`) : last
}

function deadlineIn({ spec }: Deployment, progressing: Condition | undefined, now: number): number | undefined {
  const isUnderWay = progressing?.reason === 'NewReplicaSetCreated' || progressing?.reason === 'ReplicaSetUpdated'
  if (!isUnderWay) return undefined
  return Math.max(0, Date.parse(progressing.lastUpdateTime) + spec.progressDeadlineSeconds * 1_000 - now)
}

/** As before when nothing about it changed; `hasMoved` renews its update time all the same. */
function conditionOf(
  { status }: Deployment,
  now: number,
  said: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>,
  hasMoved = false,
): Condition {
  const last = status.conditions.find(({ type }) => type === said.type)
  const isSame = last?.status === said.status && last.reason === said.reason && last.message === said.message
  if (isSame && !hasMoved) return last
  // Kubernetes keeps whole seconds in these fields.
  const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
  return {
    ...said,
    lastUpdateTime: time,
    lastTransitionTime: last?.status === said.status ? last.lastTransitionTime : time,
  }
}
