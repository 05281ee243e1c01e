// Prometheus as the eyes of Guards, in place of scraping: observers that share what they ask.
import type { Clock } from '../../model/clock.ts'
import { addCounts, NO_COUNTS } from '../../model/counts.ts'
import { longestTickMs } from '../../model/pace.ts'
import type { Milliseconds } from '../../model/units.ts'
import type { GuardObserver, Round } from '../observer.ts'
import { createCatalog } from '../scrape/catalog.ts'
import type { Target } from '../scrape/targets.ts'
import type { PrometheusApi } from './api.ts'
import { type Batch, createBatch, shapeOf, staleAfter } from './batch.ts'
import { createSignalReader, type KnownPods, NO_KNOWN_PODS } from './read.ts'
import { ASKED, type GuardRows } from './rows.ts'
import { matchOf } from './selector.ts'
import { type PrometheusSpec, serverOf } from './spec.ts'

export interface PrometheusSource {
  /** The observer of a Guard in `namespace`. Its rounds name no targets: no pod is asked. */
  observer(namespace: string, spec: PrometheusSpec): GuardObserver
}

export function createPrometheusSource({ api, clock }: { api: PrometheusApi; clock: Clock }): PrometheusSource {
  const batches = new Map<string, Batch>()
  return {
    observer(namespace, spec) {
      const match = matchOf(namespace, spec)
      const server = serverOf(namespace, spec)
      const shape = shapeOf(spec, server, match)
      const batch = batches.get(shape) ?? createBatch(api, clock, spec, server)
      batches.set(shape, batch)
      const member = batch.join(match)
      const { windowMs, minimumRequests, slowAboveMs, optional = [] } = spec
      const reader = createSignalReader(createCatalog(spec.sources), {
        windowMs,
        minimumRequests,
        slowAboveMs,
        optional,
        staleMs: staleAfter(spec),
      })
      const pods =
        spec.workload === undefined ? { ...NO_KNOWN_PODS, set: () => undefined } : createPods(clock, staleAfter(spec))
      let counted = NO_COUNTS
      let lastMs: Milliseconds | undefined

      function count(rows: GuardRows): void {
        const nowMs = clock.monotonic()
        const sinceMs = nowMs - (lastMs ?? nowMs)
        lastMs = nowMs
        // A rate speaks of the time just before it: of a longer one it would be a guess.
        if (sinceMs > 0 && sinceMs <= longestTickMs(spec))
          counted = addCounts(counted, reader.count(rows, pods, sinceMs))
      }

      return {
        setTargets: pods.set,
        async observe(signal): Promise<Round> {
          const rows = await orAborted(batch.rowsOf(member), signal)
          count(rows)
          return { at: clock.now(), observations: reader.read(rows, pods), targets: [] }
        },
        takeCounts() {
          const taken = counted
          counted = NO_COUNTS
          return taken
        },
        close() {
          batch.leave(member)
          if (batch.size === 0 && batches.get(shape) === batch) batches.delete(shape)
        },
      }
    },
  }
}

type PodsToSet = KnownPods & { set(targets: readonly Target[]): void }

function createPods(clock: Clock, youthMs: Milliseconds): PodsToSet {
  let targets = new Map<string, Target & { readonly sinceMs: Milliseconds }>()
  let expected: readonly string[] = []
  return {
    get expected() {
      return expected
    },
    get count() {
      return targets.size === 0 ? undefined : targets.size
    },
    set(next) {
      const nowMs = clock.monotonic()
      const before = targets
      targets = new Map(
        next.map((target) => {
          const name = target.pod.slice(target.pod.indexOf('/') + 1)
          return [name, { ...target, sinceMs: before.get(name)?.sinceMs ?? nowMs }]
        }),
      )
      expected = [...targets].filter(([, target]) => target.expected).map(([name]) => name)
    },
    isNew: (pod) => clock.monotonic() - (targets.get(pod)?.sinceMs ?? 0) < youthMs,
    coresOf(pod) {
      if (pod !== '') return targets.get(pod)?.cpuCores ?? 1
      if (targets.size === 0) return undefined
      return [...targets.values()].reduce((cores, target) => cores + target.cpuCores, 0)
    },
  }
}

const ABORTED: GuardRows = ASKED.map(() => ({ kind: 'failed', why: 'the controller stops' }))

async function orAborted(rows: Promise<GuardRows>, signal: AbortSignal | undefined): Promise<GuardRows> {
  if (signal === undefined) return rows
  if (signal.aborted) return ABORTED
  let onAbort = (): void => undefined
  const aborted = new Promise<GuardRows>((resolve) => {
    onAbort = () => resolve(ABORTED)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  const first = await Promise.race([rows, aborted])
  signal.removeEventListener('abort', onAbort)
  return first
}
