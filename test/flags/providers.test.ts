// The providers of OpenFeature as they come from their registry, reading our flags: no code of ours is in the service.
import { FlagdProvider } from '@openfeature/flagd-provider'
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OpenFeature, type Provider, ProviderStatus } from '@openfeature/server-sdk'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Served, useFlagRig } from './rig.ts'

const rig = useFlagRig()
const soon = { timeout: 10_000, interval: 10 }

beforeAll(async () => {
  await rig.feature('reviews')
  await rig.feature('page-size', { normal: 50, degraded: 10 })
  await rig.feature('ranking', { normal: 'learned', degraded: 'by-price' })
  await rig.feature('elsewhere', {}, 'default')
  const circuit = { state: 'Open', mode: 'Auto', judged: 'Open', trips: 1, inARow: 1, causes: ['cpu'] }
  const since = '2026-01-01T00:00:00Z'
  await rig.guard('checkout', { circuit: { ...circuit, since, letThrough: 0, reason: 'CPU is 95 %' } })
})
afterEach(() => OpenFeature.close())

const PROVIDERS: readonly (readonly [string, (served: Served) => Provider])[] = [
  [
    'flagd-provider, in-process',
    ({ flagdPort }) =>
      new FlagdProvider({
        host: '127.0.0.1',
        port: flagdPort,
        resolverType: 'in-process',
        selector: 'flagSetId=shop',
        deadlineMs: 5_000,
        retryBackoffMs: 100,
        retryBackoffMaxMs: 200,
      }),
  ],
  ['ofrep-provider', ({ baseUrl }) => new OFREPProvider({ baseUrl })],
]

async function clientOf(provider: Provider) {
  await OpenFeature.setProviderAndWait(provider)
  return OpenFeature.getClient()
}

describe.each(PROVIDERS)('the stock %s', (_, provider) => {
  it('reads true or false, numbers and text, and the circuits of Guards', async () => {
    const client = await clientOf(provider(await rig.serve()))
    expect(await client.getBooleanValue('reviews', false)).toBe(true)
    expect(await client.getNumberValue('page-size', 1)).toBe(50)
    expect(await client.getStringValue('ranking', '')).toBe('learned')
    expect(await client.getStringValue('circuit.checkout', 'closed')).toBe('open')
    expect(await client.getNumberValue('circuit.checkout.share', 1)).toBe(0)
  })

  it('is told since when, by whom and why', async () => {
    const client = await clientOf(provider(await rig.serve()))
    await rig.demand('reviews', 'checkout', 'p99 is 600 ms')
    await vi.waitFor(async () => expect(await client.getBooleanValue('reviews', true)).toBe(false), soon)
    expect(await client.getBooleanDetails('reviews', true)).toMatchObject({
      value: false,
      variant: 'degraded',
      reason: 'STATIC',
      flagMetadata: {
        state: 'Degraded',
        by: 'checkout',
        reason: 'checkout: p99 is 600 ms',
        since: expect.stringMatching(/^20\d\d-/),
        tier: 'Sheddable',
      },
    })
    await rig.release('reviews', 'checkout')
    await vi.waitFor(async () => expect(await client.getBooleanValue('reviews', false)).toBe(true), soon)
  })

  it('follows the will of a person, and the end of it', async () => {
    const client = await clientOf(provider(await rig.serve()))
    const until = new Date(Date.now() + 1_500).toISOString()
    await rig.patchFeature('ranking', { override: { value: 'off', until, reason: 'a sale', by: 'alice' } })
    await vi.waitFor(async () => expect(await client.getStringValue('ranking', '')).toBe('off'), soon)
    expect(await client.getStringDetails('ranking', '')).toMatchObject({
      variant: 'override',
      flagMetadata: { state: 'Overridden', by: 'alice', reason: 'a sale', until },
    })
    // Nobody writes anything when it ends.
    await vi.waitFor(async () => expect(await client.getStringValue('ranking', '')).toBe('learned'), soon)
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until))
  })

  it('gives the default in the code for a flag that is not there, of another namespace, or of another type', async () => {
    const client = await clientOf(provider(await rig.serve()))
    expect(await client.getBooleanDetails('nope', true)).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' })
    expect(await client.getBooleanDetails('elsewhere', false)).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' })
    expect(await client.getNumberDetails('reviews', 7)).toMatchObject({ value: 7, errorCode: 'TYPE_MISMATCH' })
  })
})

describe('the in-process provider', () => {
  const [, inProcess] = PROVIDERS[0] ?? []
  if (inProcess === undefined) throw new Error('there is no in-process provider')

  it('keeps what it has when we are gone, and follows our successor', async () => {
    const first = await rig.serve()
    const client = await clientOf(inProcess(first))
    await rig.demand('reviews', 'checkout')
    await vi.waitFor(async () => expect(await client.getBooleanValue('reviews', true)).toBe(false), soon)
    await first.close()
    expect(await client.getBooleanValue('reviews', true)).toBe(false)
    await vi.waitFor(() => expect(client.providerStatus).not.toBe(ProviderStatus.READY), soon)
    expect(await client.getBooleanValue('reviews', true)).toBe(false)
    await rig.release('reviews', 'checkout')
    expect(await client.getBooleanValue('reviews', true)).toBe(false)
  })

  it('is not ready while we have nothing to tell, and has no flag switched by it', async () => {
    const served = await rig.serve({ isBlind: true })
    await expect(clientOf(inProcess(served))).rejects.toThrow()
    const client = OpenFeature.getClient()
    expect(await client.getBooleanDetails('reviews', false)).toMatchObject({
      value: false,
      errorCode: expect.any(String),
    })
    // It has gone on trying.
    await served.begin()
    await vi.waitFor(async () => expect(await client.getBooleanValue('reviews', false)).toBe(true), soon)
  })
})
