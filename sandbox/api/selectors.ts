// Label and field selectors in the query syntax of Kubernetes: parsed once, then asked for each object.
import { at, type JsonObject, objectAt } from './json.ts'
import { badRequest } from './status.ts'

export type Selector = (object: JsonObject) => boolean

const SET_BASED = /^\s*([^\s,!=()]+)\s+(in|notin)\s*\(([^()]*)\)\s*$/
const EQUALITY = /^\s*([^\s,!=()]+)\s*(==|=|!=)\s*([^\s,!=()]*)\s*$/
const EXISTENCE = /^\s*(!?)\s*([^\s,!=()]+)\s*$/

/** Whether an object's labels match. Throws ApiError 400 for what can't be read. */
export function parseLabelSelector(text: string): Selector {
  const requirements = splitOutsideBrackets(text).map(parseRequirement)
  return (object) => {
    const labels = objectAt(object, 'metadata', 'labels')
    return requirements.every((matches) => matches(labels))
  }
}

function parseRequirement(text: string): (labels: JsonObject) => boolean {
  const set = SET_BASED.exec(text)
  if (set !== null) {
    const [, key = '', operator, list = ''] = set
    const values = list.split(',').map((value) => value.trim())
    return operator === 'in'
      ? (labels) => labels[key] !== undefined && values.includes(String(labels[key]))
      : (labels) => labels[key] === undefined || !values.includes(String(labels[key]))
  }
  const equality = EQUALITY.exec(text)
  if (equality !== null) {
    const [, key = '', operator, value] = equality
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value
  }
  const existence = EXISTENCE.exec(text)
  if (existence !== null) {
    const [, not, key = ''] = existence
    return not === '!' ? (labels) => labels[key] === undefined : (labels) => labels[key] !== undefined
  }
  throw badRequest(`unable to parse requirement: found '${text.trim()}', expected: a label selector requirement`)
}

function splitOutsideBrackets(text: string): string[] {
  const parts = text.split(/,(?![^()]*\))/)
  return parts.length === 1 && parts[0]?.trim() === '' ? [] : parts
}

/**
 * Whether an object's fields match: comparisons of metadata.name, metadata.namespace and `fields`. Throws ApiError 400 for
 * any other field.
 */
export function parseFieldSelector(text: string, fields: readonly string[]): Selector {
  const terms = text
    .split(',')
    .filter((term) => term.trim() !== '')
    .map((term) => {
      const [, field = '', operator, value = ''] = /^\s*([^=!]+?)\s*(==|=|!=)\s*(.*?)\s*$/.exec(term) ?? []
      if (operator === undefined) throw badRequest(`invalid field selector: '${term}'; can't understand '${term}'`)
      if (field !== 'metadata.name' && field !== 'metadata.namespace' && !fields.includes(field)) {
        throw badRequest(`field label not supported: ${field}`)
      }
      const path = field.split('.')
      return (object: JsonObject) => (String(at(object, ...path) ?? '') === value) === (operator !== '!=')
    })
  return (object) => terms.every((matches) => matches(object))
}

/** A LabelSelector object as text for a query: what /scale shows. */
export function labelSelectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector
  const labels = Object.entries(objectAt(selector, 'matchLabels')).map(([key, value]) => `${key}=${value}`)
  const expressions = at(selector, 'matchExpressions')
  const sets = (Array.isArray(expressions) ? expressions : []).map((expression) => {
    const key = String(at(expression, 'key'))
    const values = at(expression, 'values')
    const list = `(${(Array.isArray(values) ? values : []).join(',')})`
    switch (at(expression, 'operator')) {
      case 'In':
        return `${key} in ${list}`
      case 'NotIn':
        return `${key} notin ${list}`
      case 'DoesNotExist':
        return `!${key}`
      default:
        return key
    }
  })
  return [...labels, ...sets].sort().join(',')
}
