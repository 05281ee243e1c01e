// How Secrets are read: by name alone, seldom, anew when they are refused, and with clear words when they can't be.
import { describe, expect, it } from 'vitest'
import { createCredentialSource } from '../../../controller/observe/prometheus/credentials.ts'
import { sendJson, statusObject } from '../../kube/api-double.ts'
import { useRig } from '../../kube/rig.ts'
import { manualClock } from '../../runtime/manual-clock.ts'
import { aSecret } from './a-secret.ts'

const rig = useRig()
const REF = { namespace: 'shop', name: 'prom' }
const URL = 'https://prom:9090'
const serve = (token: string) =>
  rig.api.answer((_request, response) => sendJson(response, 200, aSecret(URL, { token })))
const refuse = (status: number, reason: string) =>
  rig.api.answer((_request, response) => sendJson(response, status, statusObject(status, reason, 'no')))

async function source() {
  const clock = manualClock()
  const client = await rig.connect()
  return { clock, source: createCredentialSource({ client, clock }) }
}

describe('a Secret', () => {
  it('is read by name, once for all who ask within a minute', async () => {
    serve('one')
    const { clock, source: credentials } = await source()
    const found = await Promise.all([credentials.find(REF, URL), credentials.find(REF, URL)])
    expect(found).toMatchObject([{ authorization: 'Bearer one' }, { authorization: 'Bearer one' }])
    await clock.advance(59_000)
    await credentials.find(REF, URL)
    expect(rig.api.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v1/namespaces/shop/secrets/prom',
    ])
    expect([...(rig.api.requests[0]?.query ?? [])]).toEqual([])
    serve('two')
    await clock.advance(2_000)
    expect(await credentials.find(REF, URL)).toMatchObject({ authorization: 'Bearer two' })
  })

  it('is judged for each server, though it is read once', async () => {
    serve('one')
    const { source: credentials } = await source()
    expect(await credentials.find(REF, URL)).toMatchObject({ kind: 'ok' })
    expect(await credentials.find(REF, 'https://evil:9090')).toMatchObject({ kind: 'refused' })
    expect(rig.api.requests).toHaveLength(1)
  })

  it('that a server refuses is read anew, but not again and again', async () => {
    serve('old')
    const { clock, source: credentials } = await source()
    const used = await credentials.find(REF, URL)
    await clock.advance(15_000)
    serve('new')
    expect(await credentials.renew(REF, URL, used)).toMatchObject({ authorization: 'Bearer new' })
    // Another question that had the old one learns of the new one without a read.
    const renewed = await credentials.renew(REF, URL, used)
    for (let count = 0; count < 5; count++) expect(await credentials.renew(REF, URL, renewed)).toEqual(renewed)
    expect(rig.api.requests).toHaveLength(2)
  })

  it.each([
    [404, 'NotFound', /^Secret shop\/prom does not exist: create it in the Guard's namespace$/],
    [403, 'Forbidden', /^Secret shop\/prom may not be read: grant get on it to Evenkeel, as in deploy\/examples/],
    [500, 'InternalError', /^Secret shop\/prom can't be read from the API server \(HTTP 500 InternalError\)$/],
  ])('that the API server answers with %i is asked for again after ten seconds', async (status, reason, why) => {
    refuse(status, reason)
    const { clock, source: credentials } = await source()
    expect(await credentials.find(REF, URL)).toEqual({ kind: 'refused', why: expect.stringMatching(why) })
    await clock.advance(5_000)
    await credentials.find(REF, URL)
    expect(rig.api.requests).toHaveLength(1)
    serve('there')
    await clock.advance(6_000)
    expect(await credentials.find(REF, URL)).toMatchObject({ authorization: 'Bearer there' })
  })

  it('goes on to count while the API server fails, and not once it is gone or forbidden', async () => {
    serve('one')
    const { clock, source: credentials } = await source()
    await credentials.find(REF, URL)
    refuse(503, 'ServiceUnavailable')
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(61_000)
      expect(await credentials.find(REF, URL)).toMatchObject({ authorization: 'Bearer one' })
    }
    refuse(403, 'Forbidden')
    await clock.advance(61_000)
    expect(await credentials.find(REF, URL)).toMatchObject({ kind: 'refused' })
  })

  it('is never quoted, though the answer breaks off in the middle of it', async () => {
    const token = Buffer.from('hush-hush').toString('base64')
    rig.api.answer((_request, response) => void response.end(`{"data":{"token":"${token}`))
    const { source: credentials } = await source()
    const found = await credentials.find(REF, URL)
    expect(found).toMatchObject({ kind: 'refused', why: expect.stringMatching(/can't be read from the API server/) })
    expect(JSON.stringify(found)).not.toContain(token.slice(0, 4))
  })
})
