// Turns a captured terminal screen into a picture: `tmux capture-pane -e -p | node scripts/screenshot.ts - docs/images/sandbox.svg`.
import { readFileSync, writeFileSync } from 'node:fs'
import { ansiToSvg, THEMES } from './screenshot/ansi-to-svg.ts'

const [from, to, theme = 'auto', title = 'Evenkeel sandbox'] = process.argv.slice(2)
if (from === undefined || to === undefined || !THEMES.some((one) => one === theme)) {
  console.error(`usage: node scripts/screenshot.ts FILE|- OUT.svg [${THEMES.join('|')}] [TITLE]`)
  process.exit(2)
}
const ansi = readFileSync(from === '-' ? 0 : from, 'utf8')
writeFileSync(to, ansiToSvg(ansi, { theme: THEMES.find((one) => one === theme) ?? 'auto', title }))
