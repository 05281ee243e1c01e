// Whom a FailoverGroup calls, on a real Prometheus and Alertmanager: nobody for a failover that is made, somebody once for one that is refused.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildAlerts } from '../../alerts/build.ts'
import { filesOf } from '../../alerts/output/files.ts'
import { alertmanagerConfig } from '../../alerts/routing/config.ts'
import {
  type Receiver,
  startAlertmanager,
  startReceiver,
  type TestAlertmanager,
} from '../alerts/alertmanager-server.ts'
import { evenkeel } from '../cli/evenkeel.ts'
import { describeWith } from '../components/support/programs.ts'
import { startTestPrometheus, type TestPrometheus } from '../observe/prometheus/server.ts'
import { type Controller, startController, until } from './support/product.ts'
import { type Group, NAMESPACE, type Sites, startSites } from './support/sites.ts'

describeWith(['prometheus', 'prometheus-alertmanager'], 'a FailoverGroup', () => {
  let sites: Sites
  let shop: Group
  let controller: Controller
  let receiver: Receiver
  let alertmanager: TestAlertmanager
  let prometheus: TestPrometheus

  beforeAll(async () => {
    ;[sites, receiver] = await Promise.all([startSites(), startReceiver()])
    const config = alertmanagerConfig()
    alertmanager = await startAlertmanager({
      ...config,
      // Every change of a group is told within a second: a second page would come at once.
      route: {
        ...config.route,
        group_interval: '1s',
        routes: config.route.routes.map((one) => ({ ...one, group_interval: '1s' })),
      },
      receivers: config.receivers.map(({ name }) => ({ name, webhook_configs: [{ url: receiver.url }] })),
    })
    shop = await sites.group('shop', ['east', 'west'])
    controller = await startController(sites.cluster.kubeconfigFor('evenkeel'), {
      EVENKEEL_ALERTMANAGER_URL: alertmanager.url,
    })
    const built = buildAlerts([], { team: 'unassigned', evenkeelNamespace: 'default', leaveOut: false })
    prometheus = await startTestPrometheus({
      targets: [{ address: new URL(controller.url).host, labels: {} }],
      ruleFiles: filesOf(built, { labels: {} })
        .filter(({ path }) => path.startsWith('rules/'))
        .map(({ text }) => text),
      alertmanager: new URL(alertmanager.url).host,
    })
    await until('the first site is adopted', async () => (await shop.status()).active === 'east')
  })
  afterAll(async () => {
    await prometheus?.stop()
    await controller?.stop()
    await alertmanager?.stop()
    receiver?.close()
    await sites?.stop()
  })

  const pages = () => receiver.notifications.filter(({ receiver: name }) => name === 'evenkeel-page')
  const shown = async (name: string) => (await alertmanager.alerts()).filter(({ labels }) => labels.alertname === name)

  it('that fails over pages nobody, and asks that somebody look into it', async () => {
    await shop.health('east', false)
    await until('west is active', async () => (await shop.status()).active === 'west')
    const [warning] = await until('it is told', async () => {
      const found = await shown('FailoverUnacknowledged')
      return found.length > 0 ? found : undefined
    })
    expect(warning?.labels).toEqual({
      alertname: 'FailoverUnacknowledged',
      namespace: NAMESPACE,
      group: 'shop',
      service: 'shop',
      slo: 'failover',
      severity: 'warning',
      team: 'unassigned',
    })
    expect(pages()).toEqual([])
  })

  it('that is refused the next one pages once, told by push and by rule, and keeps its own warnings quiet', async () => {
    await shop.health('east', true)
    await until('east could take over again', async () => {
      const { members = [] } = await shop.status()
      return members.find(({ name }) => name === 'east')?.state === 'Answers'
    })
    await shop.health('west', false)
    await until('somebody is paged', () => (pages().length > 0 ? true : undefined))
    const condition = await shop.condition('FailoverRefused')
    expect(condition?.status).toBe('True')
    expect(pages()[0]).toMatchObject({
      status: 'firing',
      alerts: [{ labels: { alertname: 'FailoverRefused', namespace: NAMESPACE, service: 'shop', group: 'shop' } }],
    })
    await until('Prometheus says the same', async () =>
      (await shown('FailoverRefused')).some(({ generatorURL }) => generatorURL?.includes('/graph')),
    )
    // One alert, although two tell of it, over and over; and no other for the same.
    await sleep(70_000)
    expect(await shown('FailoverRefused')).toHaveLength(1)
    expect(await shown('FailoverGroupUnavailable')).toEqual([])
    expect((await shown('FailoverUnacknowledged')).map(({ status }) => status.state)).toEqual(['suppressed'])
    expect(pages()).toHaveLength(1)
  }, 180_000)

  it('that somebody has looked into fails over again, and only then asks anew', async () => {
    const { code } = await evenkeel([
      'failover',
      `${NAMESPACE}/shop`,
      '--acknowledge',
      '--kubeconfig',
      sites.cluster.kubeconfig,
    ])
    expect(code).toBe(0)
    await until('east is active', async () => (await shop.status()).active === 'east')
    const metrics = await (await fetch(`${controller.url}/metrics`)).text()
    expect(metrics).toMatch(/^evenkeel_alert_pushes_total\{outcome="ok"\} [1-9]/m)
    expect(pages()).toHaveLength(1)
  })
})
