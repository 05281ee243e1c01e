// A schema document without schemas: with it kubectl apply goes on, and leaves validation to the server.
import type { JsonObject } from './json.ts'

export const OPEN_API: JsonObject = {
  swagger: '2.0',
  info: { title: 'Evenkeel sandbox', version: 'v1.20.2' },
  paths: {},
}

/** Without the "@" of older servers, which clients can't parse as a media type. */
export const OPEN_API_PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** Whether a client that accepts this wants the document as protobuf. */
export function wantsProtobuf(accept: string | undefined): boolean {
  return accept?.includes('proto-openapi.spec.v2') ?? false
}

/** A Document of openapi.v2 whose only field, the first, says "2.0". */
export const OPEN_API_PROTOBUF = Buffer.concat([Buffer.from([0x0a, 3]), Buffer.from('2.0')])
