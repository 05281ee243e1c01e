// The faults of the sandbox: each breaks the shop for real, at any moment, until it is taken back.
import { FAULTS, type FaultName } from './catalog.ts'
import { type Hold, keepUp } from './hold.ts'
import { onEveryPod, onOnePod, type PodAccess } from './pod-faults.ts'
import { onActiveRedis, type RedisAccess } from './primary-down.ts'
import { createReportJob } from './report-job.ts'

export interface FaultDeps extends PodAccess, RedisAccess {
  readonly load: { setCurve(change: { readonly spike: number }): Promise<void> }
  /** Hears of what went wrong while a fault is kept up; it is tried again. Default: one line on stderr. */
  readonly onProblem?: (problem: Error) => void
}

export interface Faults {
  /** Resolves when it was put in place where it can be now; it is kept up from then on. Throws for an unknown name. */
  on(name: string): Promise<void>
  /** Resolves when all is as before. Throws for an unknown name, and when a pod could not be told: it still has the fault. */
  off(name: string): Promise<void>
  active(): readonly FaultName[]
  /** All off. */
  close(): Promise<void>
}

const SPIKE = 6
const BURST_MS = 8_000

const HOLDS: Readonly<Record<FaultName, (deps: FaultDeps) => Hold>> = {
  spike: ({ load }) => ({
    keep: () => load.setCurve({ spike: SPIKE }),
    undo: () => load.setCurve({ spike: 1 }),
  }),
  'slow-database': (deps) => onEveryPod(deps, 'database', { kind: 'slow', factor: 10 }),
  'error-burst': (deps) => onOnePod(deps, 'catalogue', { kind: 'errors', ratio: 0.75 }, BURST_MS),
  'bad-pod': (deps) => onOnePod(deps, 'catalogue', { kind: 'errors', ratio: 1 }),
  'pool-exhaustion': (deps) => createReportJob(deps),
  'queue-backlog': (deps) => onEveryPod(deps, 'queue', { kind: 'slow', factor: 15 }),
  'primary-down': (deps) => onActiveRedis(deps),
  'crash-loop': (deps) => onEveryPod(deps, 'reviews', { kind: 'crash', afterMs: 3_000 }),
}

export function createFaults(deps: FaultDeps): Faults {
  const { onProblem = warn } = deps
  const kept = new Map<FaultName, { stop(): Promise<void>; undo(): Promise<void> }>()
  let last: Promise<unknown> = Promise.resolve()

  /** One change at a time: a fault that is being taken back is not put in place meanwhile. */
  function inTurn(change: () => Promise<void>): Promise<void> {
    const changed = last.then(change)
    last = changed.catch(() => {})
    return changed
  }

  async function putOn(name: FaultName): Promise<void> {
    if (kept.has(name)) return
    const hold = HOLDS[name](deps)
    const keeping = keepUp(hold, (cause) => onProblem(new Error(`fault ${name} is not fully in place yet`, { cause })))
    kept.set(name, { stop: keeping.stop, undo: () => hold.undo() })
    await keeping.first
  }

  async function takeOff(name: FaultName): Promise<void> {
    const one = kept.get(name)
    if (one === undefined) return
    await one.stop()
    await one.undo()
    kept.delete(name)
  }

  return {
    on: async (name) => inTurn(() => putOn(named(name))),
    off: async (name) => inTurn(() => takeOff(named(name))),
    active: () => [...kept.keys()],
    async close() {
      for (const name of [...kept.keys()]) await inTurn(() => takeOff(name))
    },
  }
}

function named(name: string): FaultName {
  const known = FAULTS.find((fault) => fault.name === name)
  if (known !== undefined) return known.name
  throw new Error(`there is no fault "${name}": there are ${FAULTS.map((fault) => fault.name).join(', ')}`)
}

function warn(problem: Error): void {
  console.warn(`faults: ${problem.message}${problem.cause instanceof Error ? `: ${problem.cause.message}` : ''}`)
}
