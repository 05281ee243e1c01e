// The boards: their places and ids, the limits of a Guard in them, the links, and what both schemas have in common.
import { type Panel, PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { METRICS } from '../../controller/model/names.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'
import type { KnownGuard } from '../../dashboards/boards/options.ts'
import { guardUid } from '../../dashboards/boards/uids.ts'
import { boards } from '../../dashboards/boards.ts'
import { layOut } from '../../dashboards/kit/layout.ts'
import { schemaV2 } from '../../dashboards/schema-v2.ts'
import { queriesOf } from './expressions.ts'

function guard(limits: object, scale: object = {}): KnownGuard {
  const validation = validateGuardSpec({
    target: { name: 'checkout' },
    limits,
    remedies: [{ scale: { min: 2, max: 8, ...scale } }],
  })
  if (!validation.ok) throw new Error(JSON.stringify(validation.faults))
  return { namespace: 'shop', name: 'checkout', spec: validation.spec }
}

const panelOf = (board: { panels?: unknown[] } | undefined, title: string) =>
  z
    .object({
      targets: z.array(z.object({ expr: z.string() })),
      fieldConfig: z.object({
        defaults: z.object({
          thresholds: z.object({ steps: z.array(z.object({ value: z.number().nullable() })) }).optional(),
          custom: z.object({ thresholdsStyle: z.object({ mode: z.string() }).optional() }),
        }),
      }),
    })
    .parse(board?.panels?.find((panel) => z.object({ title: z.string() }).parse(panel).title === title))

describe('layout', () => {
  it('gives every panel an id of its own and a place in the grid, upon no other', () => {
    const tile = fc.record({ width: fc.integer({ min: 1, max: 24 }), height: fc.integer({ min: 1, max: 12 }) })
    const rows = fc.array(fc.array(tile, { maxLength: 12 }), { maxLength: 5 })
    fc.assert(
      fc.property(rows, (sizes) => {
        const panel = (): Panel => new PanelBuilder().title('p').build()
        const panels = layOut(
          sizes.map((tiles) => ({ title: 'row', tiles: tiles.map((size) => ({ ...size, panel: panel() })) })),
        )
        expect(panels).toHaveLength(sizes.length + sizes.flat().length)
        expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1))
        const taken = new Set<string>()
        for (const { gridPos: { x, y, w, h } = { x: -1, y: 0, w: 0, h: 0 } } of panels) {
          expect([x >= 0, x + w <= 24]).toEqual([true, true])
          for (let column = x; column < x + w; column++)
            for (let line = y; line < y + h; line++) {
              expect(taken.has(`${column} ${line}`)).toBe(false)
              taken.add(`${column} ${line}`)
            }
        }
      }),
    )
  })

  it.each([0, 25])('refuses a panel of %i columns, by name', (width) => {
    const panel = new PanelBuilder().title('Wide').build()
    expect(() => layOut([{ title: 'row', tiles: [{ panel, width, height: 1 }] }])).toThrow(
      `the panel "Wide" is ${width} columns wide`,
    )
  })
})

describe('limits', () => {
  const limited = ['Errors', 'Latency', 'CPU', 'Connection pool', 'Queue'] as const
  const [service, , , , , own] = boards({}, [
    guard({ errors: '2%', latency: '300ms', cpu: '70%', pool: '60%', queue: 50 }),
  ])

  it.each(limited)('of %s in the board of any Guard is asked of Prometheus', (title) => {
    const { targets, fieldConfig } = panelOf(service, title)
    expect(targets.at(-1)?.expr).toMatch(
      new RegExp(`${METRICS.guardLimit}\\{namespace="\\$namespace",guard="\\$guard",limit=`),
    )
    expect(fieldConfig.defaults.thresholds).toBeUndefined()
  })

  it.each(limited.map((title, index) => [title, [0.02, 0.3, 0.7, 0.6, 50][index]] as const))(
    'of %s in the Guard’s own board is a line at %d',
    (title, value) => {
      const { targets, fieldConfig } = panelOf(own, title)
      expect(fieldConfig.defaults.thresholds?.steps.map((step) => step.value)).toEqual([null, value])
      expect(fieldConfig.defaults.custom.thresholdsStyle?.mode).toBe('dashed')
      expect(targets.filter(({ expr }) => expr.includes(METRICS.guardLimit))).toEqual([])
    },
  )

  it('of requests moves with the ready replicas, and there is none when no baseline is declared', () => {
    const [, , , , , with500] = boards({}, [guard({}, { perReplica: { rps: 500 } })])
    expect(panelOf(with500, 'Requests per second').targets.at(-1)?.expr).toBe(
      '500 * max by (namespace, guard) (evenkeel_guard_replicas{namespace="shop",guard="checkout",state="ready"})',
    )
    expect(panelOf(own, 'Requests per second').targets).toHaveLength(1)
  })
})

