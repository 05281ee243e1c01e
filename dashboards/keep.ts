// Keeps a ConfigMap of each board up to date in one namespace: what the leader does when it is so configured.
import { applyObject } from '../controller/kube/apply.ts'
import type { KubeClient } from '../controller/kube/client.ts'
import { textAt } from '../controller/kube/json.ts'
import { deleteObject, listObjects } from '../controller/kube/objects.ts'
import { CONFIG_MAPS } from '../controller/kube/resource-type.ts'
import type { RawObject } from '../controller/kube/resources.ts'
import type { Clock } from '../controller/model/clock.ts'
import { LABELS } from '../controller/model/names.ts'
import type { Milliseconds } from '../controller/model/units.ts'
import { validateGuardSpec } from '../controller/model/validate.ts'
import { guardBoard } from './boards/service.ts'
import { guardUid, UIDS } from './boards/uids.ts'
import { sharedBoards } from './boards.ts'
import type { Board } from './kit/board.ts'
import { configMapOf, objectName } from './output/config-map.ts'

export interface KeepDeps {
  readonly client: KubeClient
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  /** Where the ConfigMaps are. */
  readonly namespace: string
  readonly perGuard: boolean
  readonly runbooks: string | undefined
  /** A label's value that tells the ConfigMaps of this Evenkeel from those of another one. */
  readonly owner: string
  readonly guards: { list(): Iterable<RawObject> }
  readonly isLeading: () => boolean
  readonly onProblem: (error: unknown) => void
  readonly signal: AbortSignal
}

/** Which version of each was applied, by name, so that only what has changed is made anew and asked of the API server. */
export interface Kept {
  readonly versions: Map<string, string>
  sweptAt: Milliseconds
}

const FOLDER = 'Evenkeel'
const LOOK_EVERY_MS: Milliseconds = 5_000
/** Then all are applied again, in case someone has changed or deleted one. */
const SWEEP_EVERY_MS: Milliseconds = 600_000

/** Runs while this replica leads, until the signal aborts. The Guards must be listed before it is called. */
export async function keepDashboards(deps: KeepDeps): Promise<void> {
  const kept: Kept = { versions: new Map(), sweptAt: Number.NEGATIVE_INFINITY }
  while (!deps.signal.aborted) {
    try {
      if (deps.isLeading()) await keepOnce(deps, kept)
      else kept.sweptAt = Number.NEGATIVE_INFINITY
    } catch (error) {
      if (!deps.signal.aborted) deps.onProblem(error)
    }
    await deps.clock.sleep(LOOK_EVERY_MS, deps.signal).catch(() => {})
  }
}

/** Applies what has changed, and now and then everything; deletes the boards of Guards that are gone. Throws KubeError. */
export async function keepOnce(deps: KeepDeps, kept: Kept): Promise<void> {
  const { clock, runbooks } = deps
  const guards = deps.perGuard ? [...deps.guards.list()] : []
  const isSweep = clock.monotonic() - kept.sweptAt >= SWEEP_EVERY_MS
  if (isSweep) {
    kept.versions.clear()
    for (const board of sharedBoards({ runbooks })) await apply(deps, kept, board, 'shared')
  }
  const names = new Set<string>(Object.values(UIDS).map((uid) => objectName(uid)))
  for (const { namespace, name, uid, generation, raw } of guards) {
    const object = objectName(guardUid(namespace, name))
    const version = `${uid}/${generation}`
    names.add(object)
    if (kept.versions.get(object) === version) continue
    if (!deps.isLeading()) return
    const validation = validateGuardSpec(raw.spec)
    // The board of a Guard whose spec is refused now stays as it was.
    if (validation.ok)
      await apply(deps, kept, guardBoard({ namespace, name, spec: validation.spec }, { runbooks }), version)
    else kept.versions.set(object, version)
  }
  const isOneGone = [...kept.versions.keys()].some((name) => !names.has(name))
  if (isSweep || isOneGone) await deleteOthers(deps, kept, names)
  if (isSweep && deps.isLeading()) kept.sweptAt = clock.monotonic()
}

async function apply(deps: KeepDeps, kept: Kept, board: Board, version: string): Promise<void> {
  const { client, namespace, owner, signal, isLeading } = deps
  if (!isLeading()) return
  const labels = { [LABELS.dashboardsOf]: owner }
  await applyObject(client, CONFIG_MAPS, configMapOf(board, { namespace, folder: FOLDER, labels }), {
    force: true,
    signal,
  })
  kept.versions.set(objectName(board.uid), version)
}

async function deleteOthers(deps: KeepDeps, kept: Kept, names: ReadonlySet<string>): Promise<void> {
  const { client, namespace, owner, signal, isLeading } = deps
  if (!isLeading()) return
  for (const name of kept.versions.keys()) if (!names.has(name)) kept.versions.delete(name)
  const labelSelector = `${LABELS.dashboardsOf}=${owner}`
  for (const found of await listObjects(client, CONFIG_MAPS, { namespace, labelSelector }, { signal })) {
    const name = textAt(found, 'metadata', 'name')
    if (name === undefined || names.has(name) || !isLeading()) continue
    await deleteObject(client, CONFIG_MAPS, { namespace, name }, { signal })
  }
}
