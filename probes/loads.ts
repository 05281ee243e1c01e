// What the Guards leave each workload of its weight, kept from their status; a Guard that does not act has no say.
import type { Reflector } from '../controller/kube/reflector.ts'
import type { RawObject } from '../controller/kube/resources.ts'
import type { Clock } from '../controller/model/clock.ts'
import { GUARD_SPEC, type GuardSpec } from '../controller/model/guard.ts'
import type { Ratio } from '../controller/model/units.ts'
import type { WorkloadKind } from '../controller/model/workload.ts'
import { loadShare, readSaturation, type Saturation } from './saturation.ts'

export interface Load {
  readonly kind: WorkloadKind
  readonly workload: string
  readonly share: Ratio
  readonly saturation: Saturation
}

export interface Loads {
  /** Of the workloads of a namespace. */
  of(namespace: string): readonly Load[]
}

interface Entry {
  readonly uid: string
  readonly generation: number
  readonly spec: GuardSpec | undefined
  readonly load: Load | undefined
}

/** `onMove` is told of the namespace in which a share has changed. */
export function createLoads(
  guards: Pick<Reflector<RawObject>, 'get' | 'onChange'>,
  clock: Pick<Clock, 'now'>,
  onMove: (namespace: string) => void,
): Loads {
  const namespaces = new Map<string, Map<string, Entry>>()

  function read(guard: RawObject, before: Entry | undefined): Entry {
    const { uid, generation } = guard
    const isSame = before?.uid === uid && before.generation === generation
    const spec = isSame ? before.spec : GUARD_SPEC.safeParse(guard.raw.spec).data
    if (spec?.mode !== 'Enforce') return { uid, generation, spec, load: undefined }
    const known = before?.uid === uid ? (before.load?.saturation ?? {}) : {}
    const saturation = readSaturation(guard, spec.limits, known, clock.now())
    const { kind, name } = spec.target
    return { uid, generation, spec, load: { kind, workload: name, share: loadShare(saturation), saturation } }
  }

  guards.onChange((key) => {
    const slash = key.indexOf('/')
    const namespace = key.slice(0, slash)
    const entries = namespaces.get(namespace) ?? new Map<string, Entry>()
    const before = entries.get(key)
    const guard = guards.get(key)
    if (guard === undefined) entries.delete(key)
    else namespaces.set(namespace, entries.set(key, read(guard, before)))
    if (entries.size === 0) namespaces.delete(namespace)
    const after = entries.get(key)?.load
    if (before?.load?.share !== after?.share || before?.load?.workload !== after?.workload) onMove(namespace)
  })

  return {
    of: (namespace) => [...(namespaces.get(namespace)?.values() ?? [])].flatMap(({ load }) => load ?? []),
  }
}
