// `evenkeel failovers`, `failover` and `failback`: the table, dry runs, and requests, on the sandbox's API with a scripted controller.
import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, acknowledge, askFor } from '../../controller/cli/failover/ask.ts'
import { dryRun, dryRunText } from '../../controller/cli/failover/dry-run.ts'
import { failoversTable } from '../../controller/cli/failover/table.ts'
import { patchStatus } from '../../controller/kube/apply.ts'
import { projectFailoverGroup } from '../../controller/kube/failover-group.ts'
import { textsAt } from '../../controller/kube/json.ts'
import { createObject, deleteObject, getObject } from '../../controller/kube/objects.ts'
import { FAILOVER_GROUPS } from '../../controller/kube/resource-type.ts'
import { systemClock } from '../../controller/model/clock.ts'
import type { FailoverGroupStatus, Switch } from '../../controller/model/failover-group-status.ts'
import { NAMESPACE, useFlagRig } from '../flags/rig.ts'
import { manualClock } from '../runtime/manual-clock.ts'
import { evenkeel } from './evenkeel.ts'

const rig = useFlagRig()
const WHERE = { namespace: NAMESPACE, name: 'db' }
const NOW = Date.parse('2026-01-01T12:00:00Z')
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString()
const SPEC = {
  mode: 'Enforce',
  method: { service: {} },
  service: 'db',
  members: [{ name: 'a' }, { name: 'b' }],
  failback: { soak: '1m' },
}
const WELL: FailoverGroupStatus = {
  method: 'service',
  active: 'a',
  epoch: 3,
  members: [
    { name: 'a', role: 'Primary', state: 'Answers' },
    { name: 'b', role: 'Replica', state: 'Answers', lag: 0, link: 'Up', follows: 'a' },
  ],
  lastSeen: { at: at(-1) },
  history: [
    { epoch: 3, kind: 'Failover', startedAt: at(-62), endedAt: at(-60), outcome: 'Done', by: 'evenkeel', reason: '' },
  ],
}
const BEGUN: Omit<Switch, 'step'> = {
  epoch: 4,
  kind: 'Switchover',
  from: 'a',
  to: 'b',
  stepSince: at(0),
  startedAt: at(0),
  by: 'alice',
  reason: '',
  request: 'r1',
}
const group = (status: FailoverGroupStatus, spec: object = {}) =>
  projectFailoverGroup({ metadata: { ...WHERE, resourceVersion: '1' }, spec: { ...SPEC, ...spec }, status })

describe('the table', () => {
  it('tells who is active, how far the others are behind, and what stands in the way', () => {
    const blocked: FailoverGroupStatus = {
      ...WELL,
      members: [
        { name: 'a', role: 'Unknown', state: 'Silent: nothing within 1 s' },
        { name: 'b', role: 'Replica', state: 'Answers', lag: 42 },
      ],
      block: { epoch: 3, until: at(120) },
      switch: { ...BEGUN, kind: 'Failover', step: 'Fencing' },
      conditions: [
        { type: 'FailoverReady', status: 'False', reason: 'RecoveryBlocked', message: '', lastTransitionTime: at(0) },
      ],
    }
    const [header, row] = failoversTable([group(blocked)], NOW).split('\n')
    expect(header).toMatch(
      /^NAMESPACE +GROUP +METHOD +MODE +ACTIVE +EPOCH +AVAILABLE +MEMBERS +READY +SWITCH +BLOCK +FAILBACK +LAST$/,
    )
    for (const part of [
      'a* Silent: nothing within 1 s, b +42',
      'No (RecoveryBlocked)',
      'Failover → b: Fencing',
      '2 m (epoch 3)',
      'Failover Done 1 m ago',
    ])
      expect(row).toContain(part)
    expect(failoversTable([], NOW)).toBe('No FailoverGroups found.')
  })
})

describe('a dry run', () => {
  const ask = { kind: 'Switchover', by: 'alice' } as const
  it('says what could be done', () => {
    const outlook = dryRun(group(WELL), ask, NOW)
    expect(outlook).toMatchObject({ kind: 'Switchover', from: 'a', to: 'b', possible: true, against: [] })
    expect(dryRunText(outlook)).toBe('Switchover from a to b could be made now.')
  })

  it.each<[string, FailoverGroupStatus, object, Parameters<typeof dryRun>[1], RegExp]>([
    ['the mode', WELL, { mode: 'Observe' }, ask, /The mode of the group is Observe/],
    ['another switch', { ...WELL, switch: { ...BEGUN, step: 'Routing' } }, {}, ask, /under way: Routing/],
    ['a member that is none', WELL, {}, { ...ask, to: 'z' }, /z is no member/],
    ['the soak', { ...WELL, active: 'b' }, {}, { kind: 'Failback', by: 'alice' }, /./],
    [
      'a look of long ago',
      {
        ...WELL,
        lastSeen: { at: at(-600) },
        conditions: [
          { type: 'Available', status: 'True', reason: 'PrimaryWell', message: '', lastTransitionTime: at(-600) },
        ],
      },
      {},
      ask,
      /Nobody has looked/,
    ],
    ['a primary that nobody knows', {}, {}, ask, /not known yet/],
  ])('says what stands against it: %s', (_, status, spec, request, why) => {
    const outlook = dryRun(group(status, spec), request, NOW)
    expect(outlook.possible).toBe(false)
    expect(outlook.against.join('\n')).toMatch(why)
    expect(dryRunText(outlook)).toMatch(/would be refused:\n {2}- /)
  })

  it('of a spec that is refused says why', () => {
    expect(() => dryRun(group(WELL, { members: [] }), ask, NOW)).toThrow(/The spec is refused: spec.members/)
  })
})

