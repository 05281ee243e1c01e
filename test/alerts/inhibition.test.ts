// The generated inhibition on a real Alertmanager: a page keeps its own warnings quiet, and nothing else.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { alertmanagerConfig } from '../../alerts/routing/config.ts'
import { describeWith } from '../components/support/programs.ts'
import { type ShownAlert, startAlertmanager, type TestAlertmanager } from './alertmanager-server.ts'

const CHECKOUT = { namespace: 'shop', service: 'checkout', slo: 'availability' }

describeWith(['prometheus-alertmanager'], 'a page of checkout’s availability', () => {
  let alertmanager: TestAlertmanager
  let shown: readonly ShownAlert[]

  const OTHERS = [
    ['keeps its own warning quiet', { severity: 'warning', ...CHECKOUT }, true],
    ['keeps its own warning of another alert quiet', { severity: 'warning', ...CHECKOUT, limit: 'errors' }, true],
    ['keeps what is only to be known of it quiet', { severity: 'info', ...CHECKOUT }, true],
    ['leaves what is to be known of another service alone', { severity: 'info', ...CHECKOUT, service: 'cart' }, false],
    ['leaves its warning of latency alone', { severity: 'warning', ...CHECKOUT, slo: 'latency' }, false],
    ['leaves a warning of another service alone', { severity: 'warning', ...CHECKOUT, service: 'cart' }, false],
    ['leaves a warning of another namespace alone', { severity: 'warning', ...CHECKOUT, namespace: 'bank' }, false],
    ['leaves another page of the same alone', { severity: 'critical', ...CHECKOUT, window: '6h/30m' }, false],
    ['leaves what always fires alone', { severity: 'none', ...CHECKOUT }, false],
    ['leaves a warning without slo alone', { severity: 'warning', namespace: 'shop', service: 'checkout' }, false],
    ['leaves a warning with none of the labels alone', { severity: 'warning' }, false],
  ] as const

  beforeAll(async () => {
    alertmanager = await startAlertmanager(alertmanagerConfig())
    await alertmanager.post([
      { labels: { alertname: 'Page', severity: 'critical', ...CHECKOUT } },
      // With none of the labels it equals every alert that has none of them.
      { labels: { alertname: 'PageWithoutLabels', severity: 'critical' } },
      ...OTHERS.map(([name, labels]) => ({ labels: { alertname: name, ...labels } })),
    ])
    shown = await alertmanager.alerts()
  })
  afterAll(() => alertmanager?.stop())

  it.each(OTHERS)('%s', (name, _, isQuiet) => {
    const found = shown.find(({ labels }) => labels.alertname === name)
    expect(found?.status).toMatchObject({
      state: isQuiet ? 'suppressed' : expect.not.stringMatching('suppressed'),
      inhibitedBy: isQuiet ? [expect.any(String)] : [],
    })
  })
})
