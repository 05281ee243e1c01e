// The signs of the screen, in Unicode and, for locales that can't show it, in ASCII.

export interface Glyphs {
  /** From low to just under the limit. */
  readonly levels: readonly string[]
  /** Past the limit: a sign of its own, so that it does not take colour to see it. */
  readonly past: string
  /** No reading. */
  readonly gap: string
  readonly unknown: string
  readonly absent: string
  readonly podReady: string
  readonly podWaiting: string
  readonly podCrashing: string
  /** A replica that may still be added. */
  readonly podRoom: string
  readonly calm: string
  readonly holding: string
  readonly breached: string
  readonly recovering: string
  readonly exhausted: string
  readonly refused: string
  readonly rule: string
  readonly arrow: string
  readonly dot: string
  readonly ellipsis: string
  readonly yes: string
  readonly no: string
  /** Text that may have signs of its own. */
  readonly words: (text: string) => string
}

export const UNICODE: Glyphs = {
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇'],
  past: '█',
  gap: ' ',
  unknown: '?',
  absent: '·',
  podReady: '●',
  podWaiting: '○',
  podCrashing: '✗',
  podRoom: '·',
  calm: '●',
  holding: '◐',
  breached: '▲',
  recovering: '◇',
  exhausted: '■',
  refused: '✗',
  rule: '─',
  arrow: '→',
  dot: '·',
  ellipsis: '…',
  yes: '✔',
  no: '✗',
  words: (text) => text,
}

export const ASCII: Glyphs = {
  levels: ['_', '.', '-', '~', '=', '+', '*'],
  past: '#',
  gap: ' ',
  unknown: '?',
  absent: '.',
  podReady: 'o',
  podWaiting: '-',
  podCrashing: 'x',
  podRoom: '.',
  calm: 'o',
  holding: '~',
  breached: '!',
  recovering: '+',
  exhausted: '#',
  refused: 'x',
  rule: '-',
  arrow: '->',
  dot: '-',
  ellipsis: '..',
  yes: '+',
  no: 'x',
  words: (text) =>
    text
      .replaceAll('→', '->')
      .replaceAll('…', '..')
      .replaceAll('÷', '/')
      .replace(/[‘’]/g, "'")
      .replace(/[“”]/g, '"')
      .replace(/[^\x20-\x7e]/g, '?'),
}

/** UTF-8 when the locale says so, as C programs decide it: LC_ALL before LC_CTYPE before LANG. */
export function glyphsFor(env: Readonly<Record<string, string | undefined>>): Glyphs {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return /utf-?8/i.test(locale) && env.TERM !== 'linux' ? UNICODE : ASCII
}
