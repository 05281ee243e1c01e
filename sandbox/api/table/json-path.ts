// The part of JSONPath that printer columns use: fields, list indexes, [*] and [?(@.field=="value")].
import { at, isObject } from '../json.ts'

export type Find = (value: unknown) => readonly unknown[]

const STEP = /\.?((?:\\.|[^.[\]\\])+)|\[(\d+|\*)\]|\['([^']+)'\]|\[\?\(\s*@\.([\w.]+)\s*==\s*["']([^"']*)["']\s*\)\]/y

/** All values that the path leads to. Throws SyntaxError for a path that it does not know. */
export function compilePath(path: string): Find {
  const steps: Find[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < path.length) {
    const from = STEP.lastIndex
    const match = STEP.exec(path)
    if (match === null || STEP.lastIndex === from)
      throw new SyntaxError(`the JSONPath "${path}" can't be read at ${from}`)
    const [, field, index, quoted, filterPath, wanted] = match
    const name = quoted ?? field?.replaceAll('\\', '')
    if (name !== undefined) steps.push((value) => [at(value, name)])
    else if (index === '*')
      steps.push((value) => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []))
    else if (index !== undefined) steps.push((value) => (Array.isArray(value) ? [value[Number(index)]] : []))
    else if (filterPath !== undefined) {
      const inside = filterPath.split('.')
      steps.push((value) =>
        Array.isArray(value) ? value.filter((item) => String(at(item, ...inside)) === wanted) : [],
      )
    }
  }
  return (value) =>
    steps.reduce<readonly unknown[]>((found, step) => found.flatMap(step), [value]).filter((one) => one !== undefined)
}
