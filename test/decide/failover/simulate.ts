// One run of a simulated group: faults come, leaders come and go between any two of their writes, and what must hold is watched.
import { isAutomatic } from '../../../controller/decide/failover/history.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'
import { createLeader, restartLeader, type World } from './leaders.ts'
import { type Event, type Fault, mulberry32, type Result, type Run, START } from './run.ts'
import { createStore, deletePod, isWritable, kill, live, type Member, restart, takesWrites } from './store.ts'
import { type Seen, watchRules } from './watch.ts'

const TICK_MS = 500

export function simulate(run: Run): Result {
  const random = mulberry32(run.seed)
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)]
  const names = Array.from({ length: run.members }, (_, index) => `db-${index}`)
  const store = createStore(run.kind, names)
  const spec = FAILOVER_GROUP_SPEC.parse({
    mode: run.mode,
    method: run.kind === 'redis' ? { redis: {} } : { mysql: {} },
    service: 'db',
    members: names.map((name) => ({ name })),
    interval: '500ms',
    downAfter: '2s',
    lagLimit: { bytes: 50, transactions: 50 },
    fencing: { within: '8s', deletePod: run.deletePod },
    recoveryBlock: '5m',
    failback: { mode: run.failback, soak: '15s' },
    drill: { cron: '0 3 * * *', mode: 'Enforce' },
  })
  const { seen, fail, ...hooks } = watchRules(run, () => world)
  const world: World = {
    store,
    spec,
    random,
    at: START,
    version: 1,
    status: {},
    unsteadyUntil: 0,
    acknowledgedEpoch: undefined,
    request: undefined,
    isDrillDue: false,
    ...hooks,
  }

  const leaders = [createLeader(world), createLeader(world)]
  const lead = (index: number) => {
    for (const [one, leader] of leaders.entries()) leader.isLeading = one === index
  }
  lead(0)

  const watch = () => {
    const taking = store.members.filter((one) => takesWrites(store, one))
    if (!seen.hadTwoLeaders && taking.length > 1)
      fail(`${taking.map(({ name }) => name).join(' and ')} take writes of clients`)
  }

  const passTick = () => {
    world.at += TICK_MS
    live(store, world.at, random)
    watch()
    // Several reads and writes of each leader in a tick, in any order.
    const count = 4 + Math.floor(random() * 20)
    for (let index = 0; index < count; index++) {
      pick(leaders)?.run.next()
      seen.points++
      if (seen.points === run.killAt) {
        for (const leader of leaders) restartLeader(world, leader)
        lead(leaders.findIndex(({ isLeading }) => !isLeading))
      }
      watch()
    }
    // The kubelet starts again what has ended.
    for (const one of store.members)
      if ((one.process === 'dead' || one.isDeleted) && !one.isCut && random() < 0.04)
        restart(store, one, random() < 0.3)
    watch()
  }

  const strike = ({ fault, member }: Event) => {
    const one = store.members[member % store.members.length]
    if (one === undefined) return
    // Half of them meet whoever is the primary.
    const victim = member % 2 === 0 ? (store.members.find(({ role }) => role === 'Primary') ?? one) : one
    strikeMember(fault, victim)
    switch (fault) {
      case 'killLeader':
        for (const leader of leaders) restartLeader(world, leader)
        break
      case 'moveLease':
        lead(leaders.findIndex(({ isLeading }) => !isLeading))
        break
      case 'twoLeaders':
        for (const leader of leaders) leader.isLeading = true
        seen.hadTwoLeaders = true
        break
      case 'clockJump':
        world.at += member % 3 === 0 ? 3_600_000 : member * 1_000 + 2_000
        world.unsteadyUntil = world.at + 30_000
        break
      case 'acknowledge':
        world.acknowledgedEpoch = world.status.block?.epoch
        break
      case 'drill':
        world.isDrillDue = true
        break
      case 'switchover':
      case 'failback':
      case 'guardAsks':
        world.request = {
          id: `${world.at}-${member}`,
          kind: fault === 'failback' ? 'Failback' : 'Switchover',
          by: fault === 'guardAsks' ? 'Guard/shop' : 'ann',
          ...(member % 2 === 1 && fault === 'switchover' ? { to: one.name } : {}),
        }
        break
      default:
    }
  }

  const strikeMember = (fault: Fault, victim: Member) => {
    if (fault === 'kill') kill(victim)
    if (fault === 'hang' && victim.process === 'up') victim.process = 'hung'
    if (fault === 'cut') victim.isCut = true
    // A Redis that has ended is kept from writes by its lack of replicas alone. That one of them comes back to it, while we reach
    // it not, is beyond what anybody can know (the guide says so): so we are cut off only while all are well.
    const areAllUp = store.members.every((one) => one.process === 'up' && !one.isCut && !one.isDeleted)
    if (run.kind === 'redis') for (const one of store.members) one.isHidden = one.isBlind = false
    const mayBeHidden = run.kind === 'mysql' || areAllUp
    if (fault === 'hide' && (run.kind === 'mysql' || victim.role === 'Primary')) victim.isHidden = mayBeHidden
    if (fault === 'blind') victim.isBlind = mayBeHidden
    if (fault === 'slow') victim.isSlow = !victim.isSlow
    if (fault === 'delete') deletePod(store, victim.name)
    if (fault === 'heal') heal(victim)
  }

  // Who is the primary is seen before anything fails.
  while (world.status.active === undefined && run.mode !== 'Paused') passTick()
  for (const event of run.events) {
    for (let tick = 0; tick < event.after; tick++) passTick()
    strike(event)
    if (seen.points < 0) seen.points = 0
  }
  for (let tick = 0; tick < 10; tick++) passTick()

  if (run.mode !== 'Enforce' || run.acknowledges === false) return resultOf(seen)
  const isAtRest = () => {
    const { active, switch: underWay } = world.status
    return (
      underWay === undefined &&
      active !== undefined &&
      store.routed === active &&
      store.members.every((one) => (one.name === active ? isWritable(store, one) : one.follows === active))
    )
  }
  // All is well again, one leader leads, and a person looks into what was.
  lead(0)
  world.request = undefined
  for (let tick = 0; tick < 600 && !(tick > 30 && isAtRest()); tick++) {
    for (const one of store.members) heal(one)
    for (const one of store.members) if (one.process === 'dead' || one.isDeleted) restart(store, one, false)
    world.acknowledgedEpoch = world.status.block?.epoch
    passTick()
  }
  const primaries = store.members.filter((one) => isWritable(store, one)).map(({ name }) => name)
  const { active, switch: underWay } = world.status
  const { epoch, log } = seen.kept
  const now = active === undefined ? [] : store.named(active).log
  if (!seen.hadTwoLeaders && epoch === world.status.epoch && log.some((id, index) => now[index] !== id))
    fail('the new primary lost writes that it had')
  if (underWay !== undefined) fail(`a switch never ends: ${JSON.stringify(underWay)}`)
  if (primaries.length !== 1 || primaries[0] !== active)
    fail(`writable in the end: ${primaries.join(' and ')}; active ${active}`)
  if (store.routed !== active) fail(`routed to ${store.routed} in the end, not ${active}`)
  for (const one of store.members)
    if (one.name !== active && one.follows !== active) fail(`${one.name} follows ${one.follows} in the end`)
  return resultOf(seen)
}

export function automaticFailovers(switches: Result['switches']): number {
  return switches.filter(({ kind, outcome, by }) => kind === 'Failover' && outcome === 'Done' && isAutomatic(by)).length
}

function heal(one: Member): void {
  if (one.process === 'hung') one.process = 'up'
  one.isCut = false
  one.isHidden = false
  one.isBlind = false
  one.isSlow = false
}

function resultOf({ broken, switches, steps, refusals, pointsToEnd }: Seen): Result {
  return { broken, switches, steps, refusals, points: pointsToEnd }
}
