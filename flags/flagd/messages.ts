// The messages of flagd.sync.v1 as protocol buffers: two text fields are all that is ever sent.
// https://github.com/open-feature/flagd-schemas/blob/main/protobuf/flagd/sync/v1/sync.proto

/** SyncFlagsRequest and FetchAllFlagsRequest. */
export interface SyncRequest {
  readonly providerId: string
  readonly selector: string
}

const LENGTH_DELIMITED = 2
const FIRST_FIELD = (1 << 3) | LENGTH_DELIMITED

/** SyncFlagsResponse and FetchAllFlagsResponse: `flag_configuration = 1`. */
export function encodeConfiguration(configuration: string): Buffer {
  const text = Buffer.from(configuration, 'utf8')
  const head = [FIRST_FIELD]
  let length = text.length
  for (; length > 0x7f; length >>>= 7) head.push((length & 0x7f) | 0x80)
  head.push(length)
  return Buffer.concat([Buffer.from(head), text])
}

/** `provider_id = 1`, `selector = 2`; fields that are not known are passed over. Throws RangeError for what is no message. */
export function decodeRequest(bytes: Buffer): SyncRequest {
  const fields: Record<number, string> = {}
  let offset = 0

  function varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[offset++]
      if (byte === undefined || factor > 2 ** 63) throw new RangeError('a number without end')
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }

  function take(length: number): Buffer {
    if (offset + length > bytes.length) throw new RangeError(`a field of ${length} bytes, of which some are missing`)
    offset += length
    return bytes.subarray(offset - length, offset)
  }

  while (offset < bytes.length) {
    const tag = varint()
    switch (tag % 8) {
      case 0:
        varint()
        break
      case 1:
        take(8)
        break
      case LENGTH_DELIMITED:
        fields[Math.floor(tag / 8)] = take(varint()).toString('utf8')
        break
      case 5:
        take(4)
        break
      default:
        throw new RangeError(`a field of the unknown type ${tag % 8}`)
    }
  }
  return { providerId: fields[1] ?? '', selector: fields[2] ?? '' }
}
