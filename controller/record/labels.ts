// Label values: at most 63 characters, so that a long name is cut and told apart by its hash.
import { createHash } from 'node:crypto'

export function labelValue(name: string): string {
  if (name.length <= 63) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 10)
  return `${name.slice(0, 52)}-${hash}`
}
