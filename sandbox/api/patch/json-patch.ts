// JSON Patch (RFC 6902), all or nothing.
import { applyPatch, type Operation } from 'rfc6902'
import { copyOf, isObject, type JsonObject } from '../json.ts'
import { ApiError, badRequest } from '../status.ts'

const OPERATIONS = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test'])

/** `target` after the operations. Throws ApiError: 400 for what is no patch, 422 for one that can't be applied. */
export function jsonPatch(target: JsonObject, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every(isOperation)) {
    throw badRequest('a JSON patch is a list of operations, each with op and path')
  }
  const document = { value: copyOf(target) }
  const failed = applyPatch(
    document,
    patch.map((operation) => ({
      ...operation,
      path: `/value${operation.path}`,
      ...('from' in operation ? { from: `/value${operation.from}` } : {}),
    })),
  ).find((result) => result !== null)
  if (failed !== undefined && failed !== null) {
    throw new ApiError(
      422,
      'Invalid',
      `the server rejected our request due to an error in our request: ${failed.message}`,
      {},
      {
        cause: failed,
      },
    )
  }
  return document.value
}

function isOperation(value: unknown): value is Operation {
  if (!isObject(value) || typeof value.op !== 'string' || typeof value.path !== 'string') return false
  return OPERATIONS.has(value.op)
}
