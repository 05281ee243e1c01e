// What reading an exposition costs: by layout and in full, against parse-prometheus-text-format.
import parsePrometheusTextFormat from 'parse-prometheus-text-format'
import { PROFILES } from '../controller/observe/profiles/profiles.ts'
import { createCatalog } from '../controller/observe/scrape/catalog.ts'
import { parseExposition } from '../controller/observe/scrape/parse.ts'
import { createClassCache, createTargetReader } from '../controller/observe/scrape/reader.ts'
import { exposition } from './lib/exposition.ts'
import { median, moreIsBetter, type Result, report, say } from './lib/report.ts'

const PEER = 'parse-prometheus-text-format'
const ROUNDS = 7
const MS_PER_ROUND = 300

/** Bytes read per CPU second; the bodies take turns, so that no value stays what it was. */
function bytesPerSecond(bodies: readonly Buffer[], read: (body: Buffer) => void): number {
  const before = process.cpuUsage()
  let bytes = 0
  let spentUs = 0
  for (let turn = 0; spentUs < MS_PER_ROUND * 1000; ) {
    for (let again = 0; again < 4; again++, turn++) {
      const body = bodies[turn % bodies.length]
      if (body === undefined) throw new Error('a benchmark needs at least one body')
      read(body)
      bytes += body.length
    }
    const { user, system } = process.cpuUsage(before)
    spentUs = user + system
  }
  return (bytes * 1e6) / spentUs
}

function compare(size: string, samples: number, bodyCount: number): Result[] {
  const bodies = Array.from({ length: bodyCount }, (_, tick) => exposition(1000 + tick, samples))
  const bytes = bodies[0]?.length ?? 0
  const reader = createTargetReader(createClassCache(createCatalog(PROFILES['prom-client'])))
  const ways = {
    layout: (body: Buffer) => reader.read(body, 'text/plain'),
    full: (body: Buffer) => parseExposition(body, 'text/plain'),
    peer: (body: Buffer) => parsePrometheusTextFormat(body.toString('utf8')),
  }
  const speeds: Record<keyof typeof ways, number[]> = { layout: [], full: [], peer: [] }
  for (let round = -1; round < ROUNDS; round++) {
    for (const way of ['layout', 'peer', 'full'] as const) {
      const speed = bytesPerSecond(bodies, ways[way])
      // The first round only warms up.
      if (round >= 0) speeds[way].push(speed)
    }
  }
  if (reader.counts.walk > 1) throw new Error(`the layout was learned ${reader.counts.walk} times: the bench is wrong`)
  const result = (way: 'layout' | 'full') => {
    const [ours, theirs] = [median(speeds[way]), median(speeds.peer)]
    const samplesPerByte = samples / bytes
    return [
      moreIsBetter(`${size} ${way}`, 'MB/s', ours / 1e6, PEER, theirs / 1e6),
      moreIsBetter(`${size} ${way}`, 'samples/s', ours * samplesPerByte, PEER, theirs * samplesPerByte),
    ]
  }
  return [...result('layout'), ...result('full')]
}

say(`Each way reads for ${ROUNDS} × ${MS_PER_ROUND} ms of CPU time, in turns; medians.`)
report('parse', [...compare('30KB', 306, 50), ...compare('2.4MB', 21_700, 4)])
