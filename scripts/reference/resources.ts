// The page of the resources: which metrics of which exporter diagnosis reads each resource from.

import { nameOfResource } from '../../controller/model/resource.ts'
import { EXPORTERS } from '../../controller/observe/resources/exporters/exporters.ts'
import { SERVICE } from '../../controller/observe/resources/exporters/service.ts'
import type { Most, Recipe, Total } from '../../controller/observe/resources/recipe.ts'
import { code, page, table } from './markdown.ts'

export function resourcesPage(): string {
  return page('Resources', [
    'What [diagnosis](../guide.md#diagnosis) reads while a limit is passed. The metrics of the first section are looked for in what the pods of the service expose themselves; those of the others in the exporters that `spec.diagnosis.sources` names by the name of the section.',
    ...Object.entries({ 'the service itself': SERVICE, ...EXPORTERS }).flatMap(([name, recipes]) => [
      `## ${name}`,
      table(
        ['resource', 'used', 'of', 'and besides'],
        recipes.map((recipe) => [nameOfResource(recipe.resource), ...cellsOf(recipe)]),
      ),
    ]),
  ])
}

/** What is used, of what, and what else is read. */
function cellsOf(recipe: Recipe): [used: string, of: string, besides: string] {
  switch (recipe.kind) {
    case 'usage': {
      const besides = [...(recipe.waiting ?? []), ...(recipe.refused ?? []), recipe.pace ?? []].flat()
      return [
        totalOf(recipe.used),
        recipe.max.map(mostOf).join(', else '),
        besides.map(({ of }) => totalOf(of)).join('<br>'),
      ]
    }
    case 'share':
      return [totalOf(recipe.share), '1', '']
    case 'lateness':
      return [
        `${totalOf(recipe.meanSeconds)} past ${recipe.resolutionSeconds * 1000} ms`,
        'the time',
        `rate of ${totalOf(recipe.cpuSeconds)}`,
      ]
    case 'idle':
      return [`1 − rate of ${totalOf(recipe.idleSeconds)}`, 'the CPUs', '']
    case 'hits':
      return [
        `rates of ${totalOf(recipe.hits)} and ${totalOf(recipe.misses)}`,
        'its usual hits',
        (recipe.pressure ?? []).map(({ of }) => totalOf(of)).join('<br>'),
      ]
    case 'calls':
      return [
        `rates of ${code(`${recipe.metric}_count`)} and ${code(`${recipe.metric}_sum`)}`,
        'the calls, and their usual time',
        '',
      ]
    case 'dropped':
      return [`rates of ${totalOf(recipe.came)} and ${totalOf(recipe.taken)}`, 'what came', '']
  }
}

function mostOf(most: Most): string {
  if ('assumed' in most) return `${most.assumed}`
  return 'first' in most ? `${totalOf(most.first)} to ${totalOf(most.last)}` : totalOf(most)
}

function totalOf({ metric, match, how }: Total): string {
  const labels = Object.entries(match ?? {}).map(([label, pattern]) => `${label}=~"${pattern}"`)
  const series = code(labels.length === 0 ? metric : `${metric}{${labels.join(', ')}}`)
  return how === 'count' ? `number of ${series}` : series
}
