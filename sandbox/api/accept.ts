// In which form a client wants objects: as they are, as a table, or their metadata only.
import { notAcceptable } from './status.ts'

export type Form = 'plain' | 'table' | 'metadata'

/** The first of the client's wishes that we can fulfil. Throws ApiError 406. */
export function formOf(accept: string | undefined): Form {
  if (accept === undefined || accept.trim() === '') return 'plain'
  for (const wish of accept.split(',')) {
    const [type = '', ...parameters] = wish.split(';').map((part) => part.trim())
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue
    const named = Object.fromEntries(parameters.map((parameter) => parameter.split('=', 2)))
    if (named.as === undefined) return 'plain'
    if (named.g !== 'meta.k8s.io' || named.v !== 'v1') continue
    if (named.as === 'Table') return 'table'
    if (named.as.startsWith('PartialObjectMetadata')) return 'metadata'
  }
  throw notAcceptable()
}