it('a Guard’s own board has a row of objectives when it has objectives', () => {
  const titles = (objectives: object | undefined) => {
    const validation = validateGuardSpec({ target: { name: 'checkout' }, objectives })
    const guards = validation.ok ? [{ namespace: 'shop', name: 'checkout', spec: validation.spec }] : []
    return boards({}, guards)[5]?.panels?.map(({ title }) => title)
  }
  expect(titles({ availability: '99.9%' })).toContain('Objectives')
  expect(titles(undefined)).not.toContain('Objectives')
})

it('a Guard’s own board asks for nothing of another Guard, but for the Features, alerts and switches of its namespace', () => {
  const [, , , , , own] = boards({}, [guard({})])
  const wide = queriesOf(own ?? { title: '' }).filter(({ expr }) => !expr.includes('namespace="shop",guard="checkout"'))
  expect(wide.map(({ expr }) => expr)).toEqual([
    ['Degraded', 'Overridden']
      .map((state) => `max by (namespace, feature) (${METRICS.featureState}{namespace="shop",state="${state}"})`)
      .map((selected, index) => `${index + 1} * ${selected}`)
      .join(' + '),
    'max by (alertname, severity, alertstate) (ALERTS{namespace="shop"})',
    `max by (namespace, group, kind, outcome) (${METRICS.failoverGroupLastSwitch}{namespace="shop"}) * 1000`,
  ])
})

describe('links', () => {
  const text = (runbooks?: string) => JSON.stringify(boards({ runbooks }, [guard({})]).map(({ links }) => links))

  it('lead to the runbooks where they are said to be, and nowhere when nobody said', () => {
    expect(text('https://example.com/runbooks/')).toContain('"https://example.com/runbooks/README.md"')
    expect(JSON.stringify(boards({}, [guard({})]))).not.toContain('Runbook')
  })

  it('of a panel lead to the runbooks of the alerts on what it shows, in either schema', () => {
    const [service] = boards({ runbooks: 'https://example.com/runbooks/' })
    const v2 = service === undefined ? undefined : schemaV2(service)
    const conditions = service?.panels?.find(({ title }) => title === 'Conditions')
    const urls = ['exhausted', 'not-observed', 'metrics-absent'].map(
      (name) => `https://example.com/runbooks/${name}.md`,
    )
    expect(conditions).toMatchObject({ links: urls.map((url) => ({ url, targetBlank: true })) })
    const element = z
      .object({
        elements: z.record(z.string(), z.object({ spec: z.object({ links: z.array(z.object({ url: z.string() })) }) })),
      })
      .parse(v2?.spec).elements[`panel-${conditions?.id}`]
    expect(element?.spec.links.map(({ url }) => url)).toEqual(urls)
  })

  it('to traces keep their variables for Grafana to replace, and nothing else unencoded', () => {
    const urls = [...text().matchAll(/"url":"(\/explore[^"]+)"/g)].map(([, url = '']) => url)
    expect(urls).toHaveLength(3)
    for (const url of urls) {
      expect(url).not.toMatch(/[ {}"](?<!\$\{)(?<!\$\{\w+\})/)
      const panes: unknown = JSON.parse(decodeURIComponent(url.replace(/^.*panes=/, '')))
      expect(panes).toMatchObject({ traces: { datasource: '${traces}', queries: [{ queryType: 'traceql' }] } })
    }
    expect(decodeURIComponent(urls[0] ?? '')).toContain('span.evenkeel.guard = \\"${namespace}/${guard}\\"')
    expect(decodeURIComponent(urls[2] ?? '')).toContain('span.evenkeel.guard = \\"shop/checkout\\"')
  })

  it('are never hidden in a menu, as the SDK would have them', () => {
    expect(JSON.stringify(boards({}, [guard({})]))).not.toContain('inControlsMenu')
  })
})

it.each(boards({}, [guard({})]))('the newer schema asks the same of $title', (board) => {
  const v2 = queriesOf({ ...schemaV2(board), title: board.title })
  expect(v2).toEqual(queriesOf(board))
})

it('every Guard’s board has a uid of its own that Grafana accepts', () => {
  const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,80}[a-z0-9])?$/)
  fc.assert(
    fc.property(name, name, name, name, (a, b, c, d) => {
      expect(guardUid(a, b)).toMatch(/^[a-zA-Z0-9_-]{1,40}$/)
      if (a !== c || b !== d) expect(guardUid(a, b)).not.toBe(guardUid(c, d))
    }),
  )
  expect(guardUid('shop-a', 'b')).not.toBe(guardUid('shop', 'a-b'))
})

it('boards share nothing: changing one leaves the next as it is', () => {
  const [first] = boards({})
  first?.panels?.splice(0)
  expect(boards({})[0]?.panels?.length).toBeGreaterThan(20)
})
