// Which Incidents are old enough to go: resolved for long, or past the number that a Guard keeps. Pure.
import { isObject, textAt } from '../kube/json.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'

/** Of an Incident that is over, what retention asks for. */
export interface ResolvedIncident {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly guard: string
  readonly resolvedAt: EpochMs
}

export interface Retention {
  readonly keepForMs: Milliseconds
  /** At most so many of one Guard, the newest. */
  readonly keep: number
}

/** Undefined for an Incident that is not over, or can't be read: it is nobody's to delete. */
export function readResolved(raw: unknown): ResolvedIncident | undefined {
  if (!isObject(raw) || textAt(raw, 'status', 'phase') !== 'Resolved') return undefined
  const [namespace, name] = [textAt(raw, 'metadata', 'namespace'), textAt(raw, 'metadata', 'name')]
  const [guard, resourceVersion] = [textAt(raw, 'spec', 'guard'), textAt(raw, 'metadata', 'resourceVersion')]
  const resolvedAt = Date.parse(textAt(raw, 'status', 'resolvedAt') ?? '')
  if (!namespace || !name || !guard || !resourceVersion || Number.isNaN(resolvedAt)) return undefined
  return { namespace, name, resourceVersion, guard, resolvedAt }
}

/** The Incidents to delete, oldest first. Where no retention is known, none. */
export function pastRetention(
  resolved: readonly ResolvedIncident[],
  retentionOf: (namespace: string, guard: string) => Retention | undefined,
  now: EpochMs,
): readonly ResolvedIncident[] {
  const byGuard = Map.groupBy(resolved, ({ namespace, guard }) => `${namespace}/${guard}`)
  return [...byGuard.values()]
    .flatMap((ofGuard) => {
      const [{ namespace, guard } = { namespace: '', guard: '' }] = ofGuard
      const retention = retentionOf(namespace, guard)
      if (retention === undefined) return []
      const { keepForMs, keep } = retention
      const newestFirst = ofGuard.toSorted((a, b) => b.resolvedAt - a.resolvedAt)
      return newestFirst.filter(({ resolvedAt }, index) => index >= keep || now - resolvedAt > keepForMs)
    })
    .sort((a, b) => a.resolvedAt - b.resolvedAt)
}
