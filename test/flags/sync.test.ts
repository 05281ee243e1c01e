// flagd.sync.v1.FlagSyncService, spoken to as its clients do: over gRPC, with messages in protocol buffers.
import { Client, type ClientReadableStream, credentials, Metadata, status } from '@grpc/grpc-js'
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { decodeRequest, encodeConfiguration } from '../../flags/flagd/messages.ts'
import { FLAG_SYNC_SERVICE } from '../../flags/flagd/service.ts'
import { type Served, useFlagRig } from './rig.ts'

const rig = useFlagRig()
const soon = { timeout: 5_000, interval: 10 }
const clients: Client[] = []

beforeAll(async () => {
  await rig.feature('reviews')
})
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

interface Asked {
  readonly header?: string
  readonly selector?: string
  readonly token?: string
}

function connect(served: Served): Client {
  const client = new Client(`127.0.0.1:${served.flagdPort}`, credentials.createInsecure(), {
    'grpc.keepalive_time_ms': 30_000,
  })
  clients.push(client)
  return client
}

function metadataOf({ header, token }: Asked): Metadata {
  const metadata = new Metadata()
  if (header !== undefined) metadata.set('flagd-selector', header)
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  return metadata
}

/** A request as a client encodes it: provider_id, selector. */
function requestOf({ selector = '' }: Asked): Buffer {
  const field = (number: number, text: string) =>
    text === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.from([number * 8 + 2, text.length]), Buffer.from(text)])
  return Buffer.concat([field(1, 'a-service'), field(2, selector)])
}

/** The flag_configuration of a response, and nothing else in it. */
function configurationOf(message: Buffer): { flags: Record<string, { defaultVariant: string }>; metadata: object } {
  let [length, offset, factor] = [0, 1, 1]
  for (; ; factor *= 128) {
    const byte = message[offset++] ?? 0
    length += (byte & 0x7f) * factor
    if (byte < 0x80) break
  }
  expect([message[0], message.length]).toEqual([0x0a, offset + length])
  return JSON.parse(message.subarray(offset).toString('utf8'))
}

const bytes = (buffer: Buffer) => buffer

function fetchAll(served: Served, asked: Asked): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { path } = FLAG_SYNC_SERVICE.FetchAllFlags
    connect(served).makeUnaryRequest(path, bytes, bytes, requestOf(asked), metadataOf(asked), (error, answer) => {
      if (error === null && answer !== undefined) resolve(answer)
      else reject(error ?? new Error('no answer'))
    })
  })
}

function sync(served: Served, asked: Asked) {
  const { path } = FLAG_SYNC_SERVICE.SyncFlags
  const call: ClientReadableStream<Buffer> = connect(served).makeServerStreamRequest(
    path,
    bytes,
    bytes,
    requestOf(asked),
    metadataOf(asked),
  )
  const variants: (string | undefined)[] = []
  let refusal: { code: number; details: string } | undefined
  call.on('data', (message: Buffer) => variants.push(configurationOf(message).flags.reviews?.defaultVariant))
  call.on('error', ({ code, details }: { code: number; details: string }) => {
    refusal = { code, details }
  })
  return { call, variants, refusal: () => refusal }
}

describe('the namespace is told by', () => {
  it.each<[string, Asked]>([
    ['the header', { header: 'flagSetId=shop' }],
    ['the header with only its name', { header: 'shop' }],
    ['the header among other terms', { header: 'source=evenkeel, flagSetId=shop' }],
    ['the selector of the request', { selector: 'flagSetId=shop' }],
    ['the header rather than the request', { header: 'flagSetId=shop', selector: 'flagSetId=bank' }],
  ])('%s', async (_, asked) => {
    const { flags, metadata } = configurationOf(await fetchAll(await rig.serve(), asked))
    expect([Object.keys(flags), metadata]).toEqual([['reviews'], { flagSetId: 'shop' }])
  })

  it('nothing at all where the controller watches one', async () => {
    const served = await rig.serve({ namespace: 'shop' })
    expect(Object.keys(configurationOf(await fetchAll(served, {})).flags)).toEqual(['reviews'])
  })
})

describe('it is refused', () => {
  it.each<[string, Parameters<typeof rig.serve>[0], Asked, status]>([
    ['without a namespace', {}, {}, status.INVALID_ARGUMENT],
    ['with what is no namespace', {}, { header: 'flagSetId=A B' }, status.INVALID_ARGUMENT],
    ['for a namespace that is not watched', { namespace: 'bank' }, { header: 'shop' }, status.PERMISSION_DENIED],
    ['before the first list', { isBlind: true }, { header: 'shop' }, status.UNAVAILABLE],
    ['past the number of streams', { mostStreams: 0 }, { header: 'shop' }, status.RESOURCE_EXHAUSTED],
  ])('%s', async (_, options, asked, code) => {
    const stream = sync(await rig.serve(options), asked)
    await vi.waitFor(() => expect(stream.refusal()).toMatchObject({ code }), soon)
    expect(stream.variants).toEqual([])
  })

  it('without a token, where tokens are asked for', async () => {
    const served = await rig.serve({ tokenFile: rig.file('tokens', 'one\n') })
    const header = 'flagSetId=shop'
    await expect(fetchAll(served, { header })).rejects.toMatchObject({ code: status.UNAUTHENTICATED })
    await expect(fetchAll(served, { header, token: 'two' })).rejects.toMatchObject({ code: status.UNAUTHENTICATED })
    expect(Object.keys(configurationOf(await fetchAll(served, { header, token: 'one' })).flags)).toEqual(['reviews'])
  })
})

