// Names and hashes as Kubernetes makes them: no vowels, so that no word arises.
import { createHash, randomInt } from 'node:crypto'

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX_LENGTH = 5
const HASH_LENGTH = 10
const LONGEST_NAME = 63

/** NAME-xxxxx; a long NAME is cut, so that it can be a hostname. */
export function randomName(base: string): string {
  const suffix = Array.from({ length: SUFFIX_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return `${base.slice(0, LONGEST_NAME - SUFFIX_LENGTH - 1)}-${suffix}`
}

/** The same for equal values, whatever the order of their fields. */
export function hashOf(value: unknown): string {
  const digest = createHash('sha256').update(canonical(value)).digest()
  return [...digest.subarray(0, HASH_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  )
}
