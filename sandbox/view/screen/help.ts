// What the signs mean, for someone who sees the screen for the first time.
import type { Glyphs } from '../glyphs.ts'
import { bold, clean, dim, fitLine, type Line, span } from '../text.ts'
import type { FooterOptions } from './footer.ts'
import { rule } from './rule.ts'

export function helpPanel(width: number, { kubeconfig }: FooterOptions, glyphs: Glyphs): readonly Line[] {
  const g = glyphs
  const row = (sign: Line, words: string): Line => [...sign, span(glyphs.words(words))]
  const lines: readonly Line[] = [
    rule([bold('help')], width, glyphs),
    row([span('a small bar      ')], 'how much of its limit a signal uses; a full one is the limit'),
    row([span(g.levels.slice(0, 4).join(''), { color: 'green' }), dim('  calm       ')], 'below 60 % of the limit'),
    row([span(g.levels.slice(4).join(''), { color: 'yellow' }), dim('   close      ')], 'from 60 % to the limit'),
    row(
      [span(g.past.repeat(3), { color: 'red' }), dim('   past it    ')],
      'a breach when it lasts as long as the Guard’s hold',
    ),
    row([dim(`${g.unknown}     unknown    `)], 'it could not be measured: neither good nor bad, and never 0'),
    row([dim(`${g.absent}     not watched `)], ' this Guard does not observe it'),
    row(
      [
        span(g.podReady, { color: 'green' }),
        span(g.podWaiting, { color: 'yellow' }),
        span(g.podCrashing, { color: 'red' }),
        dim(`${g.podRoom}  pods       `),
      ],
      'ready, not ready yet, crashing, and room up to the Guard’s maximum',
    ),
    [],
    row([span('saw    ', { color: 'blue' })], 'what was observed'),
    row([span('decided', { color: 'magenta' })], ' what the loop made of it, and why'),
    row([span('did    ', { color: 'green', bold: true })], ' what it changed'),
    [],
    ...(kubeconfig === undefined
      ? []
      : [
          [dim('from another terminal:')],
          [span(`kubectl --kubeconfig ${clean(kubeconfig)} get guards,incidents,pods`)],
          [],
        ]),
    row([bold('?')], ' closes this'),
  ]
  return lines.map((line) => fitLine(line, width, glyphs.ellipsis))
}
