import { describe, expect, it } from 'vitest'
import { circuitRulesOf } from '../../controller/model/circuit.ts'
import { describeFaults } from '../../controller/model/faults.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'

const validate = (changes: object) => validateGuardSpec({ target: { name: 'checkout' }, ...changes })

function rulesOf(changes: object) {
  const validation = validate(changes)
  if (!validation.ok) throw new Error(describeFaults(validation.faults))
  return circuitRulesOf(validation.spec)
}

describe('the circuit of a spec', () => {
  it('that says nothing follows the signals, with the numbers of resilience4j and Envoy', () => {
    expect(rulesOf({})).toEqual({
      mode: 'Auto',
      openMs: 30_000,
      maxOpenMs: 300_000,
      halfOpenMs: 30_000,
      probeShare: 0.1,
    })
  })

  it('is open for at least the window, so that what opened it is out of the readings when it is tried', () => {
    const rules = rulesOf({ limits: { window: '10m' } })
    expect([rules.openMs, rules.maxOpenMs]).toEqual([600_000, 600_000])
  })

  it('is tried for as long as readings of the probes alone take', () => {
    expect(rulesOf({ limits: { window: '5m', hold: '10s' } }).halfOpenMs).toBe(310_000)
  })

  it.each<[object, RegExp]>([
    [
      { circuit: { mode: 'Open' } },
      /^spec\.circuit\.mode \("Open"\) .*: write Auto, ForcedOpen, ForcedClosed or MetricsOnly/,
    ],
    [
      { circuit: { openFor: '10m' } },
      /^spec\.circuit\.openFor \("600000ms"\) is longer than maxOpenFor, which is 300000ms/,
    ],
    [{ circuit: { halfOpenFor: '5s' } }, /^spec\.circuit\.halfOpenFor .* is shorter than limits\.window/],
    [{ circuit: { probeShare: '0%' } }, /^spec\.circuit\.probeShare \("0%"\) must be above 0% and at most 100%/],
    [{ circuit: { openfor: '1m' } }, /^spec\.circuit\.openfor .*: did you mean openFor\?/],
    [{ incidents: { keep: 0 } }, /^spec\.incidents\.keep \(0\) must be at least 1/],
  ])('%j is refused in one sentence', (changes, sentence) => {
    const validation = validate(changes)
    expect(validation.ok ? '' : describeFaults(validation.faults)).toMatch(sentence)
  })
})