describe('a request', () => {
  afterEach(() => deleteObject(rig.client, FAILOVER_GROUPS, WHERE))
  const REQUEST = { id: 'r1', kind: 'Switchover', by: 'alice' } as const
  const create = async (status: FailoverGroupStatus = WELL) => {
    await createObject(rig.client, FAILOVER_GROUPS, { metadata: WHERE, spec: SPEC })
    await patchStatus(rig.client, FAILOVER_GROUPS, WHERE, { ...status })
  }
  const write = (status: object) => patchStatus(rig.client, FAILOVER_GROUPS, WHERE, { ...status })
  const annotations = async () =>
    textsAt(await getObject(rig.client, FAILOVER_GROUPS, WHERE), 'metadata', 'annotations')
  const answer = (outcome: Answer['outcome'], message: string) => ({ request: { id: 'r1', outcome, message } })
  const asking = (say: (line: string) => void, clock = systemClock) => ({ client: rig.client, clock, say })

  it('is followed step by step to its end', async () => {
    await create()
    const said: string[] = []
    const steps: Switch['step'][] = ['Fencing', 'Promoting', 'Routing']
    const next = async (line: string) => {
      said.push(line.trim().replace(/^\S+ m?s +/, ''))
      const step = steps.shift()
      await write(
        step === undefined ? { switch: null, ...answer('Done', 'b was asked for') } : { switch: { ...BEGUN, step } },
      )
    }
    const answered = askFor(
      asking((line) => void next(line)),
      WHERE,
      REQUEST,
    )
    await expect.poll(annotations).toHaveProperty('evenkeel.dev/failover-request')
    await write({ switch: { ...BEGUN, step: steps.shift() }, ...answer('Accepted', '') })
    expect(await answered).toMatchObject({ outcome: 'Done', message: 'b was asked for' })
    expect(said.map((line) => line.split(' ')[0])).toEqual(['Fencing', 'Promoting', 'Routing'])
  })

  it.each([
    ['Refused', 1],
    ['Done', 0],
  ] as const)('that ends as %s is told so, and the command exits with %i', async (outcome, code) => {
    await create()
    const run = evenkeel(['failover', `${NAMESPACE}/db`, '--to', 'b', '--kubeconfig', rig.kubeconfigPath])
    const text = async () => (await annotations())['evenkeel.dev/failover-request'] ?? 'null'
    await expect.poll(text, { timeout: 20_000 }).not.toBe('null')
    const asked = JSON.parse(await text())
    expect(asked).toMatchObject({ kind: 'Switchover', to: 'b', id: expect.any(String), by: expect.any(String) })
    await write({ request: { id: asked.id, outcome, message: 'b was asked for.' } })
    expect(await run).toEqual({ code, stdout: `shop/db: ${outcome.toLowerCase()}: b was asked for.\n`, stderr: '' })
  })

  it('that nobody takes up is withdrawn after a minute, so that nobody carries it out later', async () => {
    await create()
    const clock = manualClock()
    const said: string[] = []
    const asked = askFor(
      asking((line) => said.push(line), clock),
      WHERE,
      REQUEST,
    ).catch(String)
    let isOver = false
    void asked.then(() => {
      isOver = true
    })
    await expect
      .poll(
        async () => {
          await clock.advance(5_000)
          return isOver
        },
        { timeout: 10_000 },
      )
      .toBe(true)
    expect(await asked).toMatch(/no controller took the request up within 1 m; it is withdrawn/)
    expect(said).toEqual([expect.stringContaining('No controller has taken it up yet')])
    expect(await annotations()).toEqual({})
  })

  it('waits for no other that is not answered yet', async () => {
    await create()
    void askFor(
      asking(() => {}),
      WHERE,
      REQUEST,
    ).catch(() => {})
    await expect.poll(annotations).toHaveProperty('evenkeel.dev/failover-request')
    await expect(
      askFor(
        asking(() => {}),
        WHERE,
        { ...REQUEST, id: 'r2' },
      ),
    ).rejects.toThrow(/alice has asked for a Switchover/)
    await write(answer('Refused', ''))
  })

  it('to acknowledge names the epoch of the block, and needs one', async () => {
    await create({ ...WELL, history: [] })
    await expect(acknowledge(rig.client, WHERE)).rejects.toThrow('is not blocked')
    await write({ block: { epoch: 3, until: at(60) } })
    expect(await acknowledge(rig.client, WHERE)).toContain('epoch 3')
    expect(await annotations()).toEqual({ 'evenkeel.dev/acknowledge-failover': '3' })
  })

  it('to acknowledge names the last automatic failover when its block is over, once', async () => {
    await create()
    expect(await acknowledge(rig.client, WHERE)).toContain('epoch 3')
    expect(await annotations()).toEqual({ 'evenkeel.dev/acknowledge-failover': '3' })
    await expect(acknowledge(rig.client, WHERE)).rejects.toThrow('is not blocked')
  })
})
