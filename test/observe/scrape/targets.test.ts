// Which pods are scraped, where, and why others are not.
import { describe, expect, it } from 'vitest'
import { selects } from '../../../controller/model/label-selector.ts'
import type { LabelSelector, Pod } from '../../../controller/model/workload.ts'
import { discoverTargets } from '../../../controller/observe/scrape/targets.ts'

const pod = (changes: Partial<Pod> = {}): Pod => ({
  namespace: 'shop',
  name: 'checkout-1',
  uid: 'u1',
  labels: { app: 'checkout' },
  phase: 'Running',
  podIP: '10.0.0.7',
  ready: true,
  terminating: false,
  containers: [{ name: 'app', ports: [{ name: 'metrics', port: 9100 }], cpuCores: 0.5 }],
  ...changes,
})
const workload = { namespace: 'shop', selector: { matchLabels: { app: 'checkout' } } }
const endpoint = { port: 'metrics', path: '/metrics', scheme: 'http' } as const
const discover = (...pods: Pod[]) => discoverTargets(workload, pods, endpoint)

describe('a pod', () => {
  it('that runs and is selected is a target at its named port', () => {
    expect(discover(pod())).toEqual({
      targets: [
        {
          pod: 'shop/checkout-1',
          podUid: 'u1',
          origin: 'http://10.0.0.7:9100',
          path: '/metrics',
          cpuCores: 0.5,
          expected: true,
        },
      ],
      readyPods: 1,
      reasons: [],
    })
  })

  it('that is ready counts as such even where it can’t be scraped, and one that is not is a target all the same', () => {
    const unready = pod({ name: 'checkout-2', uid: 'u2', ready: false })
    const portless = pod({ name: 'checkout-3', uid: 'u3', containers: [] })
    expect(discover(pod(), unready, portless, pod({ terminating: true }))).toMatchObject({
      targets: [{ expected: true }, { expected: false }],
      readyPods: 2,
    })
  })

  it.each([
    ['is in another namespace', { namespace: 'other' }],
    ['is not selected', { labels: { app: 'cart' } }],
    ['is Pending', { phase: 'Pending' }],
    ['has ended', { phase: 'Succeeded' }],
    ['is terminating', { terminating: true }],
  ] satisfies [string, Partial<Pod>][])('that %s is none, without a word', (_, changes) => {
    expect(discover(pod(changes))).toEqual({ targets: [], readyPods: 0, reasons: [] })
  })

  it('that is not ready is a target from which nothing is expected', () => {
    expect(discover(pod({ ready: false })).targets).toMatchObject([{ expected: false }])
  })

  it('without an IP, or without the named port, gives a reason', () => {
    expect(discover(pod({ podIP: undefined })).reasons).toEqual(['shop/checkout-1 is Running but has no IP yet'])
    expect(discoverTargets(workload, [pod(), pod({ containers: [] })], { ...endpoint, port: 'prom' }).reasons).toEqual([
      'shop/checkout-1 has no port named "prom"; its containers name: metrics',
      'shop/checkout-1 has no port named "prom"; its containers name no ports: use the number',
    ])
  })

  it('is reached at a port by number, over https, over IPv6 and at a path without its slash', () => {
    const { targets } = discoverTargets(workload, [pod({ podIP: 'fd00::7', containers: [] })], {
      port: 8443,
      path: 'stats?format=text',
      scheme: 'https',
    })
    expect(targets).toMatchObject([{ origin: 'https://[fd00::7]:8443', path: '/stats?format=text' }])
    expect(new URL(targets[0]?.origin ?? '').port).toBe('8443')
  })

  it('has the cores of all its containers when all declare them, and else one', () => {
    const container = (cpuCores: number | undefined) => ({ name: 'c', ports: [{ name: 'metrics', port: 1 }], cpuCores })
    const coresOf = (...cores: (number | undefined)[]) =>
      discover(pod({ containers: cores.map(container) })).targets[0]?.cpuCores
    expect([coresOf(0.5, 1.5), coresOf(0.5, undefined), coresOf(0)]).toEqual([2, 1, 1])
  })
})

describe('a selector', () => {
  const labels = { app: 'checkout', tier: 'web' }
  it.each([
    [{}, true],
    [{ matchLabels: { app: 'checkout', tier: 'web' } }, true],
    [{ matchLabels: { app: 'checkout', tier: 'db' } }, false],
    [{ matchLabels: { constructor: 'x' } }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['db', 'web'] }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['db'] }] }, false],
    [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['web'] }] }, false],
    [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'toString', operator: 'Exists' }] }, false],
    [{ matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }, true],
    [{ matchLabels: { app: 'checkout' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
  ] satisfies [LabelSelector, boolean][])('%j selects as Kubernetes does: %s', (selector, expected) => {
    expect(selects(selector, labels)).toBe(expected)
  })
})
