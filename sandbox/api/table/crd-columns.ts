// The columns that a CRD declares in additionalPrinterColumns.
import { at, numberAt, textAt } from '../json.ts'
import { ageOf } from './age.ts'
import { NAME } from './cells.ts'
import type { Column } from './column.ts'
import { compilePath } from './json-path.ts'

const TYPES = ['string', 'integer', 'number', 'boolean', 'date'] as const

/** Undefined when none is declared: NAME and AGE are shown. */
export function crdColumns(declared: readonly unknown[]): readonly Column[] | undefined {
  if (declared.length === 0) return undefined
  const columns: Column[] = declared.map((one) => {
    const type = TYPES.find((known) => known === at(one, 'type')) ?? 'string'
    const find = compilePath(textAt(one, 'jsonPath') ?? '')
    return {
      name: textAt(one, 'name') ?? '',
      type,
      priority: numberAt(one, 'priority') ?? 0,
      description: textAt(one, 'description') ?? '',
      format: textAt(one, 'format') ?? '',
      cell(object, now) {
        const [value] = find(object)
        if (value === undefined || value === null) return null
        if (type === 'date') return typeof value === 'string' ? ageOf(value, now) : null
        if (type === 'string') return typeof value === 'string' ? value : JSON.stringify(value)
        return value
      },
    }
  })
  return [NAME, ...columns]
}
