// The sandbox's shop on the real control plane: a slow database, what is shed for it, what that does, and how it comes back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isObject, listAt, textAt } from '../../controller/kube/json.ts'
import { getObject, listObjects, mergePatch } from '../../controller/kube/objects.ts'
import { FEATURES, GUARDS, INCIDENTS } from '../../controller/kube/resource-type.ts'
import type { ShopObject } from '../../sandbox/shop/manifests.ts'
import { conditionOf, statusOf, until } from './support/product.ts'
import { NAMESPACE, type Shop, startShop } from './support/shop.ts'

const GUARD = { namespace: NAMESPACE, name: 'checkout' }
/** In the order in which they are shed. */
const PARTS = ['reviews', 'recommendations'] as const
/** How long the fault is only looked at. */
const OBSERVED_MS = 4_000

let shop: Shop
const began = performance.now()
const passed: string[] = []
const pass = (what: string) => passed.push(`${what} at ${((performance.now() - began) / 1_000).toFixed(1)} s`)

beforeAll(async () => {
  shop = await startShop(quickly)
  pass('served')
  await until('the Guard is healthy', async () => conditionOf(await status(), 'Healthy')?.status === 'True')
  await until('every Feature has its first state', async () => (await states()).every((state) => state === 'Normal'))
  await until('pages are whole', async () => (await pages()).every(({ leftOut }) => leftOut.length === 0))
  pass('calm')
})
afterAll(async () => {
  console.log(passed.join(', '))
  await shop?.stop()
})

/**
 * Checkout's Guard lets go sooner, and each tier is a step of its own: the first has a moment to show its effect, the
 * second the time that the window needs.
 */
function quickly(object: ShopObject): ShopObject {
  const { limits, remedies } = object.spec
  if (object.kind !== 'Guard' || object.metadata.name !== GUARD.name) return object
  if (!isObject(limits) || !Array.isArray(remedies)) throw new Error('the Guard of checkout has no limits or remedies')
  const steps = [
    { degrade: { tiers: ['Sheddable'], effectWithin: '1s', cooldown: '1s' } },
    { degrade: { tiers: ['SheddablePlus'], effectWithin: '10s', cooldown: '1s' } },
  ]
  return {
    ...object,
    spec: {
      ...object.spec,
      limits: { ...limits, window: '4s', release: { below: '80%', for: '4s' } },
      remedies: [...steps, ...remedies.filter((one) => !('degrade' in one))],
    },
  }
}

const status = () => statusOf(shop.admin, GUARD)
const features = () => Promise.all(PARTS.map((name) => getObject(shop.admin, FEATURES, { namespace: NAMESPACE, name })))
const versions = async () => (await features()).map((one) => textAt(one, 'metadata', 'resourceVersion'))
const states = async () => (await features()).map((one) => textAt(one, 'status', 'state'))
const degradations = async () => ((await status()).recentActions ?? []).filter(({ remedy }) => remedy === 'degrade')

async function isAtRest(): Promise<boolean> {
  const now = await status()
  return now.incident === undefined && conditionOf(now, 'Healthy')?.status === 'True'
}

function storyOf(incidents: readonly unknown[]): readonly string[] {
  return incidents.flatMap((one) => listAt(one, 'status', 'timeline').map((entry) => textAt(entry, 'what') ?? ''))
}

/** The front page of each gateway, and whether it says that reviews are switched off. */
async function pages(): Promise<readonly { leftOut: readonly unknown[]; isOff: boolean }[]> {
  return Promise.all(
    (await shop.readyPods('gateway')).map(async ({ podIP }) => {
      const ask = (path: string) => fetch(`http://${podIP}:${shop.ports.http}${path}`)
      const [page, reviews] = await Promise.all([ask('/'), ask('/reviews')])
      if (!page.ok) throw new Error(`a page was answered with ${page.status}`)
      return { leftOut: listAt(await page.json(), 'leftOut'), isOff: textAt(await reviews.json(), 'off') !== undefined }
    }),
  )
}

/** How many parts the gateways left out because they were switched off, so far. */
async function partsLeftOut(): Promise<number> {
  const counts = await Promise.all(
    (await shop.readyPods('gateway')).map(async ({ podIP }) => {
      const text = await (await fetch(`http://${podIP}:${shop.ports.metrics}/metrics`)).text()
      return [...text.matchAll(/^page_parts_left_out_total\{.*why="off".*\} (\d+)$/gm)].map(([, count]) =>
        Number(count),
      )
    }),
  )
  return counts.flat().reduce((sum, count) => sum + count, 0)
}

