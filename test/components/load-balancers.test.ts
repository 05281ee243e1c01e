// HAProxy and nginx before real pods, told by Evenkeel whom to use: a bad pod goes soon and comes back gently, and nothing takes all away.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { freePort } from '../../sandbox/ports.ts'
import { type Controller, startController } from '../e2e/support/product.ts'
import { startHaproxy, startNginx } from './support/balancers.ts'
import { type Customers, sendCustomers } from './support/customers.ts'
import { describeWith } from './support/programs.ts'
import { createRoom } from './support/room.ts'
import { startWebPods, WEB_PODS, type WebPod, type WebPods } from './support/web-pods.ts'

const GONE_WITHIN_MS = 3_000
const BAD: WebPod = 'web-1'
/** Answers in a row that say who is used: with three pods in turn, each has its turn many times over. */
const MANY = 60

describeWith(['haproxy', 'nginx', 'curl'], 'HAProxy and nginx', () => {
  const room = createRoom('balancers')
  let pods: WebPods
  let evenkeel: Controller
  let customers: Readonly<Record<'HAProxy by agent-check' | 'HAProxy by httpchk' | 'nginx by its file', Customers>>
  let start: () => Promise<Controller>
  let ports: { readonly http: number; readonly agent: number }

  beforeAll(async () => {
    pods = await startWebPods(room)
    ports = { http: await freePort(), agent: await freePort() }
    start = () =>
      startController(pods.kubeconfig, {
        EVENKEEL_PROBES_LISTEN: `127.0.0.1:${ports.http}`,
        EVENKEEL_PROBES_AGENT_LISTEN: `127.0.0.1:${ports.agent}`,
        EVENKEEL_LEASE_NAMESPACE: 'shop',
      })
    evenkeel = await start()
    const haproxy = await startHaproxy(room, pods, ports)
    const nginx = await startNginx(room, pods, ports)
    customers = {
      'HAProxy by agent-check': sendCustomers(room, haproxy.byAgent),
      'HAProxy by httpchk': sendCustomers(room, haproxy.byHttpchk),
      'nginx by its file': sendCustomers(room, nginx),
    }
    await everyone(usesAll)
  })
  afterAll(async () => {
    await evenkeel?.kill()
    await room.stop()
  })

  const usesAll = (answers: readonly string[]) => WEB_PODS.every((pod) => answers.includes(pod))
  const avoidsBad = (answers: readonly string[]) => !answers.includes(BAD)

  async function everyone(holds: (answers: readonly string[]) => boolean, count = MANY): Promise<void> {
    await Promise.all(Object.values(customers).map((one) => one.until(count, holds)))
    expect(Object.values(customers).flatMap(({ failures }) => failures)).toEqual([])
  }

  /** Waits until nobody is sent to the bad pod any more, and judges when somebody last was. */
  async function goneSoon(since: number): Promise<void> {
    await everyone(avoidsBad)
    const after = Object.entries(customers).map(([name, one]) => [name, Math.round((one.lastOf(BAD) ?? 0) - since)])
    console.log('last request to the bad pod, ms after it was bad:', Object.fromEntries(after))
    for (const [name, ms] of after) expect(ms, String(name)).toBeLessThan(GONE_WITHIN_MS)
  }

  /** Its share right after it came back. */
  async function backGently(): Promise<void> {
    const shares = await Promise.all(
      Object.entries(customers).map(async ([name, one]) => [name, await one.shareFromFirst(BAD, 40)] as const),
    )
    console.log('its share of the first 40 requests since its return:', Object.fromEntries(shares))
    for (const [name, share] of shares) expect(share, name).toBeLessThan(0.25)
  }

  it.each([
    ['whose readiness fails', (isWell: boolean) => pods.setReady(BAD, isWell)],
    ['that is marked as not serving', (isWell: boolean) => pods.setServing(BAD, isWell)],
  ])('a pod %s gets no more requests within 3 s, no request is lost, and it comes back gently', async (_, set) => {
    const since = performance.now()
    await set(false)
    await goneSoon(since)
    await set(true)
    await backGently()
  })

  it('a pod that came back has its third again', async () => {
    await everyone((answers) => answers.filter((pod) => pod === BAD).length >= MANY / 4)
  })

  it('with all pods bad all are used', async () => {
    for (const pod of WEB_PODS) await pods.setReady(pod, false)
    await pods.untilReady(false)
    await everyone(usesAll)
    for (const pod of WEB_PODS) await pods.setReady(pod, true)
    await pods.untilReady(true)
    await everyone(usesAll)
  })

  it('with Evenkeel killed nothing changes, whatever happens then, nor when it is back', async () => {
    await pods.setServing(BAD, false)
    await everyone(avoidsBad)
    const lastBefore = Object.values(customers).map((one) => one.lastOf(BAD))
    const changesNothing = async () => {
      await everyone((answers) => answers.includes('web-0') && answers.includes('web-2'), 120)
      expect(Object.values(customers).map((one) => one.lastOf(BAD))).toEqual(lastBefore)
    }
    await evenkeel.kill()
    await pods.setReady('web-2', false)
    await changesNothing()
    await pods.setReady('web-2', true)
    await pods.untilReady(true)
    evenkeel = await start()
    await vi.waitFor(async () => expect((await fetch(`${evenkeel.url}/readyz`)).status).toBe(200), 20_000)
    await changesNothing()
    await pods.setServing(BAD, true)
    await everyone(usesAll)
  })

  it('a pod that dies costs no request of nginx, which passes it by before anybody has told it', async () => {
    const { 'nginx by its file': atNginx } = customers
    pods.kill('web-0')
    await atNginx.until(MANY, () => true)
    await atNginx.until(MANY, usesAll)
    expect(atNginx.failures).toEqual([])
  })

  it('with the API server away the last verdict stands', async () => {
    const { 'HAProxy by agent-check': atHaproxy } = customers
    const told = () => fetch(`http://127.0.0.1:${ports.http}/services/shop/web/pods/${BAD}`)
    await pods.setServing(BAD, false)
    await atHaproxy.until(MANY, avoidsBad)
    await pods.stopApi()
    await vi.waitFor(async () => expect((await fetch(`${evenkeel.url}/readyz`)).status).toBe(500), 20_000)
    expect((await told()).status).toBe(503)
    await atHaproxy.until(MANY, avoidsBad)
  })
})
