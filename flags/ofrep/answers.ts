// OFREP's answers as bytes, made once for each flag set. https://github.com/open-feature/protocol (0.3)
import type { Flag } from '../flag.ts'
import type { FlagSet } from '../flag-set.ts'

export type ErrorCode = 'PARSE_ERROR' | 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT' | 'GENERAL' | 'FLAG_NOT_FOUND'

const single = new WeakMap<FlagSet, Map<string, Buffer>>()
const bulk = new WeakMap<FlagSet, Buffer>()

/** The answer for one flag; undefined when there is none of that key. */
export function answerOf(set: FlagSet, key: string): Buffer | undefined {
  const answers = single.get(set) ?? new Map<string, Buffer>()
  single.set(set, answers)
  const known = answers.get(key)
  if (known !== undefined) return known
  const flag = set.flags.get(key)
  if (flag === undefined) return undefined
  const made = Buffer.from(JSON.stringify(evaluationOf(flag)))
  answers.set(key, made)
  return made
}

/** The answer for all flags. `eventsUri` is where changes are told. */
export function bulkAnswerOf(set: FlagSet, eventsUri: string): Buffer {
  const known = bulk.get(set)
  if (known !== undefined) return known
  const made = Buffer.from(
    JSON.stringify({
      flags: Array.from(set.flags.values(), evaluationOf),
      metadata: { flagSetId: set.namespace },
      // No origin: it is the one at which the reader has found us.
      eventStreams: [{ type: 'sse', endpoint: { requestUri: eventsUri }, inactivityDelaySec: 120 }],
    }),
  )
  bulk.set(set, made)
  return made
}

function evaluationOf({ key, value, variant, metadata }: Flag) {
  return { key, value, reason: 'STATIC', variant, metadata }
}

/** The body of a refusal; without a key when it is about all flags. */
export function failure(errorCode: ErrorCode, errorDetails: string, key?: string): Buffer {
  return Buffer.from(JSON.stringify({ ...(key === undefined ? {} : { key }), errorCode, errorDetails }))
}

/** The body where the protocol has no error code. */
export function plainFailure(errorDetails: string): Buffer {
  return Buffer.from(JSON.stringify({ errorDetails }))
}
