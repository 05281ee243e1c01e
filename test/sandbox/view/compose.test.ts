// The screen as lines: it fits every terminal, says what matters first, and needs neither colour nor Unicode to be understood.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ASCII, type Glyphs, UNICODE } from '../../../sandbox/view/glyphs.ts'
import type { ViewState } from '../../../sandbox/view/model.ts'
import { layOut, widthOfColumns } from '../../../sandbox/view/screen/columns.ts'
import { composeScreen, type Panel } from '../../../sandbox/view/screen/compose.ts'
import { pods } from '../../../sandbox/view/screen/services-table.ts'
import { lineWidth, toText, widthOf } from '../../../sandbox/view/text.ts'
import {
  ABSENT,
  breach,
  CALM_SERVICES,
  calm,
  healed,
  notHealed,
  over,
  STATES,
  service,
  signal,
  unseen,
} from './support/states.ts'

const SIZES = [
  [80, 24],
  [100, 30],
  [120, 40],
  [200, 50],
] as const

function draw(
  state: ViewState,
  columns: number,
  rows: number,
  panel: Panel = 'live',
  glyphs: Glyphs = UNICODE,
): readonly string[] {
  const footer = { kubeconfig: '/tmp/evenkeel-x/kubeconfig' }
  return composeScreen(state, { columns, rows, glyphs, panel, footer, canSwitchFault: true }).map(toText)
}

const text = (...args: Parameters<typeof draw>): string => draw(...args).join('\n')

describe('every screen', () => {
  it('has as many lines as rows, none wider than the terminal, whatever the size and the names', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.constant('a-service-with-a-name-that-takes-all-of-sixty-three-characters-x'),
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 260 }),
        fc.integer({ min: 1, max: 80 }),
        fc.constantFrom(...Object.values(STATES)),
        fc.constantFrom<Panel>('live', 'help', 'summary'),
        fc.constantFrom(UNICODE, ASCII),
        fc.array(name, { maxLength: 12 }),
        (columns, rows, state, panel, glyphs, names) => {
          const named: ViewState = {
            ...state,
            phase: names[0] ?? state.phase,
            services: [
              ...state.services,
              ...names.map((one) => service(one, { health: { word: 'breached', why: names.join(' ') } })),
            ],
            log: state.log.map((line, index) => ({ ...line, service: names[index], text: line.text + names.join('') })),
          }
          const lines = composeScreen(named, { columns, rows, glyphs, panel, footer: {}, canSwitchFault: true })
          expect(lines).toHaveLength(rows)
          for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(columns)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each(SIZES)('at %i×%i has no control characters and, in ASCII, nothing but ASCII', (columns, rows) => {
    for (const state of Object.values(STATES)) {
      const lines = draw(state, columns, rows, state.summary ? 'summary' : 'live', ASCII)
      for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]*$/)
    }
  })
})

describe.each(SIZES)('at %i×%i', (columns, rows) => {
  it('calm says so, and that there is no incident', () => {
    const shown = text(calm, columns, rows)
    expect(shown).toMatch(/calm: the fault comes in 6 s .*controller running\s+00:24/)
    expect(shown).toMatch(/checkout\s.*● calm/)
    expect(shown).toMatch(/none: no limit has been passed/)
    expect(shown).not.toMatch(/[█▲]/)
  })

  it('a breach under way shows who, what, since when, and what was done', () => {
    const shown = text(breach, columns, rows)
    expect(shown).toMatch(/spike on for 4 s {2}Four times the usual load/)
    expect(shown).toMatch(/417\/s wanted {3}367 answered {3}50 failed {3}p99 612 ms/)
    expect(shown).toMatch(/gateway\s.*▲ breached\s+●●○○····\s+417\/s.*█/)
    expect(shown).toMatch(/▲ gateway {2}Load is 412 req\/s, over what the ready replicas serve, 240 req\/s/)
    expect(shown).toMatch(/incident gateway open/)
    expect(shown).toMatch(/onset 00:31 → detected \+2 s → acted \+2 s → mitigated → resolved/)
    expect(shown).toMatch(/00:33 {2}did\s+gateway\s+replicas 2 → 4/)
  })

  it('healed shows the incident from onset to resolution, and the newest of the log at the bottom', () => {
    const lines = draw(healed, columns, rows)
    expect(lines.join('\n')).toMatch(/mitigated \+4 s → resolved \+34 s/)
    const log = lines.slice(0, -1).filter((line) => line.trim() !== '')
    expect(log.at(-1)).toMatch(/01:06 {2}saw\s+gateway\s+down to 2 replicas/)
  })

  it('unknown is a question mark with a reason, and what needs a human comes first', () => {
    const lines = draw(unseen, columns, rows)
    expect(lines.find((line) => / gateway /.test(line))).toMatch(/\? unknown.*\?.*\?/)
    const first = lines.find((line) => /^ [■▲✗?] /.test(line))
    expect(first).toMatch(/■ checkout {2}p99 latency past the limit at the maximum of 8 replicas/)
    expect(lines.find((line) => /needs you/.test(line))).toMatch(/●●●●●●✗✗/)
    expect(lines[0]).toMatch(/slow-database under way .*controller restarting/)
  })

  it('the summary tells the whole run', () => {
    const shown = text(over, columns, rows, 'summary')
    for (const part of [
      /✔ healed {2}spike {2}with the controller, 1 m 14 s/,
      /onset\s+00:31/,
      /detected\s+\+2 s/,
      /recovered\s+\+5.5 s/,
      /14,820 sent, 14,672 answered, 148 failed \(1 %\)/,
      /96 before the first act, 52 after it/,
      /gateway 2 → 4 → 2/,
      /about 1,440 would have failed \(an estimate, not measured\)/,
    ])
      expect(shown).toMatch(part)
  })

  it('a run that was not healed says why', () => {
    const shown = text(notHealed, columns, rows, 'summary').replace(/\s+/g, ' ')
    expect(shown).toMatch(/✗ not healed slow-database/)
    expect(shown).toMatch(/no remedy is configured for a slow database: adding replicas does not make it faster\./)
    expect(shown).toMatch(/no controller 5,201 of 14,790 failed, measured in a run of the same scenario/)
    expect(shown).not.toMatch(/an estimate/)
  })

  it('help explains the signs, and how to look at the cluster', () => {
    const shown = text(calm, columns, rows, 'help')
    expect(shown).toMatch(/unknown\s+could not be measured/)
    expect(shown).toMatch(/kubectl --kubeconfig \/tmp\/evenkeel-x\/kubeconfig/)
  })
})

