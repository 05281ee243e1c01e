// What a Pod's object says of its place in load balancing, beside whether it is ready.
import { ANNOTATIONS, SERVING_MARK } from '../model/names.ts'
import type { Pod } from '../model/workload.ts'
import { listAt, textAt } from './json.ts'

/** The kubelet writes Ready=False when it takes a pod on; API times are whole seconds, and the two are written one after the other. */
const TAKEN_ON_WITHIN_MS = 2000

type Serving = Pick<Pod, 'readyUnknown' | 'hasBeenReady' | 'isolated' | 'isolatedBy' | 'gate'>

/** Only what is true is there, so that most pods carry none of it. */
export function projectServing(raw: unknown): Serving {
  const conditions = listAt(raw, 'status', 'conditions')
  const conditionOf = (type: string) => conditions.find((one) => textAt(one, 'type') === type)
  const ready = conditionOf('Ready')
  const status = textAt(ready, 'status')
  const condition = textAt(conditionOf(SERVING_MARK), 'status')
  const isMarked =
    textAt(raw, 'metadata', 'labels', SERVING_MARK) === 'false' ||
    textAt(raw, 'metadata', 'annotations', SERVING_MARK) === 'false'
  const isolatedBy = textAt(raw, 'metadata', 'annotations', ANNOTATIONS.isolatedBy)
  const isGated = listAt(raw, 'spec', 'readinessGates').some((one) => textAt(one, 'conditionType') === SERVING_MARK)
  const is = condition === 'True' || condition === 'False' ? condition : 'Unset'
  return {
    ...(status === 'Unknown' ? { readyUnknown: true } : {}),
    ...(status === 'False' && turnedLater(textAt(ready, 'lastTransitionTime'), textAt(raw, 'status', 'startTime'))
      ? { hasBeenReady: true }
      : {}),
    ...(isMarked || condition === 'False' ? { isolated: true } : {}),
    ...(isolatedBy === undefined ? {} : { isolatedBy }),
    ...(isGated ? { gate: { is, shouldBe: isMarked ? 'False' : 'True' } } : {}),
  }
}

/** A pod whose Ready turned False well after it was taken on must have been True between. */
function turnedLater(turnedAt: string | undefined, startedAt: string | undefined): boolean {
  return Date.parse(turnedAt ?? '') - Date.parse(startedAt ?? '') > TAKEN_ON_WITHIN_MS
}
