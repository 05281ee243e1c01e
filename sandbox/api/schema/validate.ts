// Validation by a structural schema, with the messages of kube-apiserver.
import { Ajv, type ErrorObject } from 'ajv'
import { isObject, type JsonObject } from '../json.ts'
import { type Cause, invalidValue, required, unsupportedValue } from '../status.ts'
import { FORMATS } from './formats.ts'
import { toJsonSchema } from './json-schema.ts'

/** Finds every field that is wrong. Throws when the schema can't be compiled. */
export function compileValidator(schema: JsonObject): (object: JsonObject) => readonly Cause[] {
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    verbose: true,
    validateSchema: false,
    logger: false,
    formats: FORMATS,
  })
  const validate = ajv.compile(toJsonSchema(schema))
  return (object) => {
    if (validate(object)) return []
    const errors = validate.errors ?? []
    // A value of none of the alternatives is one error, not one for each of them.
    const alternatives = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
    return errors
      .filter((error) => error.keyword !== 'if' && !alternatives.some((one) => isInside(error, one)))
      .map(causeOf)
  }
}

function isInside(error: ErrorObject, alternative: ErrorObject): boolean {
  return error !== alternative && error.schemaPath.startsWith(`${alternative.schemaPath}/`)
}

/** The worded rule of each keyword; the value stands before it. */
const RULES: Readonly<Record<string, (params: JsonObject) => string>> = {
  type: ({ type }) => `must be of type ${String(type)}`,
  pattern: ({ pattern }) => `should match '${String(pattern)}'`,
  format: ({ format }) => `must be of type ${String(format)}`,
  minLength: ({ limit }) => `should be at least ${String(limit)} chars long`,
  maxLength: ({ limit }) => `should be at most ${String(limit)} chars long`,
  minimum: ({ limit }) => `should be greater than or equal to ${String(limit)}`,
  maximum: ({ limit }) => `should be less than or equal to ${String(limit)}`,
  exclusiveMinimum: ({ limit }) => `should be greater than ${String(limit)}`,
  exclusiveMaximum: ({ limit }) => `should be less than ${String(limit)}`,
  multipleOf: ({ multipleOf }) => `should be a multiple of ${String(multipleOf)}`,
  minItems: ({ limit }) => `should have at least ${String(limit)} items`,
  maxItems: ({ limit }) => `should have at most ${String(limit)} items`,
  minProperties: ({ limit }) => `should have at least ${String(limit)} properties`,
  maxProperties: ({ limit }) => `should have at most ${String(limit)} properties`,
  uniqueItems: () => 'shouldn’t contain duplicates',
  anyOf: () => 'must validate at least one schema (anyOf)',
  oneOf: () => 'must validate one and only one schema (oneOf)',
  allOf: () => 'must validate all the schemas (allOf)',
  not: () => 'must not validate the schema (not)',
}

function causeOf(error: ErrorObject): Cause {
  const field = fieldOf(error.instancePath)
  if (error.keyword === 'required') return required(joined(field, String(error.params.missingProperty)))
  if (error.keyword === 'enum') return unsupportedValue(field, error.data, error.params.allowedValues)
  const params = error.keyword === 'type' ? { type: wantedType(error) } : error.params
  const rule = RULES[error.keyword]?.(params) ?? error.message ?? error.keyword
  const isAboutType = error.keyword === 'type' || error.keyword === 'format'
  const value = error.keyword === 'type' ? typeName(error.data) : error.data
  const shown = typeof value === 'object' ? JSON.stringify(value) : value
  return invalidValue(field, shown, `${field} in body ${rule}${isAboutType ? `: ${JSON.stringify(shown)}` : ''}`)
}

function wantedType({ params }: ErrorObject): string {
  const type: unknown = params.type
  if (Array.isArray(type)) return type.filter((one) => one !== 'null').join(',')
  return String(type)
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (isObject(value)) return 'object'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** "/spec/list/0/name" as "spec.list[0].name". */
function fieldOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : joined(path, part)), '')
}

function joined(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}
