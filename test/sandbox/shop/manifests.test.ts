// The manifests: whole, valid by the product's own rules, and without a place that was not filled in.
import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scaleOf } from '../../../controller/model/remedies.ts'
import { validateGuardSpec } from '../../../controller/model/validate.ts'
import { type ManifestOptions, type ShopObject, shopManifests } from '../../../sandbox/shop/manifests.ts'

const OPTIONS: ManifestOptions = {
  servicePrefix: '127.23.0',
  namespace: 'a-shop',
  guardMode: 'Enforce',
  faultToken: 'secret',
}
const all = shopManifests(OPTIONS)
const of = (kind: string) => all.filter((object) => object.kind === kind)
const nameOf = ({ metadata }: ShopObject) => metadata.name
const CORE = ['gateway', 'checkout', 'catalogue', 'worker', 'database', 'queue']
const EXTRA = ['reviews', 'recommendations']

const CONTAINER = z.object({
  command: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() })),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
})
const DEPLOYMENT = z.object({
  replicas: z.number(),
  selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
  template: z.object({
    metadata: z.object({ labels: z.record(z.string(), z.string()) }),
    spec: z.object({ containers: z.tuple([CONTAINER]) }),
  }),
})
const deploymentOf = (name: string) => DEPLOYMENT.parse(of('Deployment').find((one) => nameOf(one) === name)?.spec)
const containerOf = (name: string) => deploymentOf(name).template.spec.containers[0]
const settingOf = (name: string, variable: string) => containerOf(name).env.find((one) => one.name === variable)?.value

describe('the manifests', () => {
  test('come as Deployments, Services, Features and Guards, in the wanted namespace, and nothing is left to fill in', () => {
    const kinds = all.map(({ kind }) => kind)
    expect(kinds).toEqual([...kinds].sort((a, b) => order(a) - order(b)))
    expect(of('Deployment').map(nameOf)).toEqual([...CORE, ...EXTRA])
    expect(of('Feature').map(nameOf)).toEqual(EXTRA)
    expect(of('Guard').map(nameOf)).toEqual(['gateway', 'checkout', 'catalogue', 'worker', ...EXTRA])
    expect(all.every(({ metadata }) => metadata.namespace === 'a-shop')).toBe(true)
    expect(JSON.stringify(all)).not.toMatch(/\{\{/)
  })

  test('tell the core from what the shop can do without', () => {
    const tiers = (names: readonly string[]) =>
      new Set(
        all
          .filter((one) => names.includes(nameOf(one)))
          .flatMap((one) => one.metadata.annotations?.['evenkeel.dev/tier'] ?? []),
      )
    expect(tiers(CORE)).toEqual(new Set(['Critical']))
    expect(tiers(EXTRA)).toEqual(new Set(['Sheddable', 'SheddablePlus']))
  })

  test.each([...CORE, ...EXTRA])(
    'run %s with this Node, from a file that exists, by the ports that others expect',
    (name) => {
      const { template, selector } = deploymentOf(name)
      const { command, ports, env } = containerOf(name)
      expect(command[0]).toBe(process.execPath)
      expect(existsSync(command.at(-1) ?? '')).toBe(true)
      expect(ports).toEqual([
        { name: 'http', containerPort: 8080 },
        { name: 'metrics', containerPort: 9464 },
      ])
      expect(env[0]).toEqual({ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } })
      expect(template.metadata.labels).toMatchObject(selector.matchLabels)
    },
  )

  test('open the switch for faults only with a token', () => {
    expect(settingOf('checkout', 'FAULTS')).toBe('on')
    expect(settingOf('checkout', 'FAULT_TOKEN')).toBe('secret')
    const { faultToken: _, ...closed } = OPTIONS
    const text = JSON.stringify(shopManifests(closed))
    expect(text).not.toMatch(/"FAULTS","value":"on"/)
    expect(text).toMatch(/"FAULTS","value":"off"/)
  })

  test('give each Service its own address under the wanted prefix, and services find each other there', () => {
    const addresses = Object.fromEntries(of('Service').map((one) => [nameOf(one), one.spec.clusterIP]))
    expect(addresses).toEqual({
      gateway: '127.23.0.10',
      checkout: '127.23.0.11',
      catalogue: '127.23.0.12',
      reviews: '127.23.0.13',
      recommendations: '127.23.0.14',
      database: '127.23.0.15',
      queue: '127.23.0.16',
    })
    for (const name of ['checkout', 'catalogue', 'reviews', 'recommendations'])
      expect(settingOf('gateway', `${name.toUpperCase()}_URL`)).toBe(`http://${addresses[name]}:8080`)
    for (const name of ['checkout', 'catalogue', 'reviews'])
      expect(settingOf(name, 'DATABASE_URL')).toBe(`http://${addresses.database}:8080`)
    expect(settingOf('recommendations', 'CATALOGUE_URL')).toBe(`http://${addresses.catalogue}:8080`)
    for (const name of ['checkout', 'worker'])
      expect(settingOf(name, 'QUEUE_URL')).toBe(`http://${addresses.queue}:8080`)
  })
})

describe('the Guards', () => {
  test.each(of('Guard').map((guard) => [nameOf(guard), guard] as const))(
    'of %s is valid and starts within its bounds',
    (name, guard) => {
      const validation = validateGuardSpec(guard.spec)
      if (!validation.ok) throw new Error(JSON.stringify(validation.faults))
      const { mode, target, remedies } = validation.spec
      expect({ mode, target }).toEqual({ mode: 'Enforce', target: { kind: 'Deployment', name } })
      expect(deploymentOf(name).replicas).toBe(scaleOf(remedies)?.min)
    },
  )

  test('may scale out to what the database has connections for', () => {
    const most = (name: string) => {
      const validation = validateGuardSpec(of('Guard').find((guard) => nameOf(guard) === name)?.spec)
      return validation.ok ? (scaleOf(validation.spec.remedies)?.max ?? 0) : 0
    }
    const connections = ['checkout', 'catalogue', 'reviews'].map(
      (name) => most(name) * Number(settingOf(name, 'POOL_MAX')),
    )
    expect(connections.reduce((sum, one) => sum + one)).toBeLessThan(Number(settingOf('database', 'MAX_CONNECTIONS')))
  })
})

const order = (kind: string) => ['Deployment', 'Service', 'Feature', 'Guard'].indexOf(kind)
