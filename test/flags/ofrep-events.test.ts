// OFREP's stream of changes: what it says, to whom, and when it ends.
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { ask, BULK, eventsUri } from './ask.ts'
import { type Served, useFlagRig } from './rig.ts'

const rig = useFlagRig()
const soon = { timeout: 5_000, interval: 10 }

beforeAll(async () => {
  await rig.feature('reviews')
  await rig.feature('page-size', { normal: 50, degraded: 10 })
})

describe('the stream of changes', () => {
  it('says at once what the state is, and then each change, so that nothing is missed', async () => {
    const served = await rig.serve()
    const first = await ask(served, BULK)
    const stream = await openStream(served, eventsUri(first.json))
    expect([stream.status, stream.type]).toEqual([200, 'text/event-stream'])
    const etag = first.headers.get('etag')
    await vi.waitFor(() => expect(stream.events()).toHaveLength(1), soon)
    expect(stream.events()[0]).toEqual({
      event: 'message',
      id: etag,
      data: { type: 'refetchEvaluation', etag, lastModified: expect.any(Number) },
    })
    expect(served.subscribers()).toEqual({ ofrep: 1, flagd: 0 })

    await rig.demand('reviews', 'checkout')
    await vi.waitFor(() => expect(stream.events()).toHaveLength(2), soon)
    const told = String(stream.events()[1]?.id)
    const again = await ask(served, `${BULK}?flagConfigEtag=${encodeURIComponent(told)}`, {
      headers: { 'if-none-match': etag ?? '' },
    })
    expect([again.status, again.headers.get('etag')]).toEqual([200, told])
    await rig.release('reviews', 'checkout')
    stream.close()
    await vi.waitFor(() => expect(served.subscribers().ofrep).toBe(0), soon)
  })

  it('repeats nothing to a reader that comes back and has missed nothing', async () => {
    const served = await rig.serve()
    const first = await ask(served, BULK)
    const id = first.headers.get('etag') ?? ''
    const stream = await openStream(served, eventsUri(first.json), { 'last-event-id': id })
    await vi.waitFor(() => expect(stream.text()).toMatch(/^: /), soon)
    expect(stream.events()).toEqual([])
    stream.close()
  })

  it('429 with Retry-After past the number of streams that it may hold', async () => {
    const served = await rig.serve({ mostStreams: 1 })
    const uri = eventsUri((await ask(served, BULK)).json)
    const stream = await openStream(served, uri)
    const refused = await fetch(`${new URL(served.baseUrl).origin}${uri}`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10'])
    stream.close()
  })

  it('ends when the replica stops, so that the reader goes to another', async () => {
    const served = await rig.serve()
    const stream = await openStream(served, eventsUri((await ask(served, BULK)).json))
    await served.close()
    await stream.ended
  })

  it('a flood of changes reaches the reader as few, the last of them included', async () => {
    const served = await rig.serve()
    const stream = await openStream(served, eventsUri((await ask(served, BULK)).json))
    for (let size = 1; size <= 40; size++) await rig.patchFeature('page-size', { normal: 100 + size })
    await vi.waitFor(async () => {
      expect((await ask(served, `${BULK}/page-size`)).json).toMatchObject({ value: 140 })
      expect(stream.events().at(-1)?.id).toBe((await ask(served, BULK)).headers.get('etag'))
    }, soon)
    expect(stream.events().length).toBeLessThan(40)
    stream.close()
  })
})

async function openStream(served: Served, uri: string, headers: Record<string, string> = {}) {
  const aborter = new AbortController()
  const response = await fetch(`${new URL(served.baseUrl).origin}${uri}`, { headers, signal: aborter.signal })
  let text = ''
  const ended = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
  })().catch((error: unknown) => {
    if (!aborter.signal.aborted) throw error
  })
  await sleep(0)
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    ended,
    text: () => text,
    events: () =>
      text
        .split('\n\n')
        .filter((block) => block.startsWith('event: '))
        .map((block) => {
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
          return { event: field('event'), id: field('id'), data: JSON.parse(field('data') ?? 'null') as unknown }
        }),
    close: () => aborter.abort(),
  }
}
