// A screen with ANSI colours as SVG, on a grid that looks the same whichever monospace font the reader has.

export const THEMES = ['auto', 'dark', 'light'] as const
export type Theme = (typeof THEMES)[number]

const CELL = { width: 8.4, height: 18, font: 14, baseline: 13.5 }
const PADDING = 18
const BAR = 30

const COLORS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
type ColorName = (typeof COLORS)[number]

const PALETTES: Readonly<
  Record<'dark' | 'light', Readonly<Record<ColorName | 'page' | 'text' | 'bar' | 'faint', string>>>
> = {
  dark: {
    page: '#12161c',
    text: '#d5dae1',
    bar: '#1c222b',
    faint: '#7d8794',
    black: '#3b434f',
    red: '#ff6b68',
    green: '#63c381',
    yellow: '#e5b454',
    blue: '#6aa6f0',
    magenta: '#c490e4',
    cyan: '#5cc5cf',
    white: '#d5dae1',
  },
  light: {
    page: '#fbfcfd',
    text: '#1f2630',
    bar: '#eceff3',
    faint: '#75808d',
    black: '#1f2630',
    red: '#c92a2a',
    green: '#2b8a4b',
    yellow: '#a66a00',
    blue: '#2463b5',
    magenta: '#8338a8',
    cyan: '#0b7285',
    white: '#75808d',
  },
}

interface Look {
  readonly color: ColorName | undefined
  readonly bold: boolean
  readonly dim: boolean
}
interface Run extends Look {
  readonly column: number
  readonly text: string
}

const PLAIN: Look = { color: undefined, bold: false, dim: false }

export function ansiToSvg(ansi: string, options: { readonly theme: Theme; readonly title: string }): string {
  const rows = ansi.replace(/\n$/, '').split('\n').map(runsOf)
  const columns = Math.max(1, ...rows.flatMap((row) => row.map(({ column, text }) => column + [...text].length)))
  const width = Math.ceil(columns * CELL.width + 2 * PADDING)
  const height = Math.ceil(rows.length * CELL.height + 2 * PADDING + BAR)
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (color, index) => `<circle cx="${PADDING + index * 18}" cy="${BAR / 2}" r="5.5" fill="${color}"/>`,
  )
  const body = rows.flatMap((row, index) => row.flatMap((run) => draw(run, BAR + PADDING + index * CELL.height)))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(options.title)}">`,
    `<style>${styleOf(options.theme)}</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="8"/>`,
    `<path class="bar" d="M0 ${BAR}V8a8 8 0 0 1 8-8h${width - 16}a8 8 0 0 1 8 8v${BAR - 8}z"/>`,
    ...lights,
    `<text class="faint" x="${width / 2}" y="${BAR / 2 + 4.5}" text-anchor="middle" style="font-size:12px">${escaped(options.title)}</text>`,
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

/** Runs of the same look; only SGR sequences are understood, others are skipped. */
function runsOf(line: string): readonly Run[] {
  const runs: Run[] = []
  let look = PLAIN
  let column = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what ANSI sequences begin with
  for (const [, codes, , text] of line.matchAll(/\u001b\[([\d;]*)m|\u001b(\[[\d;?]*[A-Za-z]|[()]B)|([^\u001b\r]+)/g)) {
    if (codes !== undefined) look = (codes === '' ? '0' : codes).split(';').map(Number).reduce(applied, look)
    if (text === undefined) continue
    runs.push({ ...look, column, text })
    column += [...text].length
  }
  return runs
}

function applied(look: Look, code: number): Look {
  if (code === 0) return PLAIN
  if (code === 1) return { ...look, bold: true }
  if (code === 2) return { ...look, dim: true }
  if (code === 22) return { ...look, bold: false, dim: false }
  if (code === 39) return { ...look, color: undefined }
  const index = code >= 90 ? code - 90 : code - 30
  return code >= 30 && code <= 97 && COLORS[index] !== undefined ? { ...look, color: COLORS[index] } : look
}

/** Blocks and lines are drawn, since fonts differ in how they fill a cell; everything else is text. */
function draw({ column, text, ...look }: Run, y: number): readonly string[] {
  const className = classOf(look)
  const shapes: string[] = []
  for (const part of text.matchAll(/[\u2581-\u2588]+|\u2500+|[^\u2581-\u2588\u2500]+/g)) {
    const chars = [...part[0]]
    const x = PADDING + (column + [...text.slice(0, part.index)].length) * CELL.width
    if (/^\u2500/.test(part[0])) {
      shapes.push(
        `<rect${className} x="${round(x)}" y="${y + CELL.height / 2}" width="${round(chars.length * CELL.width)}" height="1"/>`,
      )
      continue
    }
    if (/^[\u2581-\u2588]/.test(part[0])) {
      for (const [index, char] of chars.entries()) {
        const tall = ((char.charCodeAt(0) - 0x2580) / 8) * (CELL.height - 4)
        shapes.push(
          `<rect${className} x="${round(x + index * CELL.width + 0.4)}" y="${round(y + CELL.height - 2 - tall)}" width="${CELL.width - 0.8}" height="${round(tall)}"/>`,
        )
      }
      continue
    }
    const words = part[0].trimEnd()
    if (words.trim() === '') continue
    const lead = words.length - words.trimStart().length
    const shown = words.trimStart()
    const size = [...shown].length
    shapes.push(
      `<text${className} x="${round(x + lead * CELL.width)}" y="${y + CELL.baseline}" textLength="${round(size * CELL.width)}" xml:space="preserve">${escaped(shown)}</text>`,
    )
  }
  return shapes
}

function classOf({ color, bold, dim }: Look): string {
  const names = [...(color === undefined ? (dim ? ['faint'] : []) : [color]), ...(bold ? ['bold'] : [])]
  return names.length === 0 ? '' : ` class="${names.join(' ')}"`
}

function styleOf(theme: Theme): string {
  const rules = (name: 'dark' | 'light') => {
    const { page, text, bar, faint, ...colors } = PALETTES[name]
    return [
      `.page{fill:${page}}`,
      `.bar{fill:${bar}}`,
      `text,rect{fill:${text}}`,
      `.faint{fill:${faint}}`,
      ...Object.entries(colors).map(([color, value]) => `.${color}{fill:${value}}`),
      // A class must win over the element it stands on.
      `rect.page{fill:${page}}`,
    ].join('')
  }
  const font = `text{font:${CELL.font}px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}.bold{font-weight:700}`
  if (theme !== 'auto') return font + rules(theme)
  return `${font}${rules('dark')}@media (prefers-color-scheme:light){${rules('light')}}`
}

const round = (value: number): number => Number(value.toFixed(2))
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
