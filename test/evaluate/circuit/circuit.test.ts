import { describe, expect, it } from 'vitest'
import { forgetCircuitTimers, openTimeMs } from '../../../controller/evaluate/circuit/timers.ts'
import type { Circuit, CircuitMode } from '../../../controller/model/circuit.ts'
import { stateOf } from '../../../controller/model/circuit.ts'
import { CALM_WORDS, NEW, RULES, type Subject, throughJson, tick, type Words } from './support.ts'

/** Ticks at these seconds, each with what is not calm in it, and the circuit after each. */
type Step = readonly [second: number, words?: Partial<Words>, mode?: CircuitMode]

function play(steps: readonly Step[], from: Subject = NEW): Circuit[] {
  let subject = from
  return steps.map(([second, words = {}, mode = 'Auto']) => {
    const next = tick(subject, { ...CALM_WORDS, ...words }, second * 1000, { ...RULES, mode })
    subject = next
    return next.circuit
  })
}
const states = (steps: readonly Step[]) => play(steps).map((circuit) => circuit.judged)
function last(steps: readonly Step[]): Circuit {
  const circuit = play(steps).at(-1)
  if (circuit === undefined) throw new Error('no step was played')
  return circuit
}

/** Past the limit for the hold time: open from 2 s to 32 s, then half-open to 52 s. */
const TRIP: readonly Step[] = [
  [0, { errors: 'past' }],
  [2, { errors: 'past' }],
]
const HALF_OPEN: readonly Step[] = [...TRIP, [32]]

describe('a closed circuit', () => {
  it.each<[string, readonly Step[], string[]]>([
    ['stays closed while all is well', [[0], [60], [3600]], ['Closed', 'Closed', 'Closed']],
    ['opens when errors are past their limit for the hold time', TRIP, ['Closed', 'Open']],
    [
      'opens for latency',
      [
        [0, { latency: 'past' }],
        [2, { latency: 'past' }],
      ],
      ['Closed', 'Open'],
    ],
    [
      'opens for CPU',
      [
        [0, { cpu: 'past' }],
        [2, { cpu: 'past' }],
      ],
      ['Closed', 'Open'],
    ],
    [
      'does not open for what did not hold',
      [[0, { errors: 'past' }], [1, { errors: 'past' }], [2], [3, { errors: 'past' }]],
      ['Closed', 'Closed', 'Closed', 'Closed'],
    ],
    [
      'does not open for two limits that held for the time only together',
      [
        [0, { errors: 'past' }],
        [1, { cpu: 'past' }],
        [2, { cpu: 'past' }],
      ],
      ['Closed', 'Closed', 'Closed'],
    ],
    [
      'is never opened by silence',
      [
        [0, { errors: 'past' }],
        [2, { errors: 'blind', cpu: 'blind', latency: 'blind' }],
        [60, { errors: 'blind', cpu: 'blind', latency: 'blind' }],
      ],
      ['Closed', 'Closed', 'Closed'],
    ],
    [
      'is never opened by too few requests',
      [
        [0, { errors: 'idle', latency: 'idle' }],
        [60, { errors: 'idle', latency: 'idle' }],
      ],
      ['Closed', 'Closed'],
    ],
  ])('%s', (_, steps, expected) => expect(states(steps)).toEqual(expected))

  it('says what opened it, and until when', () => {
    expect(last(TRIP)).toMatchObject({
      since: 2000,
      until: 32_000,
      trips: 1,
      inARow: 1,
      causes: ['errors'],
      reason: 'Error ratio is 10 %, over its limit of 5 %',
    })
  })

  it('is not opened by a breach that a successor knows only from status, until it is seen', () => {
    const { limits } = [0, 2000].reduce<Subject>(
      (subject, at) => tick(subject, { ...CALM_WORDS, cpu: 'past' }, at),
      NEW,
    )
    const unseen = tick({ limits, circuit: undefined }, { ...CALM_WORDS, cpu: 'blind' }, 9000)
    expect(unseen.circuit.judged).toBe('Closed')
  })

  it('is the same object while nothing changes', () => {
    const [first, second] = play([[0], [1]])
    expect(second).toBe(first)
  })
})

