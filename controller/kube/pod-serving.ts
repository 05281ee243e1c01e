// What a Pod's object says of its place in load balancing, beside whether it is ready.
import { SERVING_MARK } from '../model/names.ts'
import type { Pod } from '../model/workload.ts'
import { listAt, textAt, textsAt } from './json.ts'

/** The kubelet writes Ready=False when it takes a pod on; API times are whole seconds, and the two are written one after the other. */
const TAKEN_ON_WITHIN_MS = 2000

/** Only what is true is there, so that most pods carry none of it. */
export function projectServing(raw: unknown): Pick<Pod, 'readyUnknown' | 'hasBeenReady' | 'isolated'> {
  const conditions = listAt(raw, 'status', 'conditions')
  const conditionOf = (type: string) => conditions.find((one) => textAt(one, 'type') === type)
  const ready = conditionOf('Ready')
  const status = textAt(ready, 'status')
  const isIsolated =
    textAt(conditionOf(SERVING_MARK), 'status') === 'False' ||
    textsAt(raw, 'metadata', 'labels')[SERVING_MARK] === 'false' ||
    textsAt(raw, 'metadata', 'annotations')[SERVING_MARK] === 'false'
  return {
    ...(status === 'Unknown' ? { readyUnknown: true } : {}),
    ...(status === 'False' && turnedLater(textAt(ready, 'lastTransitionTime'), textAt(raw, 'status', 'startTime'))
      ? { hasBeenReady: true }
      : {}),
    ...(isIsolated ? { isolated: true } : {}),
  }
}

/** A pod whose Ready turned False well after it was taken on must have been True between. */
function turnedLater(turnedAt: string | undefined, startedAt: string | undefined): boolean {
  return Date.parse(turnedAt ?? '') - Date.parse(startedAt ?? '') > TAKEN_ON_WITHIN_MS
}
