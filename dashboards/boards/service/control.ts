// What the loop made of it: limits breached, circuit, replicas, ladder, acts, decisions and vetoes.
import { CIRCUIT_STATES } from '../../../controller/model/circuit.ts'
import { ALERTS, METRICS } from '../../../controller/model/names.ts'
import { bars } from '../../kit/line.ts'
import { type GuardScope, increase, perGuard, type Scope } from '../../kit/promql.ts'
import { states } from '../../kit/states.ts'
import { CONDITION_WORDS, type Word } from '../../kit/thresholds.ts'
import { type Row, seenIn } from '../../kit/tile.ts'
import { ladderTiles } from './ladder.ts'
import { remedyTiles } from './remedies.ts'

const CIRCUIT_COLORS = { Closed: 'green', HalfOpen: 'orange', Open: 'red' } as const
/** The place of a state in CIRCUIT_STATES, as a word. */
export const CIRCUIT_WORDS: readonly Word[] = CIRCUIT_STATES.map((state, index) => [
  index,
  state,
  CIRCUIT_COLORS[state],
])

const LIMIT_WORDS: readonly Word[] = [
  [0, 'kept', 'green'],
  [1, 'breached', 'red'],
]

/** The state of a circuit as one number: its place in CIRCUIT_STATES. */
export function circuitState(scope: Scope): string {
  return CIRCUIT_STATES.map((state, index) => ({ state, index }))
    .filter(({ index }) => index > 0)
    .map(({ state, index }) => `${index} * ${perGuard(METRICS.guardCircuitState, scope, { state })}`)
    .join(' + ')
}

export function controlRow(scope: GuardScope, inNamespace: Scope): Row {
  return {
    title: 'Control',
    tiles: [
      seenIn(
        states(
          {
            title: 'Limits',
            description: 'Which limits are breached: passed for at least hold, and not yet released.',
            unit: 'none',
            queries: [{ expr: perGuard(METRICS.guardBreached, scope, {}, ['limit']), legend: '{{limit}}' }],
            height: 8,
          },
          LIMIT_WORDS,
        ),
        ALERTS.limitBreached,
      ),
      seenIn(
        states(
          {
            title: 'Conditions',
            description: 'The Guard’s conditions. Exhausted True means that no remedy is left: a human is needed.',
            unit: 'none',
            queries: [{ expr: perGuard(METRICS.guardCondition, scope, {}, ['condition']), legend: '{{condition}}' }],
            height: 8,
          },
          CONDITION_WORDS,
        ),
        ALERTS.exhausted,
        ALERTS.signalsUnknown,
        ALERTS.metricsAbsent,
      ),
      states(
        {
          title: 'Circuit',
          description: 'Closed, half-open or open; in the mode MetricsOnly, what it would be.',
          unit: 'none',
          queries: [{ expr: circuitState(scope), legend: 'circuit' }],
          height: 5,
        },
        CIRCUIT_WORDS,
      ),
      states({
        title: 'Replicas',
        description: 'Replicas that are wanted, and that are ready.',
        unit: 'none',
        queries: [{ expr: perGuard(METRICS.guardReplicas, scope, {}, ['state']), legend: '{{state}}' }],
        height: 5,
      }),
      ...remedyTiles(scope),
      ...ladderTiles(scope, inNamespace),
      bars({
        title: 'Acts',
        description: 'Acts on the Kubernetes API, by remedy, direction and outcome.',
        unit: 'none',
        queries: [
          {
            expr: increase(METRICS.actions, scope, ['remedy', 'direction', 'outcome']),
            legend: '{{remedy}} {{direction}}: {{outcome}}',
          },
        ],
      }),
      bars({
        title: 'Decisions',
        description: 'Decisions on proposals. Repeats of the same decision count once.',
        unit: 'none',
        queries: [{ expr: increase(METRICS.decisions, scope, ['verdict']), legend: '{{verdict}}' }],
      }),
      bars({
        title: 'Vetoes',
        description: 'What held proposals back, by interlock.',
        unit: 'none',
        queries: [{ expr: increase(METRICS.vetoes, scope, ['interlock']), legend: '{{interlock}}' }],
      }),
    ],
  }
}
