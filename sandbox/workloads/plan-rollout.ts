// How a Deployment's ReplicaSets get from one pod template to the next, a step at a time: pure.

/** Of a ReplicaSet, as the planner sees it. */
export interface ReplicaSetView {
  readonly name: string
  /** As its spec asks for. */
  readonly wanted: number
  /** As its status tells. */
  readonly existing: number
  readonly available: number
}

export interface RolloutGoal {
  readonly replicas: number
  readonly strategy:
    | { readonly type: 'Recreate' }
    | { readonly type: 'RollingUpdate'; readonly maxSurge: number; readonly maxUnavailable: number }
  readonly isPaused: boolean
}

export interface RolloutFacts {
  /** Of the template that the Deployment has now; undefined before it is created. */
  readonly current: ReplicaSetView | undefined
  /** Of earlier templates, oldest first. */
  readonly old: readonly ReplicaSetView[]
  /** Whether any pod of an earlier template is left, terminating ones included. */
  readonly hasOldPods: boolean
}

export interface RolloutPlan {
  /** Set: create the ReplicaSet of the current template, with so many replicas. */
  readonly create: number | undefined
  readonly scale: readonly { readonly name: string; readonly replicas: number }[]
}

/**
 * One step. Never more pods than replicas + maxSurge, and no available pod is given up while fewer than replicas −
 * maxUnavailable would be left. Once pods of the current template become available, repeating it leads to the goal.
 */
export function planRollout(goal: RolloutGoal, facts: RolloutFacts): RolloutPlan {
  if (goal.isPaused) return planPaused(goal, facts)
  return goal.strategy.type === 'Recreate' ? planRecreate(goal, facts) : planRolling(goal, facts)
}

/** Scales what runs, rolls nothing out: the newest that has pods takes the difference, then the older ones. */
function planPaused({ replicas }: RolloutGoal, { current, old }: RolloutFacts): RolloutPlan {
  const all = current === undefined ? old : [...old, current]
  const newestFirst = all.filter(({ wanted }) => wanted > 0).reverse()
  const [first = all.at(-1)] = newestFirst
  if (first === undefined) return { create: undefined, scale: [] }
  const difference = replicas - sum(all, ({ wanted }) => wanted)
  if (difference >= 0) return { create: undefined, scale: changes([[first, first.wanted + difference]]) }
  let surplus = -difference
  const scaled = newestFirst.map((view): [ReplicaSetView, number] => {
    const less = Math.min(surplus, view.wanted)
    surplus -= less
    return [view, view.wanted - less]
  })
  return { create: undefined, scale: changes(scaled) }
}

function planRecreate({ replicas }: RolloutGoal, { current, old, hasOldPods }: RolloutFacts): RolloutPlan {
  const down = changes(old.map((view) => [view, 0]))
  if (down.length > 0 || hasOldPods) {
    return { create: undefined, scale: down }
  }
  if (current === undefined) return { create: replicas, scale: [] }
  return { create: undefined, scale: changes([[current, replicas]]) }
}

function planRolling(goal: RolloutGoal, { current, old }: RolloutFacts): RolloutPlan {
  const { replicas, strategy } = goal
  if (strategy.type !== 'RollingUpdate') throw new Error('only a rolling update is planned here')
  const all = current === undefined ? old : [...old, current]
  // A ReplicaSet that was scaled in may still have all its pods: until its status says otherwise, they count.
  const pods = sum(all, ({ wanted, existing }) => Math.max(wanted, existing))
  const room = Math.max(0, replicas + strategy.maxSurge - pods)
  const before = current?.wanted ?? 0
  const target = before >= replicas ? replicas : Math.min(replicas, before + room)
  if (current === undefined) return { create: target, scale: [] }
  // One direction at a time, as Kubernetes does it: what was just scaled out has yet to be counted.
  if (target !== before) return { create: undefined, scale: changes([[current, target]]) }
  return { create: undefined, scale: scaleInOld(replicas - strategy.maxUnavailable, current, old) }
}

/** First the pods that are not available, then as many available ones as can be spared; oldest ReplicaSets first. */
function scaleInOld(
  leastAvailable: number,
  current: ReplicaSetView,
  old: readonly ReplicaSetView[],
): RolloutPlan['scale'] {
  const all = [...old, current]
  const missing = current.wanted - availableOf(current)
  // Pods that are on their way may fail: at least so many of the others must be left.
  let sparePods = sum(all, ({ wanted }) => wanted) - leastAvailable - missing
  if (sparePods <= 0) return []
  const left = new Map(old.map((view) => [view, view.wanted]))
  for (const view of old) {
    const less = Math.min(sparePods, view.wanted - availableOf(view))
    sparePods -= less
    left.set(view, view.wanted - less)
  }
  let spareAvailable = sum(all, availableOf) - leastAvailable
  for (const view of old) {
    const less = Math.max(0, Math.min(spareAvailable, left.get(view) ?? 0))
    spareAvailable -= less
    left.set(view, (left.get(view) ?? 0) - less)
  }
  return changes([...left])
}

/** What its status tells may be older than its spec: no more than are wanted will stay. */
function availableOf({ wanted, available }: ReplicaSetView): number {
  return Math.min(wanted, available)
}

function changes(wished: readonly (readonly [ReplicaSetView, number])[]): RolloutPlan['scale'] {
  return wished
    .filter(([view, replicas]) => view.wanted !== replicas)
    .map(([{ name }, replicas]) => ({ name, replicas }))
}

function sum<T>(all: readonly T[], count: (one: T) => number): number {
  return all.reduce((total, one) => total + count(one), 0)
}

/** Resolves maxSurge and maxUnavailable, numbers or percentages: surge is rounded up, unavailable down, never both 0. */
export function resolveLimits(
  replicas: number,
  maxSurge: number | string,
  maxUnavailable: number | string,
): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const surge = amountOf(maxSurge, replicas, Math.ceil)
  const unavailable = amountOf(maxUnavailable, replicas, Math.floor)
  // Without any room to move, nothing could ever be replaced.
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

function amountOf(amount: number | string, replicas: number, round: (value: number) => number): number {
  if (typeof amount === 'number') return amount
  const percent = Number(amount.replace(/%$/, ''))
  if (!amount.endsWith('%') || Number.isNaN(percent))
    throw new Error(`"${amount}" is neither a number nor a percentage`)
  return round((percent * replicas) / 100)
}
