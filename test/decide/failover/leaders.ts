// Leaders for simulations: each does what the loop does, one read or write at a time, and can be killed or stopped between any two.
import {
  type AdvanceFacts,
  abandonSwitch,
  adoptPrimary,
  afterStep,
  beginSwitch,
  noteDrill,
  refuseSwitch,
} from '../../../controller/decide/failover/advance.ts'
import { judgeGroup } from '../../../controller/decide/failover/judge.ts'
import { freshMemory } from '../../../controller/decide/failover/memory.ts'
import { noteLook } from '../../../controller/decide/failover/note-look.ts'
import type {
  FenceOutcome,
  GroupDecision,
  GroupMemory,
  Look,
  StepOutcome,
  SwitchRequest,
} from '../../../controller/model/failover.ts'
import type { FailoverGroupSpec } from '../../../controller/model/failover-group.ts'
import type { FailoverGroupStatus, Switch } from '../../../controller/model/failover-group-status.ts'
import { deletePod, hasEnded, identityOf, isReached, type Member, readingOf, type Store } from './store.ts'

/** What is on the API server, and what the world asks of the group. */
export interface World {
  readonly store: Store
  readonly spec: FailoverGroupSpec
  readonly random: () => number
  at: number
  version: number
  status: FailoverGroupStatus
  unsteadyUntil: number
  acknowledgedEpoch: number | undefined
  request: SwitchRequest | undefined
  isDrillDue: boolean
  /** Told of every write of a status, every decision, and every promotion. */
  readonly onWrite: (before: FailoverGroupStatus, after: FailoverGroupStatus) => void
  readonly onDecision: (decision: GroupDecision, look: Look, status: FailoverGroupStatus, leader: object) => void
  readonly onPromote: (epoch: number, member: string) => void
}

export interface Leader {
  isLeading: boolean
  /** It goes on from one yield to the next. */
  run: Generator<void, void, void>
}

export function createLeader(world: World): Leader {
  const leader: Leader = { isLeading: false, run: loop(world, () => leader.isLeading) }
  return leader
}

/** A new process with nothing but what is in status. */
export function restartLeader(world: World, leader: Leader): void {
  leader.run = loop(world, () => leader.isLeading)
}

function* loop(world: World, isLeading: () => boolean): Generator<void, void, void> {
  let memory: GroupMemory | undefined
  for (;;) {
    yield
    if (!isLeading()) {
      memory = undefined
      continue
    }
    memory = yield* tick(world, isLeading, memory)
  }
}

function* tick(world: World, isLeading: () => boolean, remembered: GroupMemory | undefined) {
  const { version, status, spec, store } = world
  yield
  const look: Look = {
    at: world.at,
    routed: store.routed,
    members: store.members.map((one) => readingOf(store, one, world.at)),
  }
  const { at: now, request } = world
  const facts: AdvanceFacts = { spec, look, now, identityOf: (name) => identityOf(store, name) }
  yield
  const decision = judgeGroup({
    spec,
    status,
    look,
    now,
    memory: remembered ?? freshMemory(status, now),
    isLeading: isLeading(),
    clockUnsteadyUntil: world.unsteadyUntil,
    panic: undefined,
    acknowledgedEpoch: world.acknowledgedEpoch,
    request: request === undefined || status.request?.id === request.id ? undefined : request,
    isDrillDue: world.isDrillDue,
  })
  world.onDecision(decision, look, status, isLeading)
  const { step, verdict, memory } = decision
  const seen = noteLook(status, memory, facts)
  const mayWrite = () => isLeading() && (world.version === version || world.random() < 0.5)
  if (verdict !== 'act') return memory
  switch (step.kind) {
    case 'none':
      if (JSON.stringify(seen) !== JSON.stringify(status)) write(world, version, seen)
      break
    case 'begin':
      write(world, version, beginSwitch(seen, step.plan, facts))
      break
    case 'abandon':
      write(world, version, abandonSwitch(seen, step.why, facts))
      break
    case 'adopt':
      write(world, version, adoptPrimary(seen, step, facts))
      break
    case 'refuse':
      write(world, version, refuseSwitch(seen, step, now))
      break
    case 'drill':
      if (write(world, version, noteDrill(seen, step, facts))) world.isDrillDue = false
      break
    case 'route':
      if (mayWrite()) store.routed = step.to
      break
    case 'rejoin':
      // Written first, so that a successor knows it for one that is to follow.
      if (!write(world, version, seen)) break
      yield
      if (isLeading() && status.active !== undefined) follow(store, step.member, status.active)
      break
    case 'resume': {
      if (!write(world, version, seen)) break
      yield
      const one = store.named(step.member)
      if (isReached(one) && isLeading() && one.role === 'Primary') one.isReadOnly = false
      break
    }
    case 'continue': {
      const outcome = yield* act(world, step.switch, status, mayWrite)
      yield
      const next = afterStep(seen, outcome, facts)
      if (next !== seen) write(world, version, next)
      break
    }
  }
  return memory
}

