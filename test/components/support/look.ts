// Looks at an exporter as a Guard does that names it for a signal: the same plan, the same scraping.
import { onTestFinished } from 'vitest'
import { systemClock } from '../../../controller/model/clock.ts'
import { GUARD_SPEC } from '../../../controller/model/guard.ts'
import { createObserver } from '../../../controller/observe/observer.ts'
import { createFetcher } from '../../../controller/observe/scrape/fetcher.ts'
import { planOf } from '../../../controller/reconcile/guard-plan.ts'

/** Returns what the Guard reads of `pool` (a ratio) or `queue` each time that it is called. Throws when that is unknown. */
export function guardOf(name: 'pool' | 'queue', said: object, url: string): () => Promise<number> {
  // A machine under load may take its time.
  const from = { scrape: { interval: '10s' } }
  const signals = { from, [name]: { ...said, service: 'exporter' } }
  const spec = GUARD_SPEC.parse({ target: { name: 'shop' }, signals })
  const [side] = planOf(spec).sides
  if (side?.kind !== 'service') throw new Error(`signals.${name} is not read from a Service`)
  const fetcher = createFetcher()
  const observer = createObserver({ clock: systemClock, fetcher }, side.spec)
  onTestFinished(() => {
    observer.close()
    fetcher.close()
  })
  const { origin, pathname } = new URL(url)
  const pod = { pod: 'shop/exporter', podUid: 'exporter', cpuCores: 1, expected: true }
  observer.setTargets([{ ...pod, origin, path: pathname }])
  return async () => {
    const { observations } = await observer.observe()
    const seen = observations[name]
    if (seen?.kind !== 'ok') throw new Error(`${name} is ${JSON.stringify(seen)}`)
    return seen.value
  }
}
