// A zod schema as tables: one section for each object in it, one row for each field.
import { z } from 'zod'
import { DURATION_PATTERN, PERCENT_PATTERN } from '../../controller/model/units.ts'
import { anyOf, code, table } from './markdown.ts'

/** What the pages use of a JSON schema. */
const NODE = z.object({
  type: z.string().optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.union([z.number(), z.boolean()]).optional(),
  maximum: z.number().optional(),
  maxItems: z.number().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), NODE).optional()
  },
  get items() {
    return NODE.optional()
  },
  get anyOf() {
    return z.array(NODE).optional()
  },
  get additionalProperties() {
    return z.union([z.boolean(), NODE]).optional()
  },
})
type Node = z.output<typeof NODE>

/** Says how far the value of a field may go, when the schema itself does not: "at least 100ms and at most 5m". */
export type BoundsOf = (path: string) => string | undefined

/** The sections of a schema as markdown blocks; `path` is what the outermost object is called. */
export function schemaBlocks(schema: z.ZodType, path: string, boundsOf: BoundsOf): string[] {
  return blocksOf(NODE.parse(z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' })), path, boundsOf)
}

function blocksOf(node: Node, path: string, boundsOf: BoundsOf): string[] {
  const fields = Object.entries(node.properties ?? {})
  const rows = fields.map(([name, field]) => {
    const type = [typeOf(field, `${path}.${name}`), boundsOf(`${path}.${name}`)].filter(Boolean).join(', ')
    return [code(name), type, defaultOf(field, node.required?.includes(name) === true), field.description ?? '']
  })
  const nested = fields.flatMap(([name, field]) => {
    const [inner, innerPath] = objectIn(field, `${path}.${name}`)
    return inner === undefined ? [] : blocksOf(inner, innerPath, boundsOf)
  })
  const intro = node.description === undefined ? [] : [node.description]
  return [`## ${path}`, ...intro, table(['field', 'type', 'default', 'meaning'], rows), ...nested]
}

/** The object that a field holds, also inside a list, a map or a choice. */
function objectIn(field: Node, path: string): [Node | undefined, string] {
  if (field.properties !== undefined) return [field, path]
  if (field.items !== undefined) return objectIn(field.items, `${path}[]`)
  if (typeof field.additionalProperties === 'object') return objectIn(field.additionalProperties, `${path}.*`)
  return [field.anyOf?.find((one) => one.properties !== undefined), path]
}

function typeOf(node: Node, path: string): string {
  if (node.enum !== undefined) return anyOf(node.enum.map(code))
  if (node.anyOf !== undefined) return node.anyOf.map((one) => typeOf(one, path)).join('; or ')
  if (node.properties !== undefined) return `[object](#${anchorOf(path)})`
  if (node.items !== undefined) {
    const most = node.maxItems === undefined ? '' : `, at most ${node.maxItems}`
    return `list of ${typeOf(node.items, `${path}[]`)}${most}`
  }
  if (typeof node.additionalProperties === 'object')
    return `map of names to ${typeOf(node.additionalProperties, `${path}.*`)}`
  if (node.pattern === DURATION_PATTERN.source) return 'duration'
  if (node.pattern === PERCENT_PATTERN.source) return 'percentage'
  if (node.format === 'date-time') return 'time'
  if (node.type === 'integer' || node.type === 'number') return numberType(node)
  return node.type === 'string' ? 'text' : (node.type ?? 'anything')
}

function numberType({ type, minimum, maximum, exclusiveMinimum }: Node): string {
  const isBound = (bound: number | undefined) => bound !== undefined && Math.abs(bound) !== Number.MAX_SAFE_INTEGER
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum : undefined
  const least = exclusiveMinimum === true ? `above ${minimum}` : `at least ${minimum}`
  const bounds = [
    above !== undefined ? `above ${above}` : isBound(minimum) ? least : undefined,
    isBound(maximum) ? `at most ${maximum}` : undefined,
  ].filter(Boolean)
  const name = type === 'integer' ? 'whole number' : 'number'
  return bounds.length === 0 ? name : `${name}, ${bounds.join(' and ')}`
}

function defaultOf({ default: value }: Node, isRequired: boolean): string {
  if (value === undefined) return isRequired ? 'required' : ''
  if (Array.isArray(value)) return value.length === 0 ? 'none' : code(JSON.stringify(value))
  return typeof value === 'object' ? '' : code(String(value))
}

/** As GitHub makes anchors of headings. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^a-z0-9 _-]/g, '')
}
