// Plain output: one line per event, greppable, and the same every time.
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { ASCII, UNICODE } from '../../../sandbox/view/glyphs.ts'
import type { ViewState } from '../../../sandbox/view/model.ts'
import { createPlainWriter } from '../../../sandbox/view/plain.ts'
import type { Palette } from '../../../sandbox/view/text.ts'
import { startView } from '../../../sandbox/view/view.ts'
import { breach, calm, healed, notHealed, over, START, unseen } from './support/states.ts'

function tell(states: readonly ViewState[], palette: Palette = 'plain', glyphs = UNICODE): string {
  let out = ''
  const writer = createPlainWriter({
    write: (text) => {
      out += text
    },
    glyphs,
    palette,
  })
  for (const state of states) writer.tell(state)
  return out
}

describe('plain output', () => {
  it('tells the summary once, when it is there', () => {
    const later = { ...over, now: over.now + 60_000 }
    expect(tell([over, over, later]).match(/healed {2}spike/g)).toHaveLength(1)
  })

  it('of a run reads as its story', () => {
    expect(tell([calm, breach, { ...breach, now: breach.now + 1_000 }, healed, over])).toBe(`\
    1.2s  saw      gateway: up: 2 replicas ready
    1.3s  saw      checkout: up: 2 replicas ready
    1.4s  saw      catalogue: up: 2 replicas ready
    3.1s  saw      gateway: every signal is seen, and within its limit
    3.2s  saw      checkout: every signal is seen, and within its limit
   24.0s  phase    calm: the fault comes in 6 s
   24.0s  status   123/s wanted, 123 answered, 0 failed, p99 48 ms; all 8 services well
   30.0s  fault    spike on: Four times the usual load, all at once
   31.5s  saw      gateway: onset: Load past the limit
   33.5s  saw      gateway: detected after 2 s: Load is 412 req/s, over what the ready replicas serve, 240 req/s
   33.5s  decided  gateway: scale 2 → 4: Load is 412 req/s, over what the ready replicas serve, 240 req/s: 412 req/s ÷ 120 req/s per replica asks for 4
   33.5s  did      gateway: replicas 2 → 4
   34.1s  decided  reviews: would scale 2 → 3, but only observes: CPU is 93 %, over its limit of 90 %: asks for 3
   34.6s  phase    spike under way
   34.6s  status   417/s wanted, 367 answered, 50 failed, p99 612 ms; gateway breached 2/4 ready; reviews breached 2/2 ready; 6 others well
   35.2s  saw      gateway: 4 replicas ready, 1.7 s after they were asked for
   35.5s  saw      gateway: mitigated: back under the limit 4 s after onset
   43.5s  saw      gateway: replicas 2 → 4: it helped
   60.0s  fault    spike off
   65.5s  saw      gateway: resolved 34 s after onset
   66.5s  decided  gateway: scale 4 → 2: Every signal has been calm for 30 s, and 2 replicas are enough (min is 2)
   66.5s  did      gateway: replicas 4 → 2
   66.9s  saw      gateway: down to 2 replicas
   72.0s  phase    healed: load is back to normal
   72.0s  status   112/s wanted, 112 answered, 0 failed, p99 48 ms; all 8 services well
   74.0s  phase    over: healed
   74.0s  summary  ✔ healed  spike  with the controller, 1 m 14 s
   74.0s  summary  Four times the usual load, all at once
   74.0s  summary
   74.0s  summary  onset          00:31     first reading past a limit
   74.0s  summary  detected       +2 s
   74.0s  summary  first act      +2 s      gateway: replicas 2 → 4, then 1 more
   74.0s  summary  mitigated      +4 s
   74.0s  summary  recovered      +5.5 s
   74.0s  summary
   74.0s  summary  requests       14,820 sent, 14,672 answered, 148 failed (1 %)
   74.0s  summary                 96 before the first act, 52 after it
   74.0s  summary  replicas       gateway 2 → 4 → 2
   74.0s  summary  no controller  about 1,440 would have failed (an estimate, not measured)
   74.0s  summary                 the share that failed between onset and the first act (12 %), for as long as the spike lasted (30 s)
`)
  })

  it('says what is unknown, what needs a human, and that the controller is away', () => {
    const out = tell([unseen])
    expect(out).toMatch(/gateway unknown 2\/2 ready; checkout exhausted 6\/8 ready; catalogue refused/)
    expect(out).toMatch(/controller restarting$/m)
  })

  it('says why a run was not healed', () => {
    expect(tell([notHealed])).toMatch(
      /summary {2}checkout was seen past its latency limit, and no remedy is configured/,
    )
  })

  it('says that the controller is off, and tells no requests as unknown', () => {
    const { load: _, ...rest } = calm
    expect(tell([{ ...rest, load: [], controller: { kind: 'off', restarts: 0 } }])).toMatch(
      /no requests yet; all 8 services well; controller off/,
    )
  })

  it('tells the same state once, and its status every five seconds', () => {
    const states = Array.from({ length: 60 }, (_, index) => ({ ...calm, now: START + 24_000 + index * 250 }))
    const lines = tell(states).trim().split('\n')
    expect(lines.filter((line) => / status /.test(line))).toHaveLength(3)
    expect(lines.filter((line) => / (saw|phase|fault) /.test(line))).toHaveLength(6)
  })

  it('has no escape sequence, unless it is asked for', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    expect(tell([breach, over])).not.toMatch(/\u001b/)
    expect(tell([breach, over], 'colors')).toContain('\u001b[1mreplicas 2 → 4\u001b[0m')
  })

  it('is ASCII where the locale is', () => {
    expect(tell([breach, over], 'plain', ASCII)).toMatch(/^[\x20-\x7e\n]*$/)
  })
})

describe('what is not a terminal', () => {
  it('gets plain lines, and the summary when it is stopped', () => {
    let out = ''
    const stdout = new Writable({
      write(chunk, _, done) {
        out += chunk
        done()
      },
    })
    let state: ViewState = calm
    const view = startView({
      read: () => state,
      onQuit() {},
      stdout: Object.assign(stdout, {}) as unknown as NodeJS.WriteStream,
      env: { LANG: 'C.UTF-8' },
    })
    expect(out).toMatch(/phase {4}calm/)
    state = over
    view.stop()
    expect(out).toMatch(/summary {2}✔ healed/)
  })
})
