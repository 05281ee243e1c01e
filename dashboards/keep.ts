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
import type { KnownGuard } from './boards/options.ts'
import { guardUid } from './boards/uids.ts'
import { boards } from './boards.ts'
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

/** What was applied, by name, so that the API server is only asked about what has changed. */
export interface Kept {
  readonly texts: Map<string, string>
  sweptAt: Milliseconds
}

const FOLDER = 'Evenkeel'
const LOOK_EVERY_MS: Milliseconds = 15_000
/** Then all are applied again, in case someone has changed or deleted one. */
const SWEEP_EVERY_MS: Milliseconds = 600_000

/** Runs while this replica leads, until the signal aborts. The Guards must be listed before it is called. */
export async function keepDashboards(deps: KeepDeps): Promise<void> {
  const kept: Kept = { texts: new Map(), sweptAt: Number.NEGATIVE_INFINITY }
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
  const { client, clock, namespace, owner, signal, isLeading } = deps
  const guards = deps.perGuard ? [...deps.guards.list()] : []
  const isSweep = clock.monotonic() - kept.sweptAt >= SWEEP_EVERY_MS
  if (isSweep) kept.texts.clear()
  const wanted = boards({ runbooks: deps.runbooks }, guards.flatMap(acceptedGuard))
  for (const board of wanted) {
    const made = configMapOf(board, { namespace, folder: FOLDER, labels: { [LABELS.dashboardsOf]: owner } })
    const text = JSON.stringify(made)
    const name = objectName(board.uid)
    if (kept.texts.get(name) === text) continue
    if (!isLeading()) return
    await applyObject(client, CONFIG_MAPS, made, { force: true, signal })
    kept.texts.set(name, text)
  }
  // The board of a Guard whose spec is refused now stays as it was.
  const names = new Set(
    [...wanted.map(({ uid }) => uid), ...guards.map((one) => guardUid(one.namespace, one.name))].map(objectName),
  )
  if (isSweep || [...kept.texts.keys()].some((name) => !names.has(name))) await deleteOthers(deps, kept, names)
  if (isSweep) kept.sweptAt = clock.monotonic()
}

function acceptedGuard({ namespace, name, raw }: RawObject): KnownGuard[] {
  const validation = validateGuardSpec(raw.spec)
  return validation.ok ? [{ namespace, name, spec: validation.spec }] : []
}

async function deleteOthers(deps: KeepDeps, kept: Kept, names: ReadonlySet<string>): Promise<void> {
  const { client, namespace, owner, signal, isLeading } = deps
  const labelSelector = `${LABELS.dashboardsOf}=${owner}`
  for (const found of await listObjects(client, CONFIG_MAPS, { namespace, labelSelector }, { signal })) {
    const name = textAt(found, 'metadata', 'name')
    if (name === undefined || names.has(name) || !isLeading()) continue
    await deleteObject(client, CONFIG_MAPS, { namespace, name }, { signal })
    kept.texts.delete(name)
  }
}
