// From the kill -9 of a Redis primary under write load to the first write that is accepted again: by Redis Sentinel with its
// defaults, by Sentinel as quick as Evenkeel is told to be, and by Evenkeel. In the favour of Sentinel, its Redis takes writes
// without any replica, where Evenkeel waits for one; and its old primary stays down, where that of Evenkeel, in a pod, comes back.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startEvenkeelWorld } from './lib/failover-evenkeel.ts'
import { startSentinelWorld } from './lib/failover-sentinel.ts'
import { type FailoverWorld, untilAccepted } from './lib/failover-world.ts'
import { lessIsBetter, median, quantile, report, say } from './lib/report.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    'default-rounds': { type: 'string', default: '1' },
  },
})
const rounds = Number(values.rounds)
const DOWN_AFTER_MS = 1_000

// Whoever is ended early ends what was started, too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const evenkeel = await measure('Evenkeel, down after 1 s', rounds, await startEvenkeelWorld(DOWN_AFTER_MS))
// 30 s and 180 s are what Sentinel begins with when it is told nothing.
const defaults = await measure('Sentinel, defaults', Number(values['default-rounds']), startSentinelWorld({}))
const tuned = await measure(
  'Sentinel, down after 1 s',
  rounds,
  startSentinelWorld({ 'down-after-milliseconds': DOWN_AFTER_MS, 'failover-timeout': 10_000, 'parallel-syncs': 2 }),
)
report('failover', [
  lessIsBetter('kill to write, median', 'ms', median(evenkeel), 'Sentinel down after 1 s', median(tuned)),
  lessIsBetter('kill to write, worst', 'ms', quantile(evenkeel, 1), 'Sentinel down after 1 s', quantile(tuned, 1)),
  lessIsBetter('kill to write, median', 'ms', median(evenkeel), 'Sentinel defaults', median(defaults)),
])

async function measure(name: string, times: number, world: FailoverWorld): Promise<number[]> {
  const took: number[] = []
  try {
    for (let round = 1; round <= times; round++) {
      const { hosts, primary, kill } = await world.prepare()
      // At any moment of what looks and counts in turns.
      await sleep(Math.random() * 1_000)
      const accepted = untilAccepted(hosts, primary)
      const at = performance.now()
      kill()
      took.push((await accepted) - at)
      say(`${name}: round ${round} of ${times}, ${Math.round(took.at(-1) ?? 0)} ms`)
    }
  } finally {
    await world.stop()
  }
  return took
}
