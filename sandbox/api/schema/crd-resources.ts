// The resources that a CustomResourceDefinition declares: one for each version that is served.

import { at, isObject, type JsonObject, listAt, textAt } from '../json.ts'
import { builtInListKey, schemaListKey } from '../patch/list-keys.ts'
import type { Resource, ScalePaths } from '../resource.ts'
import { crdColumns } from '../table/crd-columns.ts'
import { schemaRules } from './rules.ts'

/** Throws when a schema can't be compiled. */
export function resourcesOfCrd(crd: JsonObject): Resource[] {
  const group = textAt(crd, 'spec', 'group') ?? ''
  const plural = textAt(crd, 'spec', 'names', 'plural') ?? ''
  const kind = textAt(crd, 'spec', 'names', 'kind') ?? ''
  const names = (field: string) => listAt(crd, 'spec', 'names', field).filter((name) => typeof name === 'string')
  return listAt(crd, 'spec', 'versions')
    .filter((version) => at(version, 'served') !== false)
    .map((version) => {
      const schema = at(version, 'schema', 'openAPIV3Schema')
      const scale = scalePaths(at(version, 'subresources', 'scale'))
      return {
        group,
        version: textAt(version, 'name') ?? '',
        plural,
        singular: textAt(crd, 'spec', 'names', 'singular') ?? kind.toLowerCase(),
        kind,
        shortNames: names('shortNames'),
        categories: names('categories'),
        namespaced: textAt(crd, 'spec', 'scope') !== 'Cluster',
        subresources: [
          ...(isObject(at(version, 'subresources', 'status')) ? (['status'] as const) : []),
          ...(scale === undefined ? [] : (['scale'] as const)),
        ],
        storage: `${group}/${plural}`,
        aliases: {},
        hasGeneration: true,
        keepsStatusOnCreate: false,
        needsVersionOnUpdate: true,
        fields: [],
        scale,
        columns: crdColumns(listAt(version, 'additionalPrinterColumns')),
        schema: isObject(schema) ? schemaRules(schema) : undefined,
        listKeyOf: isObject(schema) ? schemaListKey(schema) : builtInListKey,
      }
    })
}

function scalePaths(scale: unknown): ScalePaths | undefined {
  if (!isObject(scale)) return undefined
  const path = (field: string) => textAt(scale, field)?.replace(/^\./, '')
  return {
    specReplicas: path('specReplicasPath') ?? 'spec.replicas',
    statusReplicas: path('statusReplicasPath') ?? 'status.replicas',
    selector: path('labelSelectorPath'),
  }
}
