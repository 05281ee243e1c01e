// Pictures of the screen: every word at its column, colours as classes, blocks as shapes.
import { describe, expect, it } from 'vitest'
import { ansiToSvg } from '../../scripts/screenshot/ansi-to-svg.ts'

const svg = (ansi: string, theme: 'auto' | 'dark' = 'dark') => ansiToSvg(ansi, { theme, title: 'a <title>' })

describe('a screen as SVG', () => {
  it('has each run of text at its column, with its colour', () => {
    const picture = svg('ab \u001b[1;31mred\u001b[0m \u001b[2mfaint\u001b[22m')
    expect(picture).toContain('<text x="18" y="61.5" textLength="16.8" xml:space="preserve">ab</text>')
    expect(picture).toContain('<text class="red bold" x="43.2"')
    expect(picture).toContain('<text class="faint" x="76.8"')
  })

  it('draws bars and rules as shapes: a full block is taller than a low one', () => {
    const heights = [...svg('\u001b[32m▁█\u001b[39m──').matchAll(/<rect class="green"[^>]* height="([\d.]+)"/g)].map(
      ([, height]) => Number(height),
    )
    expect(heights).toEqual([1.75, 14])
    expect(svg('──')).toMatch(/width="16.8" height="1"/)
  })

  it('escapes what is not markup, and skips sequences that are no colours', () => {
    expect(svg('a<b & c')).toContain('a&lt;b &amp; c')
    expect(svg('a')).toContain('a &lt;title&gt;')
    expect(svg('\u001b[2J\u001b[?25lx')).toContain('>x</text>')
  })

  it('follows the reader’s light or dark theme when asked to', () => {
    expect(svg('x', 'auto')).toContain('prefers-color-scheme:light')
    expect(svg('x')).not.toContain('prefers-color-scheme')
  })
})
