// What the signs mean, for someone who sees the screen for the first time.
import type { Glyphs } from '../glyphs.ts'
import { bold, clean, dim, fitLine, type Line, lineWidth, span } from '../text.ts'
import type { FooterOptions } from './footer.ts'
import { rule } from './rule.ts'

const SIGN_WIDTH = 9
const NAME_WIDTH = 11

export function helpPanel(width: number, { kubeconfig }: FooterOptions, glyphs: Glyphs): readonly Line[] {
  const g = glyphs
  const row = (sign: Line, name: string, words: string): Line => [
    ...sign,
    span(' '.repeat(Math.max(1, SIGN_WIDTH - lineWidth(sign)))),
    dim(name.padEnd(NAME_WIDTH)),
    span(glyphs.words(words)),
  ]
  const lines: readonly Line[] = [
    rule([bold('help')], width, glyphs),
    row(
      [span(g.levels.slice(0, 5).join(''), { color: 'green' })],
      'calm',
      'a bar is the share of its limit that a signal uses: below 60 %',
    ),
    row([span(g.levels.slice(5).join(''), { color: 'yellow' })], 'close', 'from 60 % up to the limit'),
    row([span(g.past, { color: 'red' })], 'past it', 'a breach, once it lasts as long as the Guard’s hold'),
    row([dim(g.unknown)], 'unknown', 'could not be measured: neither good nor bad, and never 0'),
    row([dim(g.absent)], 'not there', 'this Guard does not observe it'),
    row(
      [
        span(g.podReady, { color: 'green' }),
        span(g.podWaiting, { color: 'yellow' }),
        span(g.podCrashing, { color: 'red' }),
        dim(g.podRoom),
      ],
      'pods',
      'ready, not ready yet, crashing, and room up to the Guard’s maximum',
    ),
    row([span('saw', { color: 'blue' })], '', 'what was observed'),
    row([span('decided', { color: 'magenta' })], '', 'what the loop made of it, and why'),
    row([span('did', { color: 'green', bold: true })], '', 'what it changed'),
    [],
    ...(kubeconfig === undefined
      ? []
      : [
          [dim('in another terminal:')],
          [span(`kubectl --kubeconfig ${clean(kubeconfig)} get guards,incidents,pods`)],
          [],
        ]),
    [bold('?'), dim(' closes this')],
  ]
  return lines.map((line) => fitLine(line, width, glyphs.ellipsis))
}