/** With the resourceVersion as precondition. */
function write(world: World, version: number, next: FailoverGroupStatus): boolean {
  if (world.version !== version) return false
  const before = world.status
  world.version++
  world.status = next
  world.onWrite(before, next)
  return true
}

const WAITING: StepOutcome = { kind: 'waiting', why: 'not yet' }
const DONE: StepOutcome = { kind: 'done' }

function* act(
  world: World,
  underWay: Switch,
  status: FailoverGroupStatus,
  mayWrite: () => boolean,
): Generator<void, FenceOutcome | StepOutcome, void> {
  const { store } = world
  const { from, to, epoch } = underWay
  switch (underWay.step) {
    case 'Fencing':
      return yield* fence(world, underWay, status, mayWrite)
    case 'Unfencing': {
      yield
      const old = store.named(from)
      if (!isReached(old) || !mayWrite()) return WAITING
      if (old.role === 'Primary') old.isReadOnly = false
      for (const name of names(store)) {
        yield
        if (name !== from && isReached(store.named(name)) && mayWrite()) follow(store, name, from)
      }
      return DONE
    }
    case 'Promoting': {
      yield
      const next = store.named(to)
      if (!isReached(next) || !mayWrite()) return WAITING
      world.onPromote(epoch, to)
      next.role = 'Primary'
      next.follows = undefined
      next.isReadOnly = false
      return DONE
    }
    case 'Following': {
      let isAll = true
      for (const name of names(store)) {
        if (name === to || !isReached(store.named(name))) continue
        yield
        if (mayWrite()) follow(store, name, to)
        else isAll = false
      }
      return isAll ? DONE : WAITING
    }
    case 'Routing':
      yield
      if (!mayWrite()) return WAITING
      store.routed = to
      return DONE
    case 'Delegating':
      return WAITING
  }
}

function* fence(
  world: World,
  { from, to, kind }: Switch,
  { lastSeen }: FailoverGroupStatus,
  mayWrite: () => boolean,
): Generator<void, FenceOutcome, void> {
  const { store } = world
  const waiting: FenceOutcome = { kind: 'waiting', why: 'it is not known to have ended' }
  yield
  const old = store.named(from)
  if (isReached(old)) {
    if (!mayWrite()) return waiting
    old.isReadOnly = true
    yield
    const hasAll = store.named(to).log.length >= old.log.length
    if (!isReached(old) || !(old.isReadOnly || old.role === 'Replica')) return waiting
    return kind === 'Failover' || hasAll ? { kind: 'fenced', by: 'Told', why: 'it says so' } : waiting
  }
  if (kind !== 'Failover') return waiting
  const isStarved = store.kind === 'redis' && (yield* starve(store, from, to, mayWrite))
  yield
  if (hasEnded(store, from, lastSeen)) return { kind: 'fenced', by: 'Ended', why: 'the kubelet says so' }
  if (isStarved) return { kind: 'fenced', by: 'Starved', why: 'no replica is left to it' }
  yield
  if (world.spec.fencing.deletePod && mayWrite()) deletePod(store, from)
  return waiting
}

/** All that would feed it are taken away but `to`, which goes when it is promoted. */
function* starve(store: Store, from: string, to: string, mayWrite: () => boolean): Generator<void, boolean, void> {
  let isAll = true
  for (const name of names(store)) {
    if (name === from) continue
    yield
    const one = store.named(name)
    if (!isReached(one)) isAll = false
    else if (name !== to && mayWrite()) follow(store, name, to)
    else if (name !== to) isAll = false
  }
  return isAll
}

function follow(store: Store, name: string, primary: string): void {
  const one: Member = store.named(name)
  if (name === primary || !isReached(one)) return
  one.role = 'Replica'
  one.follows = primary
  one.hasClients = false
}

const names = (store: Store) => store.members.map(({ name }) => name)
