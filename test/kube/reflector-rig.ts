// What the tests of the reflector share: a collection that fails on demand, and reflectors that are stopped after each test.
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { numberAt, textAt } from '../../controller/kube/json.ts'
import {
  createReflector,
  type Reflector,
  type ReflectorOptions,
  type ReflectorProblem,
} from '../../controller/kube/reflector.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { type CollectionDouble, startCollection } from './collection-double.ts'

export interface Thing {
  readonly name: string
  readonly value: number
  readonly tags: readonly string[]
}

export const soon = { timeout: 5000, interval: 2 }

const THINGS = { group: 'test.dev', version: 'v1', plural: 'things', kind: 'Thing' }

/** Throws TypeError for a negative value. */
function project(raw: unknown): Thing {
  const value = numberAt(raw, 'value')
  if (value === undefined || value < 0) throw new TypeError(`value ${value} is not allowed`)
  return { name: textAt(raw, 'metadata', 'name') ?? '', value, tags: ['a'] }
}

export interface ReflectorRig {
  readonly server: CollectionDouble
  /** What the reflectors reported, in order. */
  readonly problems: readonly ReflectorProblem[]
  create(options?: Partial<ReflectorOptions<Thing>>): Reflector<Thing>
  /** Runs it until `stop`, at the latest until the test is over. */
  run(reflector: Reflector<Thing>): Reflector<Thing>
  start(options?: Partial<ReflectorOptions<Thing>>): Reflector<Thing>
  /** Stops all and waits until they have ended. */
  stop(): Promise<void>
  readonly signal: AbortSignal
  /** Waits until the reflector holds what the server holds. */
  expectEqualToServer(reflector: Reflector<Thing>): Promise<void>
  /** Lists and watches that were asked for, in order. */
  queries(): { watch: boolean; version: string | null }[]
  listCount(): number
}

/** Registers the hooks; what the rig holds may be used inside tests. */
export function useReflectorRig(): ReflectorRig {
  let current: { server: CollectionDouble; client: KubeClient; stopped: AbortController } | undefined
  const problems: ReflectorProblem[] = []
  const runs: Promise<void>[] = []

  function running() {
    if (current === undefined) throw new Error('the rig is only there inside a test')
    return current
  }

  beforeEach(async () => {
    const server = await startCollection()
    const { kubeconfigPath } = server.api
    const client = await connectKube({ kubeconfigPath, requestTimeoutMs: 2000, clock: systemClock })
    current = { server, client, stopped: new AbortController() }
    problems.length = 0
  })

  async function stop(): Promise<void> {
    running().stopped.abort()
    await Promise.all(runs.splice(0))
  }

  afterEach(async () => {
    await stop()
    await running().client.close()
    await running().server.close()
  })

  function create(options: Partial<ReflectorOptions<Thing>> = {}): Reflector<Thing> {
    return createReflector({
      client: running().client,
      type: THINGS,
      project,
      clock: systemClock,
      onProblem: (problem) => problems.push(problem),
      backoff: { baseMs: 2, maxMs: 10 },
      ...options,
    })
  }

  function run(reflector: Reflector<Thing>): Reflector<Thing> {
    runs.push(reflector.run(running().stopped.signal))
    return reflector
  }

  /** What the reflector holds of the server's keys, and how much when that is not all. */
  function valuesOf(reflector: Reflector<Thing>): Record<string, number> {
    const found: Record<string, number> = {}
    for (const key of Object.keys(running().server.contents())) {
      const thing = reflector.get(key)
      if (thing !== undefined) found[key] = thing.value
    }
    return reflector.size === Object.keys(found).length ? found : { ...found, more: reflector.size }
  }

  const queries = () =>
    running().server.api.requests.map(({ query }) => ({
      watch: query.has('watch'),
      version: query.get('resourceVersion'),
    }))

  return {
    get server() {
      return running().server
    },
    problems,
    create,
    run,
    start: (options) => run(create(options)),
    stop,
    get signal() {
      return running().stopped.signal
    },
    async expectEqualToServer(reflector) {
      await vi.waitFor(() => expect(valuesOf(reflector)).toEqual(running().server.contents()), soon)
    },
    queries,
    listCount: () => queries().filter(({ watch }) => !watch).length,
  }
}
