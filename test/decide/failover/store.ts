// A small replicated store for simulations: processes that die, hang and are cut off, a kubelet that tells, and clients that write.
import type { MemberReading, PodIdentity, Reach } from '../../../controller/model/failover.ts'

/**
 * Redis: a restarted primary comes back as one, and starves without replicas. MySQL: what restarts takes no writes, whatever it
 * was.
 */
export type Kind = 'redis' | 'mysql'

export interface Member {
  readonly name: string
  process: 'up' | 'hung' | 'dead'
  /** Which run: another after each restart. */
  run: number
  pod: number
  /** Nobody reaches it, its kubelet neither. */
  isCut: boolean
  /** Only we don't reach it. */
  isHidden: boolean
  /** We can't even ask: wrong credentials. */
  isBlind: boolean
  isDeleted: boolean
  role: 'Primary' | 'Replica'
  follows: string | undefined
  isReadOnly: boolean
  /** Ids of the writes it has, in order. */
  log: number[]
  heardAt: number
  /** It has clients that were sent to it by the Service, on connections of this run. */
  hasClients: boolean
  /** What it hears of its primary's log arrives only in part. */
  isSlow: boolean
}

export interface Store {
  readonly kind: Kind
  readonly members: readonly Member[]
  readonly named: (name: string) => Member
  routed: string | undefined
  nextWrite: number
}

export function createStore(kind: Kind, names: readonly string[]): Store {
  const members = names.map(
    (name, index): Member => ({
      name,
      process: 'up',
      run: 1,
      pod: 1,
      isCut: false,
      isHidden: false,
      isBlind: false,
      isDeleted: false,
      role: index === 0 ? 'Primary' : 'Replica',
      follows: index === 0 ? undefined : names[0],
      isReadOnly: false,
      log: [],
      heardAt: 0,
      hasClients: false,
      isSlow: false,
    }),
  )
  const named = (name: string) => {
    const found = members.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no member ${name}`)
    return found
  }
  return { kind, members, named, routed: names[0], nextWrite: 1 }
}

export const isReached = (one: Member): boolean => one.process === 'up' && !one.isCut && !one.isHidden && !one.isBlind

function isLinked(store: Store, one: Member): boolean {
  if (one.process !== 'up' || one.role !== 'Replica' || one.follows === undefined) return false
  const primary = store.named(one.follows)
  return primary.process === 'up' && !primary.isCut && !one.isCut && !primary.isDeleted
}

/** Replicas that feed on it; those of a hung process are still counted by itself once it wakes. */
function replicasOf(store: Store, primary: Member): number {
  return store.members.filter((one) => one.follows === primary.name && isLinked(store, one)).length
}

/** Whether it would take a write from whoever reaches it. */
export function isWritable(store: Store, one: Member): boolean {
  if (one.process !== 'up' || one.role !== 'Primary' || one.isReadOnly) return false
  return store.kind === 'mysql' || replicasOf(store, one) >= 1
}

/** Whether it takes writes of clients now: new ones through the Service, or those that stayed. */
export function takesWrites(store: Store, one: Member): boolean {
  return isWritable(store, one) && (one.hasClients || (store.routed === one.name && !one.isCut))
}

/** Time passes: clients write, replicas hear. */
export function live(store: Store, at: number, random: () => number): void {
  for (const one of store.members) {
    if (store.routed === one.name && one.process === 'up' && !one.isCut && one.role === 'Primary') one.hasClients = true
    if (takesWrites(store, one)) one.log.push(store.nextWrite++)
  }
  for (const one of store.members) {
    if (!isLinked(store, one) || one.follows === undefined) continue
    const { log } = store.named(one.follows)
    one.heardAt = at
    const common = commonLength(one.log, log)
    one.log.length = common
    const most = one.isSlow ? Math.min(log.length, common + Math.floor(random() * 2)) : log.length
    for (let index = common; index < most; index++) one.log.push(log[index] ?? 0)
  }
}

/** No two writes have the same id: logs that agree at one place agree before it. */
function commonLength(one: readonly number[], other: readonly number[]): number {
  let length = Math.min(one.length, other.length)
  while (length > 0 && one[length - 1] !== other[length - 1]) length--
  return length
}

export function kill(one: Member): void {
  one.process = 'dead'
  one.hasClients = false
}

/** The kubelet starts it again. `forgets`: a replica whose configuration was not rewritten. */
export function restart(store: Store, one: Member, forgets: boolean): void {
  if (one.process === 'up' && !one.isDeleted) return
  if (one.isDeleted) one.pod++
  one.isDeleted = false
  one.process = 'up'
  one.run++
  one.hasClients = false
  if (store.kind === 'mysql') {
    one.isReadOnly = true
    return
  }
  one.isReadOnly = false
  if (forgets) {
    one.role = 'Primary'
    one.follows = undefined
  }
}

/** What the API server has of it, as fresh as its kubelet can tell. */
export function identityOf(store: Store, name: string): PodIdentity | undefined {
  const { pod, run, isDeleted } = store.named(name)
  return isDeleted ? undefined : { podUid: `${name}-${pod}`, containerId: `${name}-${run}` }
}

/** Whether the kubelet says that this very container has ended. */
export function hasEnded(store: Store, name: string, identity: PodIdentity | undefined): boolean {
  const one = store.named(name)
  if (identity?.podUid === undefined || one.isCut) return false
  if (identity.podUid !== `${name}-${one.pod}` || one.isDeleted) return true
  return identity.containerId !== `${name}-${one.run}` || one.process === 'dead'
}

/** As the kubelet does when the pod is deleted: not while it is cut off. */
export function deletePod(store: Store, name: string): void {
  const one = store.named(name)
  if (one.isCut) return
  kill(one)
  one.isDeleted = true
}

export function readingOf(store: Store, one: Member, at: number): MemberReading {
  const reach = reachOf(one)
  if (reach.kind !== 'answers') return { name: one.name, reach }
  const instance = `${one.name}-${one.run}`
  const position = one.log.length
  if (one.role === 'Primary')
    return {
      name: one.name,
      reach,
      role: 'Primary',
      isWritable: isWritable(store, one),
      position,
      instance,
      replicas: replicasOf(store, one),
      ...(store.kind === 'redis' ? { starves: { replicas: 1, afterMs: 0 } } : {}),
    }
  const primary = one.follows === undefined ? undefined : store.named(one.follows)
  const isUp = primary !== undefined && primary.process !== 'dead' && !primary.isDeleted
  return {
    name: one.name,
    reach,
    role: 'Replica',
    isWritable: false,
    position,
    // Without a pod its address is nobody's.
    follows: primary?.isDeleted === true ? undefined : primary?.name,
    link: isUp ? 'Up' : 'Down',
    primarySilentMs: at - one.heardAt,
    instance,
  }
}

function reachOf(one: Member): Reach {
  if (one.isBlind) return { kind: 'unknown', why: 'credentials refused' }
  if (one.isDeleted) return { kind: 'gone', why: 'no pod' }
  if (one.isCut || one.isHidden || one.process === 'hung') return { kind: 'silent', why: 'timeout' }
  return one.process === 'dead' ? { kind: 'refused', why: 'nobody listens' } : { kind: 'answers' }
}
