// What the extractor makes of two expositions with the candidates of a profile.
import { expect } from 'vitest'
import type { SignalSources } from '../../../controller/model/signal-source.ts'
import { createCatalog, SOURCES } from '../../../controller/observe/scrape/catalog.ts'
import { createExtractor, SUM } from '../../../controller/observe/scrape/extract.ts'
import { createClassCache } from '../../../controller/observe/scrape/reader.ts'

/** What is known after two bodies, a second apart. */
export function extractOf(sources: SignalSources, before: string, after: string) {
  const extractor = createExtractor(createClassCache(createCatalog(sources)))
  expect(extractor.take(Buffer.from(before), undefined, 0)).toBeUndefined()
  expect(extractor.take(Buffer.from(after), undefined, 1000)).toBeUndefined()
  const { sums, bounds, problems } = extractor.extract
  const [rps, errors, cpu, poolUsed, poolMax, queue] = sums
  return {
    rps,
    errors,
    cpu,
    poolUsed,
    poolMax,
    queue,
    buckets: [...bounds].map((bound, index) => [bound, sums[SUM.buckets + index]]),
    unknown: SOURCES.filter((_, source) => problems[source] !== undefined),
  }
}
