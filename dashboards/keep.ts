// Keeps a ConfigMap of each board up to date in one namespace: what the leader does when it is so configured.
import { type KeepObjectsDeps, keepObjects, type WantedObject } from '../controller/kube/keep-objects.ts'
import { CONFIG_MAPS } from '../controller/kube/resource-type.ts'
import type { RawObject } from '../controller/kube/resources.ts'
import { LABELS } from '../controller/model/names.ts'
import { validateGuardSpec } from '../controller/model/validate.ts'
import { guardBoard } from './boards/service.ts'
import { guardUid } from './boards/uids.ts'
import { sharedBoards } from './boards.ts'
import type { Board } from './kit/board.ts'
import { configMapOf, objectName } from './output/config-map.ts'

export interface KeepDeps extends Omit<KeepObjectsDeps, 'type' | 'ours' | 'wanted'> {
  readonly perGuard: boolean
  readonly runbooks: string | undefined
  /** A label's value that tells the ConfigMaps of this Evenkeel from those of another one. */
  readonly owner: string
  readonly guards: { list(): Iterable<RawObject> }
}

const FOLDER = 'Evenkeel'

/** Runs while this replica leads, until the signal aborts. The Guards must be listed before it is called. */
export function keepDashboards(deps: KeepDeps): Promise<void> {
  return keepObjects(configMapsOf(deps))
}

export function configMapsOf(deps: KeepDeps): KeepObjectsDeps {
  const { perGuard, runbooks, owner, guards, namespace } = deps
  const labels = { [LABELS.dashboardsOf]: owner }
  const inConfigMap = (board: Board) => configMapOf(board, { namespace, folder: FOLDER, labels })
  const shared = sharedBoards({ runbooks }).map((board): [string, WantedObject] => [
    objectName(board.uid),
    { version: 'shared', make: () => inConfigMap(board) },
  ])
  return {
    ...deps,
    type: CONFIG_MAPS,
    ours: { label: LABELS.dashboardsOf, value: owner },
    wanted() {
      const all = new Map(shared)
      if (!perGuard) return all
      for (const { namespace, name, uid, generation, raw } of guards.list())
        all.set(objectName(guardUid(namespace, name)), {
          version: `${uid}/${generation}`,
          make() {
            const validation = validateGuardSpec(raw.spec)
            // The board of a Guard whose spec is refused now stays as it was.
            return validation.ok
              ? inConfigMap(guardBoard({ namespace, name, spec: validation.spec }, { runbooks }))
              : undefined
          },
        })
      return all
    },
  }
}
