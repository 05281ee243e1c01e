// Failures as Kubernetes words them: each is a Status object with a code, a reason and a message.
import type { JsonObject } from './json.ts'
import type { Resource } from './resource.ts'

/** One wrong field of an object that was refused. */
export interface Cause {
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldManagerConflict'
  readonly message: string
  readonly field: string
}

/** What a request is refused with. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: number
  readonly reason: string
  readonly details: JsonObject | undefined

  constructor(code: number, reason: string, message: string, details?: JsonObject, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.reason = reason
    this.details = details
  }
}

/** The body of the answer. */
export function statusOf(error: ApiError): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    ...(error.details === undefined ? {} : { details: error.details }),
    code: error.code,
  }
}

type Named = Pick<Resource, 'group' | 'plural'>
type Kinded = Pick<Resource, 'group' | 'kind'>

/** "deployments.apps", or "pods" in the core group. */
function qualified({ group, plural }: Named): string {
  return group === '' ? plural : `${plural}.${group}`
}

function detailsOf({ group, plural }: Named, name: string): JsonObject {
  return { name, ...(group === '' ? {} : { group }), kind: plural }
}

export function notFound(resource: Named, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name))
}

/** No such path is served. */
export function noSuchPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
}

export function alreadyExists(resource: Named, name: string): ApiError {
  const message = `${qualified(resource)} "${name}" already exists`
  return new ApiError(409, 'AlreadyExists', message, detailsOf(resource, name))
}

export function conflict(resource: Named, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`
  return new ApiError(409, 'Conflict', message, detailsOf(resource, name))
}

export function staleVersion(resource: Named, name: string): ApiError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  )
}

/** Some of an object's fields are not acceptable. */
export function invalid(resource: Kinded, name: string, causes: readonly Cause[]): ApiError {
  const said = causes.map(({ field, message }) => `${field}: ${message}`)
  const list = said.length === 1 ? said[0] : `[${said.join(', ')}]`
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`
  const details = {
    name,
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.kind,
    causes: causes.map(({ reason, message, field }) => ({ reason, message, field })),
  }
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${list}`, details)
}

export function required(field: string, detail = ''): Cause {
  return { reason: 'FieldValueRequired', field, message: `Required value${detail === '' ? '' : `: ${detail}`}` }
}

export function invalidValue(field: string, value: unknown, detail: string): Cause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${detail}` }
}

export function forbiddenValue(field: string, detail: string): Cause {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${detail}` }
}

export function unsupportedValue(field: string, value: unknown, supported: readonly unknown[]): Cause {
  const list = supported.map((one) => JSON.stringify(one)).join(', ')
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  }
}

export function badRequest(message: string, options?: ErrorOptions): ApiError {
  return new ApiError(400, 'BadRequest', message, undefined, options)
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized')
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

export function notAcceptable(): ApiError {
  const message = 'only the following media types are accepted: application/json, application/yaml'
  return new ApiError(406, 'NotAcceptable', message)
}

export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message)
}

export function tooLarge(limitBytes: number): ApiError {
  return new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`)
}

export function unsupportedMediaType(said: string, supported: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`
  return new ApiError(415, 'UnsupportedMediaType', said === '' ? `${message} (none was given)` : message)
}

/** Whatever was thrown, as an answer. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const said = error instanceof Error ? error.message : String(error)
  return new ApiError(
    500,
    'InternalError',
    `Internal error occurred: ${said}`,
    { causes: [{ message: said }] },
    {
      cause: error,
    },
  )
}