describe('an open circuit', () => {
  it.each<[string, readonly Step[], string[]]>([
    ['is tried again when its time is over', [...TRIP, [31.9], [32]], ['Closed', 'Open', 'Open', 'HalfOpen']],
    [
      'does not wait to be seen for that',
      [...TRIP, [32, { errors: 'blind', cpu: 'blind', latency: 'blind' }]],
      ['Closed', 'Open', 'HalfOpen'],
    ],
    [
      'does not open for longer by what is past while it is open',
      [...TRIP, [20, { errors: 'past' }], [32, { errors: 'past' }]],
      ['Closed', 'Open', 'Open', 'HalfOpen'],
    ],
  ])('%s', (_, steps, expected) => expect(states(steps)).toEqual(expected))
})

describe('a half-open circuit', () => {
  it.each<[string, readonly Step[], Partial<Circuit>]>([
    ['waits for its time', [[40]], { judged: 'HalfOpen', until: 52_000 }],
    [
      'closes when the reading at its end is well',
      [[52]],
      { judged: 'Closed', reason: 'Within its limits while half-open' },
    ],
    [
      'closes when the reading at its end is under the limit, if only just',
      [[52, { errors: 'mid' }]],
      { judged: 'Closed' },
    ],
    [
      'closes when nothing was past a limit and hardly a request came',
      [[52, { errors: 'idle', latency: 'idle' }]],
      { judged: 'Closed', reason: 'Nothing was past its limit while half-open, with too few requests to judge by' },
    ],
    [
      'opens again as long when what opened it is not seen at its end',
      [[52, { errors: 'blind' }]],
      { judged: 'Open', until: 82_000, trips: 1, inARow: 1 },
    ],
    [
      'closes though a signal that did not open it is not seen',
      [[52, { cpu: 'blind', latency: 'blind' }]],
      { judged: 'Closed' },
    ],
    [
      'closes by what is seen when the Guard no longer observes what opened it',
      [[52, { errors: 'absent' }]],
      { judged: 'Closed' },
    ],
    [
      'opens again, for longer, when a limit is past for the hold time',
      [
        [34, { latency: 'past' }],
        [36, { latency: 'past' }],
      ],
      { judged: 'Open', since: 36_000, until: 86_000, trips: 2, inARow: 2, causes: ['latency'] },
    ],
    [
      'bears what does not last',
      [
        [34, { latency: 'past' }],
        [35],
        [36, { latency: 'past' }],
        [37, { latency: 'blind' }],
        [38, { latency: 'past' }],
      ],
      { judged: 'HalfOpen', pastSince: 38_000 },
    ],
    [
      'opens again, for longer, when a limit is past in the reading at its end',
      [[52, { cpu: 'past' }]],
      { judged: 'Open', until: 102_000, trips: 2, inARow: 2 },
    ],
    [
      'ends by its timer when nobody looked for long',
      [[4000, { errors: 'blind' }]],
      { judged: 'Open', since: 4_000_000 },
    ],
  ])('%s', (_, steps, expected) => expect(last([...HALF_OPEN, ...steps])).toMatchObject(expected))

  it('that closed is opened by a breach that was never released only when it holds anew', () => {
    const closed: readonly Step[] = [...HALF_OPEN, [52, { errors: 'mid' }]]
    expect(states([...closed, [53, { errors: 'past' }], [54], [55, { errors: 'past' }]]).slice(-3)).toEqual([
      'Closed',
      'Closed',
      'Closed',
    ])
    expect(last([...closed, [53, { errors: 'past' }], [55, { errors: 'past' }]])).toMatchObject({
      judged: 'Open',
      inARow: 2,
      until: 105_000,
    })
  })
})

describe('the open time', () => {
  it.each([
    [0, 30_000],
    [1, 30_000],
    [2, 50_000],
    [1e9, 50_000],
  ])('after %d openings in a row is %d ms', (inARow, ms) => expect(openTimeMs(RULES, inARow)).toBe(ms))

  it('begins anew when the circuit was closed for the longest open time', () => {
    const again = (second: number) =>
      last([...HALF_OPEN, [52], [90], [second, { cpu: 'past' }], [second + 2, { cpu: 'past' }]]).inARow
    expect([again(99), again(100)]).toEqual([2, 1])
  })
})