describe('the footer', () => {
  it('has the keys, and the longest command that fits whole', () => {
    expect(draw(breach, 120, 24).at(-1)).toMatch(
      /q quit {3}f fault off {3}\? help .*kubectl --kubeconfig \/tmp\/evenkeel-x\/kubeconfig get guards -A/,
    )
    expect(draw(healed, 80, 24).at(-1)).toMatch(/f fault on .* kubectl --kubeconfig \/tmp\/evenkeel-x\/kubeconfig$/)
    expect(draw(healed, 70, 24).at(-1)).toMatch(/ KUBECONFIG=\/tmp\/evenkeel-x\/kubeconfig$/)
    expect(draw(healed, 50, 24).at(-1)).not.toMatch(/tmp/)
    expect(draw(over, 80, 24).at(-1)).toMatch(/s summary/)
  })
})

describe('the columns', () => {
  it('never take more than the width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 12, max: 260 }),
        fc.array(fc.string({ maxLength: 63 }), { maxLength: 9 }),
        (width, names) => {
          const services = names.map((name) => service(name))
          expect(widthOfColumns(layOut(services, width))).toBeLessThanOrEqual(width)
        },
      ),
    )
  })

  it.each([
    [79, 'gauge', ['rps', 'errors', 'p99', 'cpu', 'pool']],
    [118, 'spark', ['rps', 'errors', 'p99', 'cpu', 'pool', 'queue']],
    [198, 'full', ['rps', 'errors', 'p99', 'cpu', 'pool', 'queue']],
  ])('at %i columns are of detail %s', (width, detail, signals) => {
    expect(layOut(CALM_SERVICES, width)).toMatchObject({ detail, signals })
  })

  it('show what is breached before anything else', () => {
    const queueing = service('worker', {
      signals: { ...service('x').signals, pool: ABSENT, queue: signal('queue', [4_000], 1_000, 'breached') },
    })
    expect(layOut([...CALM_SERVICES, queueing], 60).signals).toContain('queue')
    expect(layOut(CALM_SERVICES, 60).signals).not.toContain('queue')
  })
})

describe('the pods of a service', () => {
  const drawn = (wanted: number, ready: number, max: number | undefined, crashing = 0) =>
    toText(pods({ wanted, ready, max, crashing }, UNICODE))
  it.each([
    [2, 2, 4, 0, '●●··'],
    [4, 2, 4, 0, '●●○○'],
    [3, 1, undefined, 1, '●✗○'],
    [2, 4, 4, 0, '●●●●'],
    [12, 9, 20, 0, '9/12'],
    [0, 0, undefined, 0, ''],
  ])('%i wanted, %i ready, at most %s, %i crashing: %s', (wanted, ready, max, crashing, signs) => {
    expect(drawn(wanted, ready, max, crashing)).toBe(signs)
    expect(widthOf(signs)).toBeLessThanOrEqual(8)
  })
  it('are unknown until they were seen', () => {
    expect(toText(pods(undefined, UNICODE))).toBe('?')
  })
})