describe('a slow database', () => {
  it('changes no Feature in Observe mode, which says what it would switch off', async () => {
    const before = await versions()
    await shop.faults.on('slow-database')
    pass('fault on')
    const since = await until('it would act', async () => {
      const { lastDecision, signalsAt = '' } = await status()
      return lastDecision?.verdict === 'WouldAct' ? Date.parse(signalsAt) : undefined
    })
    const { lastDecision, recentActions } = await until('it has looked on for seconds', async () => {
      const now = await status()
      return Date.parse(now.signalsAt ?? '') - since >= OBSERVED_MS ? now : undefined
    })
    expect(lastDecision?.summary).toMatch(/^Would switch Feature\/reviews off: .*Sheddable features: reviews$/)
    expect(recentActions).toEqual([])
    expect(await versions()).toEqual(before)
    pass('observed')
    await shop.faults.off('slow-database')
    await until('the Guard is at rest', isAtRest)
    expect(await versions()).toEqual(before)
    expect(await partsLeftOut()).toBe(0)
    pass('at rest')
  })

  it('is relieved in Enforce mode by what the shop can do without, tier by tier, and the effect is measured', async () => {
    await mergePatch(shop.admin, GUARDS, GUARD, { spec: { mode: 'Enforce' } })
    await shop.faults.on('slow-database')
    pass('fault on')
    await until('reviews are off', async () => (await states())[0] === 'Degraded')
    pass('reviews off')
    await until('recommendations are off too', async () => (await states())[1] === 'Degraded')
    pass('recommendations off')
    for (const feature of await features())
      expect(textAt(feature, 'status', 'reason')).toMatch(/^checkout: .* is .*, over its limit of /)
    await until('every gateway leaves both out', async () =>
      (await pages()).every(({ leftOut, isOff }) => isOff && PARTS.every((part) => leftOut.includes(part))),
    )
    expect(await partsLeftOut()).toBeGreaterThan(0)
    const acts = await until('the second step is judged', async () => {
      const now = await degradations()
      return now[1]?.verdict === undefined ? undefined : now
    })
    expect(acts).toMatchObject([
      { field: 'Feature/reviews', from: 1, to: 0, outcome: 'Done', verdict: expect.stringMatching(/mproved$/) },
      { field: 'Feature/recommendations', from: 1, to: 0, outcome: 'Done', verdict: 'Improved' },
    ])
    const effect = acts[1]?.effect ?? []
    expect(effect.every(({ after }) => after !== undefined)).toBe(true)
    expect(effect.some(({ before, after = before }) => after < before)).toBe(true)
    pass('judged')
  })

  it('over, everything is restored, the last first', async () => {
    await shop.faults.off('slow-database')
    pass('fault off')
    // A busy machine has orders that are late for other reasons, and that is waited out first.
    await until('recommendations are on', async () => (await states())[1] === 'Normal', 120_000)
    pass('recommendations on')
    await until('reviews are on too', async () => (await states())[0] === 'Normal')
    pass('reviews on')
    await until('every gateway sends whole pages', async () =>
      (await pages()).every(({ leftOut, isOff }) => !isOff && leftOut.length === 0),
    )
    await until('the Guard is at rest', isAtRest)
    const acts = await until('every act is done', async () => {
      const now = await degradations()
      return now.length >= 4 && now.every(({ outcome }) => outcome === 'Done') ? now : undefined
    })
    expect(acts.map(({ field, to }) => [field, to])).toEqual([
      ['Feature/reviews', 0],
      ['Feature/recommendations', 0],
      ['Feature/recommendations', 1],
      ['Feature/reviews', 1],
    ])
    pass('at rest')
  })

  it('is told by its Incident, each step with its measured effect', async () => {
    const incidents = await until('the last step is told', async () => {
      const all = await listObjects(shop.admin, INCIDENTS, { namespace: NAMESPACE })
      const own = all.filter((one) => textAt(one, 'spec', 'guard') === GUARD.name)
      return storyOf(own).some((what) => what.startsWith('Feature/reviews on')) ? own : undefined
    })
    const story = storyOf(incidents)
    for (const part of [
      /^Onset: .* past the limit$/,
      /^Feature\/reviews off, because: .*, over its limit of .*Sheddable features: reviews$/,
      /^Feature\/reviews off: .* → .* in .* s: it (helped|did not help in time)$/,
      /^Feature\/recommendations off, because: .*, over its limit of .*SheddablePlus features: recommendations$/,
      /^Feature\/recommendations off: .* → .* in .* s: it helped$/,
      /^Feature\/recommendations on, because: Every signal has been calm for /,
      /^Feature\/reviews on, because: Every signal has been calm for /,
      /^Resolved/,
    ])
      expect(
        story.some((entry) => part.test(entry)),
        `${part} in ${story.join(' | ')}`,
      ).toBe(true)
    const acts = incidents.flatMap((one) => listAt(one, 'status', 'actions'))
    expect(acts).toContainEqual(
      expect.objectContaining({ field: 'Feature/recommendations', to: 0, outcome: 'Done', verdict: 'Improved' }),
    )
    console.log(story.join('\n'))
  })
})
