import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkFiles } from '../controller/cli/check.ts'
import { KNOBS } from '../controller/config.ts'
import { arbitrate } from '../controller/decide/arbiter.ts'
import { METRICS } from '../controller/model/names.ts'
import { PROFILES } from '../controller/observe/profiles/profiles.ts'
import { referenceFiles } from '../scripts/reference.ts'

const files = referenceFiles()
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

function pageNamed(name: string): string {
  const found = files.find((file) => file.name === name)
  if (found === undefined) throw new Error(`no generated page is called ${name}`)
  return found.markdown
}

describe('the generated reference', () => {
  it.each(files)('docs/reference/$name is what the code says (else: npm run generate)', ({ name, markdown }) => {
    expect(read(`docs/reference/${name}`)).toBe(markdown)
  })

  it.each(files)('$name has no link to a section that is not there', ({ markdown }) => {
    const anchors = [...markdown.matchAll(/^## (.+)$/gm)].map(([, title]) =>
      (title ?? '')
        .toLowerCase()
        .replaceAll(/[^a-z0-9 _-]/g, '')
        .replaceAll(' ', '-'),
    )
    const links = [...markdown.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
    expect(links.filter((link) => !anchors.includes(link ?? ''))).toEqual([])
    expect(new Set(anchors).size).toBe(anchors.length)
  })

  it('tells each field of a Guard with its type, bounds, default and meaning', () => {
    const guard = pageNamed('guard.md')
    for (const row of [
      '| `mode` | `Observe`, `Enforce` or `Paused` | `Observe` | Observe decides and records but changes nothing; Enforce acts; Paused does neither. |',
      '| `interval` | duration, at least 100ms and at most 5m | `1s` | How often each pod is scraped and the Guard judged. |',
      '| `cooldown` | duration, at most 1h | `15s` | The least time between the last act of any remedy and one of this. |',
      '| `min` | whole number, at least 1 | required | Never fewer replicas than this. |',
      '| `rps` | number, above 0 | required | Requests per second one replica can serve, found by a load test. |',
      '| `remedies` | list of [object](#specremedies), at most 8 | none | What may be done on a breach, in this order. |',
    ])
      expect(guard).toContain(row)
  })

  it.each(Object.values(METRICS))('tells the metric %s', (name) => {
    expect(pageNamed('metrics.md')).toContain(`| \`${name}\` |`)
  })

  it.each(Object.values(KNOBS).map(({ env }) => env))('tells the variable %s', (env) => {
    expect(pageNamed('configuration.md')).toContain(`| \`${env}\` |`)
  })

  it.each(Object.keys(PROFILES))('tells the profile %s', (name) => {
    expect(pageNamed('profiles.md')).toContain(`## ${name}\n`)
  })
})

describe('the written pages', () => {
  const pages = [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
    ...readdirSync(new URL('../docs', import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => `docs/${file}`),
  ]

  it.each(pages)('%s links only to files that exist', (path) => {
    const links = [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target ?? '')
    const here = new URL(`../${path}`, import.meta.url)
    const missing = links.filter((target) => !existsSync(new URL(target, here)))
    expect(missing).toEqual([])
  })

  it('README.md shows the example Guard as it is, and it is accepted', async () => {
    const [, shown] = /```yaml\n(.*?)```/s.exec(read('README.md')) ?? []
    expect(parse(shown ?? '')).toEqual(parse(read('examples/guard.yaml')))
    const report = await checkFiles([fileURLToPath(new URL('../examples/guard.yaml', import.meta.url))])
    expect(report).toMatchObject({ ok: true, guards: 1 })
  })

  it('the other example Guards are accepted', async () => {
    const report = await checkFiles([fileURLToPath(new URL('../examples/several-sources.yaml', import.meta.url))])
    expect(report).toMatchObject({ ok: true, guards: 2 })
  })

  it('the example FailoverGroup is accepted', async () => {
    const report = await checkFiles([fileURLToPath(new URL('../examples/failover-group.yaml', import.meta.url))])
    expect(report).toMatchObject({ ok: true, groups: 1 })
  })

  it('README.md lists the interlocks in the order in which they are asked', () => {
    const unread = { kind: 'unread', why: 'not read' } as const
    const { rulings } = arbitrate(
      { remedy: 'scale', direction: 'up', from: 1, to: 2, reasons: [] },
      {
        now: 0,
        mode: 'Enforce',
        isLeading: true,
        target: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
        scale: unread,
        autoscalers: unread,
        raisedMinimum: undefined,
        recentActions: [],
        cooldownMs: 0,
        budget: { actions: 1, perMs: 1 },
        blind: [],
        clockUnsteadyUntil: 0,
      },
    )
    const [, table = ''] = /\| interlock +\|[^\n]*\n\| -[^\n]*\n(.*?)\n\n/s.exec(read('README.md')) ?? []
    const listed = table.split('\n').map((row) => row.split('|')[1]?.trim())
    expect(listed).toEqual(rulings.map(({ interlock }) => interlock))
  })
})
