// Tokens in a file that changes while we run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openAccess } from '../../flags/access.ts'
import { manualClock } from '../runtime/manual-clock.ts'

let folder: string
let path: string
const ending = new AbortController()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-tokens-'))
  path = join(folder, 'tokens')
})
afterEach(() => rmSync(folder, { recursive: true }))

it('a token that is added counts soon, one that is taken away no longer, and a file that is gone changes nothing', async () => {
  const clock = manualClock()
  const problems: string[] = []
  writeFileSync(path, 'old\n')
  const access = await openAccess(path, clock, ending.signal, (message) => problems.push(message))
  const allowed = () => ['old', 'new'].filter((token) => access.allows(`Bearer ${token}`))
  const ticket = access.ticketFor('shop')
  expect(allowed()).toEqual(['old'])

  writeFileSync(path, 'new\nold\n')
  await clock.advance(10_000)
  await vi.waitFor(() => expect(allowed()).toEqual(['old', 'new']))
  expect(access.allowsTicket('shop', ticket)).toBe(true)

  writeFileSync(path, 'new\n')
  await clock.advance(10_000)
  await vi.waitFor(() => expect(allowed()).toEqual(['new']))
  expect([access.allowsTicket('shop', ticket), access.allowsTicket('shop', access.ticketFor('shop'))]).toEqual([
    false,
    true,
  ])

  rmSync(path)
  await clock.advance(10_000)
  await vi.waitFor(() =>
    expect(problems).toEqual([expect.stringMatching(/can't be read.*The tokens stay as they were\.$/)]),
  )
  expect(allowed()).toEqual(['new'])
})
