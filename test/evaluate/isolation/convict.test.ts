// Who is bad enough to be taken out: by the statistics of diagnosis, still now, and not because of what befalls all.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convict, NOBODY, type PodEvidence, type Suspicion } from '../../../controller/evaluate/isolation/convict.ts'
import type { PodReading } from '../../../controller/model/resource.ts'

const RULES = { minimumRequests: 20, latencyLimit: 0.5 }
const NOW = 1_000_000

const pod = (name: string, requests: number, errors: number | undefined, latencyP95?: number): PodReading => ({
  pod: `shop/${name}`,
  requests,
  errors,
  latencyP95,
  pool: undefined,
})
const WELL = ['b', 'c', 'd']
const wells = (requests: number, errors = 0, latency = 0.05) => WELL.map((name) => pod(name, requests, errors, latency))
const same = (readings: readonly PodReading[]): PodEvidence => ({ latest: readings, quick: readings, steady: readings })
const names = (evidence: PodEvidence, before: readonly Suspicion[] = [], now = NOW) =>
  convict(evidence, RULES, before, now).convicted.map(({ pod: name }) => name)

describe('a pod that fails', () => {
  it.each<[string, PodEvidence, string[]]>([
    ['clearly and now, is convicted at once', same([pod('a', 40, 20, 0.05), ...wells(40)]), ['shop/a']],
    [
      'in the quick view only, is convicted too',
      { ...same([pod('a', 30, 30), ...wells(30)]), steady: wells(100) },
      ['shop/a'],
    ],
    [
      'in the longer view only, since requests are few, is convicted too',
      {
        latest: [pod('a', 3, 2), ...wells(3)],
        quick: [pod('a', 8, 4), ...wells(8)],
        steady: [pod('a', 40, 20), ...wells(40)],
      },
      ['shop/a'],
    ],
    [
      'no more, is let be: its burst is over',
      { ...same([pod('a', 40, 20), ...wells(40)]), latest: [pod('a', 10, 0), ...wells(10)] },
      [],
    ],
    ['and says nothing now, is let be', { ...same([pod('a', 40, 20), ...wells(40)]), latest: wells(10) }, []],
    [
      'and gets no requests now, is let be',
      { ...same([pod('a', 40, 20), ...wells(40)]), latest: [pod('a', 0, 0), ...wells(10)] },
      [],
    ],
    [
      'while its peers fail now as well, is let be: it only got its requests later',
      { ...same([pod('a', 40, 30), ...wells(60, 2)]), latest: [pod('a', 10, 10), ...wells(10, 9)] },
      [],
    ],
    ['with few requests, is let be', same([pod('a', 9, 9), ...wells(40)]), []],
    ['and does not tell its errors, is let be', same([pod('a', 40, undefined), ...wells(40)]), []],
    ['among many that fail, is let be', same([pod('a', 40, 20), pod('b', 40, 20), pod('c', 40, 0)]), []],
    ['alone, has no peers', same([pod('a', 40, 40)]), []],
  ])('%s', (_, evidence, convicted) => {
    expect(names(evidence)).toEqual(convicted)
  })

  it('is told with its numbers and those of its peers', () => {
    const { convicted } = convict(same([pod('a', 40, 20), ...wells(40)]), RULES, [], NOW)
    expect(convicted).toEqual([
      { pod: 'shop/a', evidence: 'shop/a: 50 % of the requests fail; of the other 3 0 %, 0 % in the median' },
    ])
  })
})

describe('a pod that is slow', () => {
  const slow = same([pod('a', 40, 0, 0.9), ...wells(40)])

  it('is only suspected at first: a pause of a process is over soon', () => {
    const first = convict(slow, RULES, [], NOW)
    expect(first).toEqual({ suspicions: [{ pod: 'shop/a', since: NOW }], convicted: [] })
    expect(names(slow, first.suspicions, NOW + 1_000)).toEqual([])
    expect(names(slow, first.suspicions, NOW + 2_000)).toEqual(['shop/a'])
  })

  it('is let be when its latest readings are quick again', () => {
    const since = [{ pod: 'shop/a', since: NOW - 5_000 }]
    expect(names({ ...slow, latest: [pod('a', 10, 0, 0.05), ...wells(10)] }, since)).toEqual([])
  })

  it('is suspected anew when it was well in between', () => {
    expect(convict(same(wells(40)), RULES, [{ pod: 'shop/a', since: NOW }], NOW + 500)).toBe(NOBODY)
  })

  it('is let be where all are slow', () => {
    const since = [{ pod: 'shop/a', since: NOW - 5_000 }]
    expect(names(same([pod('a', 40, 0, 3), ...wells(40, 0, 0.9)]), since)).toEqual([])
  })
})

const reading = fc.record({
  requests: fc.integer({ min: 0, max: 200 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  tells: fc.boolean(),
  latencyP95: fc.option(fc.double({ min: 0, max: 5, noNaN: true }), { nil: undefined }),
})
const readings = fc
  .array(reading, { maxLength: 8 })
  .map((all) =>
    all.map(({ requests, share, tells, latencyP95 }, index) =>
      pod(`p${index}`, requests, tells ? Math.round(requests * share) : undefined, latencyP95),
    ),
  )

describe('whatever the readings say', () => {
  it('no more than a third, or one of two, is convicted, each of what it says now itself', () => {
    fc.assert(
      fc.property(readings, readings, readings, (latest, quick, steady) => {
        const suspected = steady.map((one) => ({ pod: one.pod, since: NOW - 60_000 }))
        const convicted = names({ latest, quick, steady }, suspected)
        const most = Math.max(1, Math.floor(Math.max(quick.length, steady.length) / 3))
        expect(convicted.length).toBeLessThanOrEqual(most)
        for (const name of convicted) {
          const own = latest.find((one) => one.pod === name)
          expect(own?.requests).toBeGreaterThan(0)
          expect(own?.errors === undefined && own?.latencyP95 === undefined).toBe(false)
        }
      }),
    )
  })
})
