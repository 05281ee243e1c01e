// A board for the Grafana operator: a GrafanaDashboard, or a GrafanaManifest, which alone takes the newer schema.
import type { JsonObject } from '../../controller/kube/json.ts'
import { LABELS } from '../../controller/model/names.ts'
import type { Board } from '../kit/board.ts'
import { schemaV2 } from '../schema-v2.ts'
import { type ManifestOptions, objectName } from './config-map.ts'
import type { Schema } from './formats.ts'
import { jsonOf } from './json.ts'

const API_VERSION = 'grafana.integreatly.org/v1beta1'
/** Which Grafanas show it: the label that the operator's own examples use. */
const INSTANCES = { matchLabels: { dashboards: 'grafana' } }

export function operatorObjectOf(board: Board, schema: Schema, { namespace, folder }: ManifestOptions): JsonObject {
  const metadata = {
    name: objectName(board.uid),
    ...(namespace === undefined ? {} : { namespace }),
    labels: { [LABELS.partOf]: 'evenkeel' },
  }
  if (schema === 'v2')
    return {
      apiVersion: API_VERSION,
      kind: 'GrafanaManifest',
      metadata,
      spec: { instanceSelector: INSTANCES, allowCrossNamespaceImport: true, template: schemaV2(board) },
    }
  return {
    apiVersion: API_VERSION,
    kind: 'GrafanaDashboard',
    metadata,
    spec: { instanceSelector: INSTANCES, allowCrossNamespaceImport: true, folder, json: jsonOf(board) },
  }
}
