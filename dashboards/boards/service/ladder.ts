// Where the ladder stands: its rung, what it has switched off, and how far it limits flows.
import { FEATURE_STATES } from '../../../controller/model/feature.ts'
import { METRICS } from '../../../controller/model/names.ts'
import { line } from '../../kit/line.ts'
import { type GuardScope, perFeature, perGuard, type Scope } from '../../kit/promql.ts'
import { states } from '../../kit/states.ts'
import type { Word } from '../../kit/thresholds.ts'
import type { Tile } from '../../kit/tile.ts'

const FEATURE_COLORS = { Normal: 'green', Degraded: 'orange', Overridden: 'blue' } as const
/** The place of a state in FEATURE_STATES, as a word. */
export const FEATURE_WORDS: readonly Word[] = FEATURE_STATES.map((state, index) => [
  index,
  state,
  FEATURE_COLORS[state],
])

/** The state of a Feature as one number: its place in FEATURE_STATES. */
export function featureState(scope: Scope): string {
  return FEATURE_STATES.map((state, index) => ({ state, index }))
    .filter(({ index }) => index > 0)
    .map(({ state, index }) => `${index} * ${perFeature(METRICS.featureState, scope, { state })}`)
    .join(' + ')
}

export function ladderTiles(scope: GuardScope, inNamespace: Scope): Tile[] {
  return [
    states({
      title: 'Ladder',
      description:
        'The highest remedy in use, counted from 1, and how many Features the Guard asks to be off and pods it has taken out.',
      unit: 'none',
      queries: [
        { expr: perGuard(METRICS.guardRung, scope), legend: 'rung' },
        { expr: perGuard(METRICS.guardFeaturesOff, scope), legend: 'features off' },
        { expr: perGuard(METRICS.guardPodsIsolated, scope), legend: 'pods out' },
      ],
      width: 8,
      height: 8,
    }),
    states(
      {
        title: 'Features',
        description:
          'Each Feature of the Guard’s namespace: Normal, Degraded while any Guard asks for it, or Overridden by a person.',
        unit: 'none',
        queries: [{ expr: featureState(inNamespace), legend: '{{feature}}' }],
        width: 8,
        height: 8,
      },
      FEATURE_WORDS,
    ),
    line({
      title: 'Flow limits',
      description: 'Requests per second that each limited flow lets in. Empty while none is limited.',
      unit: 'reqps',
      queries: [{ expr: perGuard(METRICS.guardFlowLimit, scope, {}, ['flow']), legend: '{{flow}}' }],
    }),
  ]
}
