// How many replicas a shared server has connections for: (replicas + surge + terminating) × perReplica ≤ max − reserved.
import type { ConnectionUse } from '../model/command.ts'
import type { Surge } from '../model/workload.ts'

/** 0 when the numbers can't be right: a budget that can't be read allows nothing. Pure. */
export function mostReplicas({ budget: { max, reserved, perReplica }, surge, terminating }: ConnectionUse): number {
  const pods = Math.floor((max - reserved) / perReplica) - terminating
  if (!(perReplica > 0) || !(reserved >= 0) || !(pods > 0)) return 0
  if (surge === undefined) return pods
  if (surge.pods !== undefined) return Math.max(0, pods - surge.pods)
  let replicas = Math.floor(pods / (1 + surge.ratio)) + 1
  while (replicas > 0 && replicas + podsOfSurge(surge, replicas) > pods) replicas--
  return replicas
}

/** The pods that a rollout may add beside so many replicas. A share is rounded up, as Kubernetes does. */
export function podsOfSurge(surge: Surge | undefined, replicas: number): number {
  if (surge === undefined) return 0
  // Less float dust: 10 × 0.3 must not become 4.
  return surge.pods ?? Math.ceil(replicas * surge.ratio - 1e-9)
}
