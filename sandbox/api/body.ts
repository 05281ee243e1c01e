// The body of a request: no more than the server takes, as JSON or YAML.
import type { IncomingMessage } from 'node:http'
import { parse } from 'yaml'
import { badRequest, tooLarge, unsupportedMediaType } from './status.ts'

const LIMIT_BYTES = 3 * 1024 * 1024
const YAML = /^application\/(?:yaml|x-yaml|apply-patch\+yaml)$/
const JSON_TYPES = /^(?:application\/(?:json|(?:json-patch|merge-patch|strategic-merge-patch)\+json)|text\/json|)$/

/** Parsed; undefined when there is none. Throws ApiError: 400, 413, 415. */
export async function readBody(request: IncomingMessage, contentType: string): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    // What is too much is still read to its end, so that the client gets to see the answer.
    if (bytes <= LIMIT_BYTES) chunks.push(chunk)
    else if (bytes > 10 * LIMIT_BYTES) break
  }
  if (bytes > LIMIT_BYTES) throw tooLarge(LIMIT_BYTES)
  if (bytes === 0) return undefined
  const isYaml = YAML.test(contentType)
  if (!isYaml && !JSON_TYPES.test(contentType)) {
    throw unsupportedMediaType(contentType, ['application/json', 'application/yaml'])
  }
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return isYaml ? parse(text, { maxAliasCount: 100 }) : JSON.parse(text)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw badRequest(`the body of the request can't be read: ${said}`, { cause: error })
  }
}
