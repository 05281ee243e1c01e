// `npm start` as a newcomer meets it: the spike heals, without the controller it does not, and nothing is left behind.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { until } from './support/product.ts'
import { endRuns, familyOf, isRunning, npmStart, processesOf, stateFolder } from './support/sandbox-run.ts'

afterAll(endRuns)

describe('a spike', () => {
  const state = stateFolder()

  it('breaks the shop without the controller', async () => {
    const run = npmStart(['--exit', '--no-controller'], state)
    expect(await run.exited, run.output()).toBe(1)
    const { healed, why, requests } = run.summary()
    expect({ healed, why }).toEqual({ healed: false, why: 'No controller was running.' })
    expect(requests.failedRatio).toBeGreaterThan(0.2)
    console.log(`without the controller: ${requests.failed} of ${requests.sent} requests failed`)
  })

  it('is healed with it, in under two minutes, and the difference is told', async () => {
    const run = npmStart(['--exit'], state)
    expect(await run.exited, run.output()).toBe(0)
    const summary = run.summary()
    expect(summary).toMatchObject({ healed: true, why: null, withController: true })
    expect(summary.durationSeconds).toBeLessThan(120)
    expect(summary.compared).toMatchObject({ withController: false })
    expect(summary.requests.failed).toBeLessThan((summary.compared?.failed ?? 0) / 3)
    expect(run.output()).toMatch(/did {6}checkout: replicas 2 → \d/)
    expect(run.output()).toMatch(/did {6}catalogue: recommendations off.*did {6}catalogue: recommendations on/s)
    expect(run.output()).toMatch(/status {3}.*; off: .*recommendations/)
    console.log(
      `with it: ${summary.requests.failed} of ${summary.requests.sent} failed; mitigated ${summary.mitigated?.secondsAfterOnset} s after onset; first tick after ${summary.startToFirstTickSeconds} s; ${summary.durationSeconds} s in all`,
    )
  })
})

it('a backlog is worked off by more workers', async () => {
  const run = npmStart(['--exit', '--fault', 'queue-backlog'])
  expect(await run.exited, run.output()).toBe(0)
  expect(run.summary()).toMatchObject({ healed: true, scenario: 'queue-backlog' })
  expect(run.output()).toMatch(/did {6}worker: replicas \d → \d/)
})

it('a bad pod is taken out, longer each time, and replaced in the end', async () => {
  const run = npmStart(['--exit', '--fault', 'bad-pod'])
  expect(await run.exited, run.output()).toBe(0)
  expect(run.summary()).toMatchObject({ healed: true, scenario: 'bad-pod' })
  expect(run.output()).toMatch(
    /did {6}catalogue: pod (\S+) out.*did {6}catalogue: pod \1 back.*did {6}catalogue: pod \1 out.*did {6}catalogue: pod \1 deleted/s,
  )
})

it('a pod that fails for a while is taken out, and comes back when it is well', async () => {
  const run = npmStart(['--exit', '--fault', 'error-burst'])
  expect(await run.exited, run.output()).toBe(0)
  expect(run.summary()).toMatchObject({ healed: true, scenario: 'error-burst' })
  expect(run.output()).toMatch(/did {6}catalogue: pod (\S+) out.*did {6}catalogue: pod \1 back/s)
  expect(run.output()).not.toMatch(/pod \S+ deleted/)
})

describe('a sandbox that ends', () => {
  it('by Ctrl-C leaves no process, no folder and no address behind', async () => {
    const run = npmStart(['--keep'])
    const { pid } = await run.endpoints()
    const family = familyOf(pid)
    expect(family.length).toBeGreaterThan(10)
    process.kill(pid, 'SIGINT')
    expect(await run.exited).toBe(130)
    await until('all of it is gone', () => family.every((one) => !isRunning(one)))
    expect([processesOf(run.state), existsSync(join(run.state, 'endpoints.json'))]).toEqual([[], false])
  })

  it('by kill -9 leaves no process behind', async () => {
    const run = npmStart(['--keep'])
    const { pid } = await run.endpoints()
    const family = familyOf(pid)
    process.kill(pid, 'SIGKILL')
    await until('all of it is gone', () => family.every((one) => !isRunning(one)))
    expect(processesOf(run.state)).toEqual([])
    expect(readFileSync(join(run.state, 'endpoints.json'), 'utf8')).toContain(String(pid))
  })
})
