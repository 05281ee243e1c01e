// How a Guard's signals become a share of requests.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { projectRaw } from '../../controller/kube/resources.ts'
import { GUARD_SPEC } from '../../controller/model/guard.ts'
import { loadShare, readSaturation } from '../../probes/saturation.ts'

const NOW = Date.UTC(2026, 0, 1)
const { limits } = GUARD_SPEC.parse({ target: { name: 'checkout' } })

/** Limits are 90 % CPU, 80 % pool and 500 ms. */
const guard = (signals: Readonly<Record<string, number | undefined>>, ageMs = 0) =>
  projectRaw({
    metadata: { name: 'checkout', namespace: 'shop' },
    status: {
      signalsAt: new Date(NOW - ageMs).toISOString(),
      signals: Object.fromEntries(
        Object.entries(signals).map(([name, value]) => [name, value === undefined ? { text: 'unknown' } : { value }]),
      ),
    },
  })

describe('saturation', () => {
  it('is each signal as a share of its limit', () => {
    const read = readSaturation(guard({ cpu: 0.45, pool: 0.8, latencyP99: 1 }), limits, {}, NOW)
    expect(read).toEqual({ cpu: 0.5, pool: 1, latency: 2 })
  })

  it('keeps of each signal what was known last', () => {
    const before = { cpu: 0.5, pool: 1 }
    expect(readSaturation(guard({ cpu: undefined, latencyP99: 0.25 }), limits, before, NOW)).toEqual({
      cpu: 0.5,
      pool: 1,
      latency: 0.5,
    })
  })

  it.each([
    ['old', 61_000],
    ['from the future', -61_000],
    ['of no time', Number.NaN],
  ])('does not believe a reading that is %s', (_, ageMs) => {
    const old = Number.isNaN(ageMs)
      ? projectRaw({ metadata: { name: 'checkout' }, status: { signals: { cpu: { value: 2 } } } })
      : guard({ cpu: 2 }, ageMs)
    expect(readSaturation(old, limits, { cpu: 0.5 }, NOW)).toEqual({ cpu: 0.5 })
  })
})

describe('the share that it leaves', () => {
  it.each([
    [{}, 1],
    [{ cpu: 0.7 }, 1],
    [{ cpu: 1 }, 0.55],
    [{ cpu: 0.2, pool: 1 }, 0.55],
    [{ latency: 1.3 }, 0.1],
    [{ latency: 9 }, 0.1],
  ])('of %j is %d', (saturation, share) => {
    expect(loadShare(saturation)).toBeCloseTo(share, 6)
  })

  it('falls as any signal rises, and is never nothing', () => {
    const ratio = fc.double({ min: 0, max: 5, noNaN: true })
    fc.assert(
      fc.property(ratio, ratio, ratio, (cpu, pool, more) => {
        const before = loadShare({ cpu, pool })
        const after = loadShare({ cpu: cpu + more, pool })
        expect(after).toBeLessThanOrEqual(before)
        expect(after).toBeGreaterThanOrEqual(0.1 - 1e-9)
      }),
    )
  })
})
