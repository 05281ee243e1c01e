// `evenkeel alerts` as a process: what it writes, prints and ends with.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { evenkeel } from './evenkeel.ts'

const GUARD = 'examples/guard.yaml'
let folder: string
let out: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-alerts-'))
  out = join(folder, 'out')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const read = (path: string) => parse(readFileSync(join(out, path), 'utf8'))
const build = (...more: readonly string[]) => evenkeel(['alerts', 'build', '-o', out, ...more])

function guardFile(spec: object, labels: object = {}): string {
  const file = join(folder, 'guard.yaml')
  const metadata = { namespace: 'shop', name: 'cart', labels }
  writeFileSync(
    file,
    stringify({
      apiVersion: 'evenkeel.dev/v1alpha1',
      kind: 'Guard',
      metadata,
      spec: { target: { name: 'cart' }, ...spec },
    }),
  )
  return file
}

describe('build', () => {
  it('writes rules, objects, tests, a configuration of Alertmanager and a runbook for each alert', async () => {
    const built = await build('-f', GUARD, '--runbook-url', 'https://example.com/runbooks/')
    expect(built).toMatchObject({ code: 0, stderr: '' })
    expect(readdirSync(out).toSorted()).toEqual(['alertmanager.yaml', 'objects', 'rules', 'runbooks', 'tests'])
    expect(readdirSync(join(out, 'rules')).toSorted()).toEqual(['evenkeel.yaml', 'shop.checkout.yaml'])
    const alerts = ['evenkeel.yaml', 'shop.checkout.yaml']
      .flatMap((file) => read(`rules/${file}`).groups)
      .flatMap(({ rules }) => rules)
      .filter(({ alert }) => alert !== undefined)
    expect(alerts.length).toBeGreaterThan(10)
    for (const { annotations } of alerts) {
      const [, page] = /^https:\/\/example\.com\/runbooks\/([a-z-]+\.md)$/.exec(annotations.runbook_url) ?? []
      expect(existsSync(join(out, 'runbooks', page ?? '')), annotations.runbook_url).toBe(true)
    }
  })

  it('writes objects with the labels and the namespace that were asked for, and the same groups', async () => {
    await build('-f', GUARD, '--manifest-namespace', 'monitoring', '--label', 'release=kps', 'tenant=a')
    expect(read('objects/evenkeel-alerts.shop.checkout.yaml')).toEqual({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: {
        name: 'evenkeel-alerts.shop.checkout',
        namespace: 'monitoring',
        labels: { 'app.kubernetes.io/part-of': 'evenkeel', release: 'kps', tenant: 'a' },
      },
      spec: read('rules/shop.checkout.yaml'),
    })
  })

  it('gives alerts the team of the Guard’s label, and else the one that is named', async () => {
    const teams = () =>
      new Set(
        read('rules/shop.cart.yaml')
          .groups.flatMap(({ rules }: { rules: { labels: { team?: string } }[] }) => rules)
          .flatMap(({ labels }: { labels: { team?: string } }) => labels.team ?? []),
      )
    await build('-f', guardFile({}, { 'evenkeel.dev/team': 'payments' }), '--team', 'sre')
    expect(teams()).toEqual(new Set(['payments']))
    await build('-f', guardFile({}), '--team', 'sre')
    expect(teams()).toEqual(new Set(['sre']))
    await build('-f', guardFile({}))
    expect(teams()).toEqual(new Set(['unassigned']))
  })

  it('writes nothing when an alert can never fire, and says which', async () => {
    const refused = await build('-f', guardFile({ limits: { errors: '100%' } }))
    expect(refused).toMatchObject({ code: expect.not.stringMatching('0'), stdout: '' })
    expect(refused.stderr).toMatch(
      /nothing was written .*\nshop\/cart: spec\.limits\.errors \(100%\) its alert can never fire: .*: write less than 100%/,
    )
    expect(existsSync(out)).toBe(false)
  })

  it('leaves out with --leave-out what can never fire, and says so', async () => {
    const built = await build('-f', guardFile({ limits: { errors: '100%' } }), '--leave-out')
    expect(built.code).toBe(0)
    expect(built.stderr).toContain('left out: shop/cart: spec.limits.errors (100%)')
    expect(existsSync(join(out, 'rules/shop.cart.yaml'))).toBe(true)
  })

  it.each([
    [['--runbook-url', 'docs'], '--runbook-url docs is not a URL'],
    [['--dashboard-url', 'grafana'], '--dashboard-url grafana is not a URL'],
    [['--label', 'release'], '--label release is not a label: write NAME=VALUE'],
  ])('%j is refused', async (flags, why) => {
    const refused = await build('-f', GUARD, ...flags)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain(why)
  })
})