describe('an override', () => {
  it.each<[CircuitMode, string, string]>([
    ['ForcedOpen', 'Open', 'Open'],
    ['ForcedClosed', 'Closed', 'Closed'],
    ['MetricsOnly', 'Open', 'Closed'],
    ['Auto', 'Open', 'Open'],
  ])('%s, past the limits, is judged %s and holds %s', (mode, judged, state) => {
    const circuit = last([
      [0, { errors: 'past' }, mode],
      [2, { errors: 'past' }, mode],
    ])
    expect([circuit.judged, stateOf(circuit)]).toEqual([judged, state])
  })

  it('stands still, however long, whatever is seen', () => {
    const [first, second] = play([
      [0, {}, 'ForcedOpen'],
      [1e6, { errors: 'past' }, 'ForcedOpen'],
    ])
    expect(second).toBe(first)
    expect(first?.until).toBeUndefined()
  })

  it.each<[string, CircuitMode, CircuitMode, Partial<Circuit>]>([
    ['is tried before all is let in', 'ForcedOpen', 'Auto', { judged: 'HalfOpen', until: 30_000, causes: [] }],
    ['goes on closed', 'ForcedClosed', 'Auto', { judged: 'Closed', reason: 'No longer forced closed' }],
    ['takes the other override', 'ForcedClosed', 'ForcedOpen', { judged: 'Open' }],
  ])('that ends %s: %s → %s', (_, from, to, expected) => {
    const circuit = last([
      [0, {}, from],
      [10, {}, to],
    ])
    expect(circuit).toMatchObject({ mode: to, since: 10_000, ...expected })
  })

  it('MetricsOnly that ends leaves the circuit as it was judged', () => {
    expect(last([...TRIP.map(([at, words = {}]): Step => [at, words, 'MetricsOnly']), [3]])).toMatchObject({
      mode: 'Auto',
      judged: 'Open',
      since: 2000,
      until: 32_000,
    })
  })

  it('ForcedOpen that ends closes by any signal that is seen', () => {
    const lifted: readonly Step[] = [
      [0, {}, 'ForcedOpen'],
      [10, { cpu: 'blind' }],
    ]
    expect(last([...lifted, [30, { cpu: 'blind' }]]).judged).toBe('Closed')
    expect(last([...lifted, [30, { cpu: 'blind', errors: 'blind', latency: 'blind' }]]).judged).toBe('Open')
  })
})

describe('when the clock jumps', () => {
  it.each<[string, readonly Step[], number, Partial<Circuit>]>([
    ['an open circuit begins its time anew', TRIP, 500_000, { judged: 'Open', since: 2000, until: 530_000 }],
    ['a half-open one too', HALF_OPEN, 500_000, { judged: 'HalfOpen', until: 520_000 }],
    ['backwards, none began in the future', TRIP, 1000, { judged: 'Open', since: 1000, until: 31_000 }],
  ])('%s', (_, steps, now, expected) => {
    expect(forgetCircuitTimers(last(steps), RULES, now)).toMatchObject(expected)
  })

  it('what was held is dropped', () => {
    const circuit = last([...HALF_OPEN, [34, { errors: 'past' }]])
    expect(circuit.pastSince).toBe(34_000)
    expect(forgetCircuitTimers(circuit, RULES, 35_000)).not.toHaveProperty('pastSince')
  })

  it('an unnoticed jump backwards, or a leader whose clock is behind, makes no time longer than the whole', () => {
    expect(last([...[100, 102].map((at): Step => [at, { errors: 'past' }]), [10]])).toMatchObject({ until: 40_000 })
  })
})

it('a circuit in status is read as it was written, and one that can’t be read is none', () => {
  for (const circuit of play([...HALF_OPEN, [34, { latency: 'past' }], [52]]))
    expect(throughJson(circuit)).toEqual(circuit)
})
