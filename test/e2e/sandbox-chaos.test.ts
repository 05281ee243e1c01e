// A sandbox under chaos and over time: any process of it may be killed, and its memory stays flat.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Endpoints } from '../../sandbox/state/state-folder.ts'
import { until } from './support/product.ts'
import {
  commandOf,
  endRuns,
  familyOf,
  isRunning,
  npmStart,
  residentMib,
  type SandboxRun,
} from './support/sandbox-run.ts'

/** How long memory is watched; ten minutes by hand: EVENKEEL_SOAK_SECONDS=600. */
const SOAK_MS = Number(process.env.EVENKEEL_SOAK_SECONDS ?? 120) * 1_000
const KILLS = 24
const [SAMPLE_MS, BETWEEN_KILLS_MS] = [1_000, 1_500]
/** What a heap may breathe, and what the first minutes still settle. */
const FLAT_MIB = 24

let run: SandboxRun
let endpoints: Endpoints

beforeAll(async () => {
  run = npmStart(['--keep', '--fault', 'spike'])
  endpoints = await run.endpoints()
  await until('its own run is over', () => /summary/.test(run.output()), 150_000)
}, 200_000)
afterAll(endRuns)

/** The controller's process is the one that `evenkeel run` is. */
function controllerPid(): number | undefined {
  return familyOf(endpoints.pid).find((pid) => / run --kubeconfig /.test(commandOf(pid)) && /node/.test(commandOf(pid)))
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

it(
  `memory stays flat over ${SOAK_MS / 1_000} s`,
  async () => {
    const controller = controllerPid() ?? 0
    const samples: { sandbox: number; controller: number }[] = []
    for (const end = performance.now() + SOAK_MS; performance.now() < end; await sleep(SAMPLE_MS))
      samples.push({ sandbox: residentMib(endpoints.pid), controller: residentMib(controller) })
    const third = Math.floor(samples.length / 3)
    const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)]
    const grown = (what: 'sandbox' | 'controller') => ({
      before: Math.round(median(middle.map((one) => one[what]))),
      after: Math.round(median(last.map((one) => one[what]))),
    })
    const memory = { sandbox: grown('sandbox'), controller: grown('controller') }
    console.log(`resident memory in MiB, middle and last third: ${JSON.stringify(memory)}`)
    for (const { before, after } of Object.values(memory)) expect(after - before).toBeLessThan(FLAT_MIB)
  },
  SOAK_MS + 60_000,
)

describe('killing processes of it', () => {
  it('at random ends in recovery: the shop serves, the loop runs, and no process is missing', async () => {
    const isWhole = async () => {
      const [shop, loop] = await Promise.all([fetch(`${endpoints.gateway}/catalogue`), fetch(endpoints.readyz ?? '')])
      return shop.ok && loop.ok
    }
    const commands = () =>
      new Set(
        familyOf(endpoints.pid)
          .slice(1)
          .map(commandOf)
          .filter((one) => one.includes('node')),
      )
    const before = commands()
    let seed = 7
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    for (let kill = 0; kill < KILLS; kill++) {
      const others = familyOf(endpoints.pid).slice(1).filter(isRunning)
      const victim = others[Math.floor(random() * others.length)]
      if (victim !== undefined) process.kill(victim, 'SIGKILL')
      await sleep(BETWEEN_KILLS_MS)
    }
    expect(run.process.exitCode, run.output().slice(-2_000)).toBeNull()
    await until('the shop serves and the loop runs', isWhole, 120_000)
    await until('every process is there again', () => [...before].every((command) => commands().has(command)), 120_000)
  })

  it('itself ends all of it', async () => {
    const family = familyOf(endpoints.pid)
    process.kill(endpoints.pid, 'SIGKILL')
    await until('all of it is gone', () => family.every((pid) => !isRunning(pid)))
  })
})