describe('a stream', () => {
  it('begins with the whole set, and brings the whole set at each change', async () => {
    const served = await rig.serve()
    const stream = sync(served, { header: 'flagSetId=shop' })
    await vi.waitFor(() => expect(stream.variants).toEqual(['normal']), soon)
    expect(served.subscribers()).toEqual({ ofrep: 0, flagd: 1 })
    await rig.demand('reviews', 'checkout')
    await vi.waitFor(() => expect(stream.variants).toEqual(['normal', 'degraded']), soon)
    await rig.release('reviews', 'checkout')
    await vi.waitFor(() => expect(stream.variants).toEqual(['normal', 'degraded', 'normal']), soon)
    stream.call.cancel()
    await vi.waitFor(() => expect(served.subscribers().flagd).toBe(0), soon)
  })

  it('that nobody reads holds one set and no more, and has the newest when it is read again', async () => {
    const served = await rig.serve()
    // Too long for the window of one stream, so that each write waits for the reader.
    const reason = 'r'.repeat(1000)
    const names = Array.from({ length: 80 }, (_, index) => `many-${index}`)
    for (const name of names) await rig.feature(name, { description: reason, normal: reason, degraded: '' })
    const stuck = sync(served, { header: 'flagSetId=shop' })
    const quick = sync(served, { header: 'flagSetId=shop' })
    await vi.waitFor(() => expect(quick.variants.length).toBeGreaterThan(0), soon)
    stuck.call.pause()
    const before = { stuck: stuck.variants.length, quick: quick.variants.length }
    const rounds = 20
    for (let round = 0; round < rounds; round++) {
      const seen = quick.variants.length
      await rig.patchFeature('many-0', { normal: `round ${round}` })
      await vi.waitFor(() => expect(quick.variants.length).toBeGreaterThan(seen), soon)
    }
    await rig.demand('reviews', 'checkout')
    await vi.waitFor(() => expect(quick.variants.at(-1)).toBe('degraded'), soon)
    expect(stuck.variants.length).toBeLessThanOrEqual(before.stuck + 1)
    stuck.call.resume()
    await vi.waitFor(() => expect(stuck.variants.at(-1)).toBe('degraded'), soon)
    // A few were in the windows and buffers on the way; the others were never written.
    expect(stuck.variants.length - before.stuck).toBeLessThan(quick.variants.length - before.quick)
    await rig.release('reviews', 'checkout')
    for (const call of [stuck.call, quick.call]) call.cancel()
  })

  it('ends with UNAVAILABLE when the replica stops, so that the reader goes to another', async () => {
    const served = await rig.serve()
    const stream = sync(served, { header: 'flagSetId=shop' })
    await vi.waitFor(() => expect(stream.variants).toEqual(['normal']), soon)
    await served.close()
    await vi.waitFor(() => expect(stream.refusal()).toMatchObject({ code: status.UNAVAILABLE }), soon)
  })
})

describe('the messages', () => {
  it('are those of the schema: field numbers and types', () => {
    // As protoc encodes SyncFlagsRequest { provider_id: "a", selector: "flagSetId=é" } with a field 9 that nobody knows.
    const encoded = Buffer.from(`0a0161120c${Buffer.from('flagSetId=é').toString('hex')}480f`, 'hex')
    expect(decodeRequest(encoded)).toEqual({ providerId: 'a', selector: 'flagSetId=é' })
    expect(decodeRequest(Buffer.alloc(0))).toEqual({ providerId: '', selector: '' })
    expect(() => decodeRequest(Buffer.from([0x0a, 5, 1]))).toThrow(RangeError)
    expect(() => decodeRequest(Buffer.from([0xff]))).toThrow(RangeError)
  })

  it('carry any text of any length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40_000 }), (text) => {
        const length = Buffer.byteLength(text)
        const message = encodeConfiguration(text)
        expect(message.subarray(message.length - length).toString('utf8')).toBe(Buffer.from(text).toString('utf8'))
        const asRequest = decodeRequest(message)
        expect(asRequest.providerId).toBe(Buffer.from(text).toString('utf8'))
      }),
    )
  })

  it('are read to their end or refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (array) => {
        try {
          expect(decodeRequest(Buffer.from(array))).toEqual({
            providerId: expect.any(String),
            selector: expect.any(String),
          })
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})
