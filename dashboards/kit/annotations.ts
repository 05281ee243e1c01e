// What is marked in every panel of a board: acts, incidents, features that are off, and what people mark themselves, such as deploys.
import { type AnnotationQuery, AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { METRICS } from '../../controller/model/names.ts'
import { perGroup, perGuard, type Scope } from './promql.ts'
import { PROMETHEUS } from './targets.ts'

export function annotationsOf(scope: Scope): AnnotationQuery[] {
  return [
    byPeople(),
    // The series' value is the moment of the act, so that it is marked where it was and not where it was scraped.
    marked(
      'Acts',
      'blue',
      `${perGuard(METRICS.guardLastAction, scope, {}, ['remedy'])} * 1000`,
      '{{guard}}: {{remedy}}',
      {
        valueIsTime: true,
      },
    ),
    marked('Incidents', 'red', perGuard(METRICS.guardIncidentOpen, scope), 'Incident of {{namespace}}/{{guard}}'),
    // Grafana joins the steps above 0: the mark begins where the first feature is shed, and ends where the last is restored.
    marked(
      'Features shed',
      'orange',
      perGuard(METRICS.guardFeaturesOff, scope),
      '{{namespace}}/{{guard}} shed features, until the end of the mark',
    ),
    marked(
      'Maintenance',
      'purple',
      perGuard(METRICS.guardInMaintenance, scope),
      'Maintenance of {{namespace}}/{{guard}}, until the end of the mark',
    ),
  ].map(plain)
}

/** Where a FailoverGroup was switched, whatever became of it. */
export function switchesOf(scope: Scope): AnnotationQuery {
  const expr = `${perGroup(METRICS.failoverGroupLastSwitch, scope, {}, ['kind', 'outcome'])} * 1000`
  const title = '{{namespace}}/{{group}}: {{kind}} {{outcome}}'
  return plain(marked('Switches', 'yellow', expr, title, { valueIsTime: true }))
}

/** Without the placement that the SDK gives every annotation. */
function plain({ placement: _, ...annotation }: AnnotationQuery): AnnotationQuery {
  return annotation
}

function marked(name: string, color: string, expr: string, title: string, { valueIsTime = false } = {}) {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor(color)
    .expr(expr)
    .step('15s')
    .titleFormat(title)
    .textFormat('')
    .tagKeys('')
    .useValueForTime(valueIsTime)
    .build()
}

/** Grafana's own annotations, by its API or by hand. */
function byPeople(): AnnotationQuery {
  return new AnnotationQueryBuilder()
    .name('Annotations & Alerts')
    .datasource({ type: 'grafana', uid: '-- Grafana --' })
    .enable(true)
    .hide(true)
    .iconColor('rgba(0, 211, 255, 1)')
    .builtIn(1)
    .type('dashboard')
    .build()
}
