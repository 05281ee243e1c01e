// Every file that `evenkeel alerts build` writes: rules, objects, Alertmanager's configuration, tests and runbooks. Pure.
import type { Built } from '../build.ts'
import { PACES } from '../model.ts'
import { alertmanagerConfig } from '../routing/config.ts'
import { runbooks } from '../runbooks/runbooks.ts'
import { groupsOf, type ObjectOptions, objectName, prometheusRule } from './rules.ts'
import { promtoolTests } from './tests.ts'
import { yaml } from './yaml.ts'

export interface AlertFile {
  /** Below the folder that it was asked for. */
  readonly path: string
  readonly text: string
}

export function filesOf({ sets }: Built, options: ObjectOptions): AlertFile[] {
  return [
    ...sets.flatMap((set): AlertFile[] => {
      const file = `${set.name}.yaml`
      return [
        {
          path: `rules/${file}`,
          text: yaml({ groups: groupsOf(set) }, 'Made by `evenkeel alerts build`: for rule_files of Prometheus.'),
        },
        {
          path: `objects/${objectName(set.name)}.yaml`,
          text: yaml(prometheusRule(set, options), 'Made by `evenkeel alerts build`: for the Prometheus operator.'),
        },
        ...PACES.flatMap((every) => {
          const tests = promtoolTests(set, `../rules/${file}`, every)
          const comment = 'Made by `evenkeel alerts build`: for promtool test rules.'
          return tests === undefined ? [] : [{ path: `tests/${set.name}.${every}.yaml`, text: yaml(tests, comment) }]
        }),
      ]
    }),
    {
      path: 'alertmanager.yaml',
      text: yaml(
        alertmanagerConfig(),
        'Made by `evenkeel alerts build`: a whole configuration of Alertmanager. Put your receivers in place of the webhooks.',
      ),
    },
    ...runbooks().map(({ file, markdown }): AlertFile => ({ path: `runbooks/${file}`, text: markdown })),
  ]
}
