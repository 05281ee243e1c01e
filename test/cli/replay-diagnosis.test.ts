// What a replay says of the resource that binds, by the signals alone.
import { describe, expect, it } from 'vitest'
import { createSimulation } from '../../controller/cli/replay/simulate.ts'
import { GUARD_SPEC } from '../../controller/model/guard.ts'
import { limitRulesOf } from '../../controller/model/rules.ts'
import type { Observations } from '../../controller/model/signal.ts'

const ok = (value: number) => ({ kind: 'ok', value }) as const

function replay(readings: readonly Observations[]): string[] {
  const spec = GUARD_SPEC.parse({ target: { name: 'checkout' } })
  const target = { kind: 'Deployment', namespace: 'shop', name: 'checkout' } as const
  const simulation = createSimulation({ name: 'checkout', spec, features: [] }, limitRulesOf(spec), target, 2)
  for (const [index, seen] of readings.entries()) simulation.step(index * 5000, seen)
  return simulation.timeline.filter(({ kind }) => kind === 'diagnosis').map(({ at, text }) => `${at / 1000} s: ${text}`)
}

describe('a replay', () => {
  it('tells once what binds, and again when that changes', () => {
    const slow = { latencyP99: ok(2) }
    const calm = { ...slow, cpu: ok(0.5), pool: ok(0.3) }
    const full = { ...slow, cpu: ok(0.5), pool: ok(1) }
    const busy = { ...slow, cpu: ok(0.97), pool: ok(1) }
    expect(replay([calm, calm, full, full, busy, busy])).toEqual([
      '10 s: What binds: connection pool (100 %, Medium)',
      '20 s: What binds: CPU (97 %, High)',
    ])
  })

  it('tells nothing where the signals name nothing', () => {
    const busy = { latencyP99: ok(2), cpu: ok(0.8) }
    expect(replay([busy, busy, busy])).toEqual([])
  })
})
