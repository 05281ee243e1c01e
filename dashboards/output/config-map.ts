// A board in a ConfigMap, as the sidecar of Grafana's Helm chart finds it.
import type { JsonObject } from '../../controller/kube/json.ts'
import { LABELS } from '../../controller/model/names.ts'
import type { Board } from '../kit/board.ts'
import { jsonOf } from './json.ts'

/** The label that kube-prometheus-stack looks for unless it is told otherwise. */
const SIDECAR_LABEL = 'grafana_dashboard'
/** The annotation that names the folder, where the sidecar is told to read it. */
const FOLDER_ANNOTATION = 'grafana_folder'

export interface ManifestOptions {
  /** Left out when undefined, so that kubectl -n decides. */
  readonly namespace?: string | undefined
  readonly folder: string
  /** Besides those that it has anyway. */
  readonly labels?: Readonly<Record<string, string>>
}

export function configMapOf(board: Board, { namespace, folder, labels }: ManifestOptions): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectName(board.uid),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [SIDECAR_LABEL]: '1', [LABELS.partOf]: 'evenkeel', ...labels },
      annotations: { [FOLDER_ANNOTATION]: folder },
    },
    data: { [`${board.uid}.json`]: jsonOf(board) },
  }
}

/** A name that Kubernetes accepts. */
export function objectName(uid: string): string {
  const name = uid.toLowerCase()
  return name.startsWith('evenkeel-') ? name.replace('evenkeel-', 'evenkeel-board-') : `evenkeel-board-${name}`
}
