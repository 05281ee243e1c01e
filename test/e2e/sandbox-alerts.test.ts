// Each fault of the sandbox, as on-call has it: which alerts fire and no others, and how often somebody is paged.
import { afterEach, describe, expect, it } from 'vitest'
import { FAULTS, type FaultName } from '../../sandbox/faults/catalog.ts'
import { startTrial, type Trial } from './support/alert-trial.ts'
import { until } from './support/product.ts'

interface Expected {
  /** What pages, each once; nothing does when the fault is healed. */
  readonly pages: readonly string[]
  /** What fires, and waits in a channel rather than calls anybody. */
  readonly warnings?: readonly string[]
  /** What may fire on the way there: it depends on how soon each act is judged. */
  readonly maybe?: readonly string[]
}

const HEALED: Expected = { pages: [] }
const EXPECTED: Readonly<Record<FaultName, Expected>> = {
  spike: HEALED,
  'slow-database': HEALED,
  'queue-backlog': HEALED,
  'error-burst': HEALED,
  'bad-pod': HEALED,
  'pool-exhaustion': {
    pages: ['RemedyExhausted checkout', 'RemedyExhausted catalogue'],
    maybe: ['checkout', 'catalogue'].flatMap((guard) => [
      `RemedyFailing ${guard}`,
      ...['errors', 'latency', 'pool'].map((limit) => `LimitBreached ${guard} ${limit}`),
    ]),
  },
  // A failover that was made is looked into in the morning.
  'primary-down': {
    pages: [],
    warnings: ['FailoverUnacknowledged redis'],
    maybe: ['errors', 'latency'].map((limit) => `LimitBreached checkout ${limit}`),
  },
  'crash-loop': { pages: ['SignalsUnknown reviews'] },
}

/** One that is healed, and one that exhausts its Guards. The others: EVERY_SCENARIO=1. */
const IN_SHORT: readonly FaultName[] = ['primary-down', 'pool-exhaustion']
const scenarios = FAULTS.map(({ name }) => name).filter(
  (name) => process.env.EVERY_SCENARIO === '1' || IN_SHORT.includes(name),
)

let trial: Trial | undefined
afterEach(async () => {
  await trial?.stop()
  trial = undefined
})

describe('under each fault, the alerts that should fire do, and no other', () => {
  it.each(scenarios)(
    '%s',
    async (name) => {
      const { pages, warnings = [], maybe = [] } = EXPECTED[name]
      trial = await startTrial()
      const { sandbox, fired, shown } = trial
      expect(await fired()).toEqual([])
      await trial.switchFault(name, 'on')
      if (pages.length > 0) await until('it is paged', async () => isEach(pages).in(await fired()), 150_000)
      else
        await until(
          'it is healed, though it goes on',
          () => {
            const incidents = sandbox.shop.incidents()
            return incidents.length > 0 && incidents.every(({ phase }) => phase !== 'Open')
          },
          120_000,
        )
      await trial.letPendingFire()

      const all = await fired()
      console.log(`${name}: fired ${all.join(', ') || 'nothing'}; paged ${trial.pages().join(', ') || 'nobody'}`)
      expect(all).toEqual(expect.arrayContaining([...pages, ...warnings]))
      expect(all.filter((one) => ![...pages, ...warnings, ...maybe].includes(one))).toEqual([])
      // Each alert that pages has done so once, whoever told of it how often.
      const calls = all.filter((one) => !one.startsWith('LimitBreached') && !warnings.includes(one))
      expect(trial.pages().toSorted()).toEqual(calls.toSorted())
      expect(await trial.brokenRules()).toEqual([])
      const held = (await shown()).filter(({ status }) => status.inhibitedBy.length > 0)
      expect(held.filter(({ labels }) => labels.severity !== 'warning')).toEqual([])
    },
    240_000,
  )
})

function isEach(wanted: readonly string[]) {
  return { in: (all: readonly string[]) => wanted.every((one) => all.includes(one)) }
}
