// When resources are read, of whom, and what is said of those that do not answer.
import { describe, expect, it } from 'vitest'
import { createObserver } from '../../../controller/observe/observer.ts'
import { PROFILES } from '../../../controller/observe/profiles/profiles.ts'
import { EXPORTERS } from '../../../controller/observe/resources/exporters/exporters.ts'
import { createResourceWatch } from '../../../controller/observe/resources/watch.ts'
import type { Target } from '../../../controller/observe/scrape/targets.ts'
import { handClock, handFetcher } from '../fake-fetcher.ts'

const target = (name: string): Target => ({
  pod: `shop/${name}`,
  podUid: name,
  origin: `http://${name}`,
  path: '/metrics',
  cpuCores: 1,
  expected: true,
})

/** A Guard of the pods a, b and c, with a postgres_exporter beside it. */
function rig({ exporters = [target('pg')], reasons = ['Service shop/pg does not exist'] } = {}) {
  const clock = handClock()
  const hand = handFetcher()
  const watch = createResourceWatch({ clock, fetcher: hand.fetcher }, [
    {
      name: 'postgres',
      recipes: EXPORTERS.postgres,
      choice: {},
      find: () => ({ targets: exporters, reasons: exporters.length > 0 ? [] : reasons }),
    },
  ])
  const observer = createObserver(
    { clock, fetcher: hand.fetcher, tap: watch.tap },
    {
      intervalMs: 1000,
      timeoutMs: 800,
      windowMs: 10_000,
      rateWindowMs: 2000,
      minimumRequests: 20,
      sources: PROFILES['prom-client'],
      optional: ['pool', 'queue'],
    },
  )
  observer.setTargets(['a', 'b', 'c'].map(target))
  let second = 0
  return {
    ...hand,
    watch,
    /** Seconds go by, in each of which every pod serves 30 requests; `failing` fails all of its own. */
    async pass(seconds: number, isTroubled: boolean, { failing = '', fds = 10 } = {}) {
      for (let left = seconds; left > 0; left--) {
        second++
        clock.move(1000)
        for (const name of ['a', 'b', 'c']) {
          const status = name === failing ? '500' : '200'
          const body = `# TYPE http_requests_total counter\nhttp_requests_total{status_code="${status}"} ${30 * second}\nprocess_open_fds ${fds}\nprocess_max_fds 1024\n`
          hand.says.set(`http://${name}`, { body })
        }
        await observer.observe()
        watch.turn(isTroubled)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    asked: (origin: string) => hand.requests.filter((request) => request.target.origin === origin).length,
  }
}
const PG = 'pg_stat_database_numbackends 38\npg_settings_max_connections 40\n'

describe('the resources of a Guard', () => {
  it('are read of its pods, from the bodies that are scraped anyway, and of exporters', async () => {
    const { watch, says, pass, asked } = rig()
    says.set('http://pg', { body: PG })
    await pass(2, true, { fds: 1000 })
    expect(watch.readings().map((one) => (one.kind === 'ok' ? [one.resource, one.of, one.amount] : one.why))).toEqual([
      ['fileDescriptors', 'shop/a', '1,000 of 1,024'],
      ['fileDescriptors', 'shop/b', '1,000 of 1,024'],
      ['fileDescriptors', 'shop/c', '1,000 of 1,024'],
      ['database', 'postgres shop/pg', '38 of 40 connections'],
    ])
    expect(asked('http://a')).toBe(2)
  })

  it('are asked for every 30 s while calm, every 5 s in trouble, and at once when it begins', async () => {
    const { says, pass, asked } = rig()
    says.set('http://pg', { body: PG })
    await pass(60, false)
    expect(asked('http://pg')).toBe(2)
    await pass(1, true)
    expect(asked('http://pg')).toBe(3)
    await pass(20, true)
    expect(asked('http://pg')).toBe(7)
  })

  it('are as old as the pace of the trouble, not as that of calm', async () => {
    const { watch, pass } = rig()
    const descriptors = () => watch.readings().flatMap((one) => (one.kind === 'ok' ? one.amount : []))
    await pass(20, false, { fds: 10 })
    await pass(6, true, { fds: 900 })
    expect(descriptors()).toEqual(['900 of 1,024', '900 of 1,024', '900 of 1,024'])
  })

  it('are unknown with the reason when an exporter does not answer, has not answered, or is not there', async () => {
    const why = ({ watch }: ReturnType<typeof rig>) =>
      watch.readings().flatMap((one) => (one.kind === 'unknown' ? `${one.resource}: ${one.why}` : []))
    const silent = rig()
    await silent.pass(1, true)
    expect(why(silent)).toEqual(['database: postgres shop/pg has not answered yet'])
    await silent.answer('http://pg', { why: 'connection refused' })
    expect(why(silent)).toEqual(['database: postgres shop/pg: connection refused'])
    const other = rig()
    other.says.set('http://pg', { body: 'up 1\n' })
    await other.pass(1, true)
    expect(why(other)).toEqual(['database: postgres does not tell it (yet)'])
    const nobody = rig({ exporters: [] })
    await nobody.pass(1, true)
    expect(why(nobody)).toEqual(['database: Service shop/pg does not exist'])
  })

  it('of an exporter that fell silent are forgotten after some turns', async () => {
    const { watch, says, pass } = rig()
    says.set('http://pg', { body: PG })
    await pass(40, true)
    const database = () => watch.readings().find((one) => one.resource === 'database')?.kind
    says.set('http://pg', { why: 'timeout after 4 s' })
    await pass(10, true)
    expect(database()).toBe('ok')
    await pass(15, true)
    expect(database()).toBe('unknown')
  })
})

describe('each pod by itself', () => {
  it('is told in trouble, with its requests and failures of the last seconds, and not in calm', async () => {
    const { watch, pass } = rig()
    await pass(5, false)
    expect(watch.pods()).toEqual([])
    expect(watch.tap.wantsExtracts).toBe(false)
    await pass(4, true, { failing: 'b' })
    const [a, b, c] = watch.pods()
    expect(a).toMatchObject({ pod: 'shop/a', errors: 0 })
    expect(c).toMatchObject({ pod: 'shop/c', errors: 0 })
    expect(b?.errors).toBeGreaterThan(50)
    // Never more than two slots of five seconds.
    await pass(60, true)
    expect(watch.pods()[0]?.requests).toBeLessThanOrEqual(300)
    expect(watch.pods()[1]?.errors).toBe(0)
  })
})
