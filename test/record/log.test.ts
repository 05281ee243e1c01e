// The log as its reader gets it: JSON lines on standard output, written by a process of its own.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Decision } from '../../controller/model/command.ts'
import { runNode } from '../cli/evenkeel.ts'
import { aDecision, LEADS, OBSERVES, TOO_SOON } from './a-decision.ts'

const LOG = new URL('../../controller/record/log.ts', import.meta.url)

/** Runs these lines with `log`, `logDecision` and the decisions at hand; returns what was logged, parsed. */
async function logged(level: string, code: string, decisions: readonly Decision[] = []): Promise<unknown[]> {
  const script = `import { createLogger, logDecision } from '${LOG}'
const decisions = ${JSON.stringify(decisions)}
const log = createLogger('${level}')
${code}`
  const {
    code: exit,
    stdout,
    stderr,
  } = await runNode(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', LOG)),
  })
  expect([exit, stderr]).toEqual([0, ''])
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

describe('a decision', () => {
  it('is told by one line: what, why, and what each interlock said', async () => {
    const decisions = [
      aDecision(),
      aDecision({ verdict: 'would', rulings: [LEADS, OBSERVES] }),
      aDecision({ verdict: 'veto', rulings: [LEADS, TOO_SOON] }),
      aDecision(),
    ]
    const lines = await logged(
      'info',
      `for (const [index, one] of decisions.entries()) logDecision(log, 'shop/checkout', one, index === 3 ? '403 Forbidden' : undefined)`,
      decisions,
    )
    const about = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      guard: 'shop/checkout',
      from: 2,
      to: 4,
      reasons: ['CPU is 95 %, over its limit of 90 %: asks for 4', 'Load is 900 req/s'],
    }
    const set = 'et Deployment/checkout replicas from 2 to 4'
    const because = 'CPU is 95 %, over its limit of 90 %: asks for 4; Load is 900 req/s'
    const leads = { leadership: 'Allow: this replica leads' }
    expect(lines).toEqual([
      { ...about, level: 'info', verdict: 'act', interlocks: leads, msg: `shop/checkout: S${set}: ${because}` },
      {
        ...about,
        level: 'info',
        verdict: 'would',
        interlocks: { ...leads, mode: 'Veto: the mode is Observe' },
        msg: `shop/checkout: Would s${set}: ${because}`,
      },
      {
        ...about,
        level: 'info',
        verdict: 'veto',
        interlocks: { ...leads, cooldown: 'Veto: the last act was 3 s ago' },
        msg: `shop/checkout: Did not s${set}, vetoed by cooldown (the last act was 3 s ago)`,
      },
      {
        ...about,
        level: 'warn',
        verdict: 'act',
        interlocks: leads,
        failure: '403 Forbidden',
        msg: `shop/checkout: S${set}: ${because}. It failed: 403 Forbidden`,
      },
    ])
  })
})

describe('the level', () => {
  it('keeps back what is below it, and an error keeps its cause', async () => {
    const lines = await logged(
      'warn',
      `log.info('not told'); log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'told')`,
    )
    expect(lines).toEqual([
      {
        level: 'error',
        time: expect.any(String),
        msg: 'told',
        err: expect.objectContaining({
          message: expect.stringContaining('outer'),
          stack: expect.stringContaining('inner'),
        }),
      },
    ])
  })
})
