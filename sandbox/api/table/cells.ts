// What the columns of several kinds have in common.
import { at, type JsonObject, listAt, numberAt, objectAt, textAt } from '../json.ts'
import { ageOf } from './age.ts'
import type { Column } from './column.ts'

/** Shown with -o wide only. */
export const WIDE = 1

export const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  cell: (object) => textAt(object, 'metadata', 'name'),
}
export const AGE: Column = {
  name: 'Age',
  type: 'string',
  cell: (object, now) => ageOf(textAt(object, 'metadata', 'creationTimestamp'), now),
}
export const CREATED_AT: Column = {
  name: 'Created At',
  type: 'date',
  cell: (object) => textAt(object, 'metadata', 'creationTimestamp'),
}

export function column(
  name: string,
  type: Column['type'],
  cell: (object: JsonObject, now: number) => unknown,
  priority = 0,
): Column {
  return { name, type, priority, cell }
}

/** A text at a path, and "<none>" when there is none. */
export function text(name: string, path: string, priority = 0): Column {
  return column(name, 'string', (object) => textAt(object, ...path.split('.')) || '<none>', priority)
}

/** A number at a path, and 0 when there is none. */
export function count(name: string, path: string): Column {
  return column(name, 'integer', (object) => numberAt(object, ...path.split('.')) ?? 0)
}

/** How many fields there are at the paths. */
export function size(name: string, ...fields: readonly string[]): Column {
  return column(name, 'string', (object) => {
    const sizes = fields.map((field) => {
      const value = at(object, field)
      return Array.isArray(value) ? value.length : Object.keys(objectAt(object, field)).length
    })
    return sum(sizes)
  })
}

/** What is said of each item of the list at a path, joined; "<none>" when it is empty. */
export function joined(list: readonly unknown[], say: (item: unknown) => string | undefined): string {
  const said = list.map(say).filter((one) => one !== undefined && one !== '')
  return said.length === 0 ? '<none>' : said.join(',')
}

/** "a=1,b=2", and "<none>" without labels. */
export function labelsText(labels: JsonObject): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`)
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',')
}

/** The columns about the containers of a pod template. */
export function containerColumns(path: string): readonly Column[] {
  const say = (field: string) => (object: JsonObject) =>
    joined(listAt(object, ...path.split('.')), (container) => textAt(container, field))
  return [column('Containers', 'string', say('name'), WIDE), column('Images', 'string', say('image'), WIDE)]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
