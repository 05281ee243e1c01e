// The top of the screen: what this is, what is happening, which fault is on, and how the requests fare.

import type { LoadSecond } from '../../load/seconds.ts'
import type { Glyphs } from '../glyphs.ts'
import type { ViewState } from '../model.ts'
import { sparkline } from '../sparkline.ts'
import { bold, clean, dim, fitLine, type Line, lineWidth, type Span, type Style, span, spread } from '../text.ts'
import { formatClock, formatCount, formatSpan } from '../units.ts'

/** Three lines. */
export function header(state: ViewState, width: number, glyphs: Glyphs): readonly Line[] {
  return [title(state, width, glyphs), fault(state, width, glyphs), load(state, width, glyphs)]
}

function title(state: ViewState, width: number, glyphs: Glyphs): Line {
  const left = [bold('Evenkeel'), dim('  sandbox  '), span(glyphs.words(clean(state.phase)), phaseStyle(state))]
  const right = [...controller(state, width >= 100), span('  '), bold(formatClock(state.now - state.startedAt))]
  return spread(left, right, width, glyphs.ellipsis)
}

function phaseStyle({ incident, summary }: ViewState): Style {
  if (summary !== undefined) return { bold: true, color: summary.healed ? 'green' : 'red' }
  if (incident?.phase === 'Open') return { bold: true, color: 'red' }
  if (incident?.phase === 'Mitigated') return { bold: true, color: 'yellow' }
  return { bold: true }
}

function controller({ controller: { kind, restarts } }: ViewState, isWide: boolean): Line {
  const times = restarts === 0 || !isWide ? '' : `, restarted ${restarts === 1 ? 'once' : `${restarts} times`}`
  if (kind === 'running') return [dim(`controller running${times}`)]
  if (kind === 'restarting') return [span(`controller restarting${times}`, { color: 'yellow' })]
  return [span(isWide ? 'controller off: nobody will help' : 'controller off', { color: 'yellow' })]
}

function fault({ fault, now, shed }: ViewState, width: number, glyphs: Glyphs): Line {
  const off = shed.length === 0 ? [] : [span(`  off: ${clean(shed.join(', '))}`, { color: 'yellow', bold: true })]
  if (fault === undefined) return fitLine([dim('fault     none'), ...off], width, glyphs.ellipsis)
  const words = dim(`  ${glyphs.words(clean(fault.summary))}`)
  const since = `${fault.isOn ? 'on' : 'off'} for ${formatSpan(Math.max(0, Math.floor((now - fault.since) / 1_000) * 1_000)).replace(/^0 ms$/, '0 s')}`
  const style: Style = fault.isOn ? { color: 'magenta', bold: true } : { dim: true }
  return fitLine(
    [
      dim('fault     '),
      span(clean(fault.name), style),
      span(` ${since}`, fault.isOn ? {} : { dim: true }),
      ...off,
      words,
    ],
    width,
    glyphs.ellipsis,
  )
}

function load({ load }: ViewState, width: number, glyphs: Glyphs): Line {
  const last = load.at(-1)
  if (last === undefined) return [dim('requests  none sent yet')]
  const failing = last.failed > 0
  const parts: readonly Line[] = [
    [span(`${formatCount(last.wanted)}/s`, { bold: true }), dim(' wanted')],
    [span(formatCount(last.ok)), dim(' answered')],
    [span(formatCount(last.failed), failing ? { color: 'red', bold: true } : {}), dim(' failed')],
    [dim('p99 '), span(last.ok === 0 ? glyphs.unknown : formatMs(last.p99Ms))],
  ]
  const numbers: Span[] = [dim('requests  ')]
  for (const [index, part] of parts.entries()) numbers.push(...(index === 0 ? [] : [span('   ')]), ...part)
  const room = width - lineWidth(numbers) - 3
  return fitLine(room < 8 ? numbers : [...numbers, span('   '), ...history(load, room, glyphs)], width, glyphs.ellipsis)
}

const formatMs = (ms: number): string => formatSpan(ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms))

/** The load that was wanted, second by second; red where requests failed. */
function history(load: readonly LoadSecond[], columns: number, glyphs: Glyphs): Line {
  const shown = load.slice(-columns)
  const most = Math.max(...shown.map(({ wanted }) => wanted), 1)
  // Well above the peak: there is no limit here that it could be near, and an even load is no wall of full bars.
  const bars = shown.map(({ wanted, failed }) => {
    const [bar] = sparkline([wanted], { columns: 1, limit: most * 1.4, glyphs })
    return span(bar?.text ?? ' ', { color: failed > 0 ? 'red' : 'blue' })
  })
  return [span(' '.repeat(columns - bars.length)), ...bars]
}
