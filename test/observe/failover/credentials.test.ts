// A Secret's password goes to the group that the Secret itself names, and to no other; nothing it holds is ever said.
import { describe, expect, it } from 'vitest'
import { createMemberCredentials, readMemberSecret } from '../../../controller/observe/failover/credentials.ts'
import { aSpec } from '../../act/failover/a-switch.ts'
import { sendJson, statusObject } from '../../kube/api-double.ts'
import { useRig } from '../../kube/rig.ts'
import { manualClock } from '../../runtime/manual-clock.ts'

const REF = { namespace: 'shop', name: 'db-credentials' }
const base64 = (text: string) => Buffer.from(text).toString('base64')
const secret = (group: string | undefined, data: object) => ({
  metadata: { ...REF, annotations: group === undefined ? {} : { 'evenkeel.dev/failover-group': group } },
  data,
})
const PASSWORD = base64('hunter2\n')

describe('a Secret', () => {
  it.each([
    ['with a password', { password: PASSWORD }, { password: 'hunter2' }],
    [
      'with a username, too',
      { username: base64('evenkeel'), password: PASSWORD },
      { username: 'evenkeel', password: 'hunter2' },
    ],
  ])('%s is read for its own group', (_, data, credentials) => {
    expect(readMemberSecret(REF, secret('db', data), 'db')).toEqual({ kind: 'ok', credentials })
  })

  it.each([
    ['names no group', secret(undefined, { password: PASSWORD }), /does not say which group it is for/],
    ['names another group', secret('other', { password: PASSWORD }), /is for the FailoverGroup other only/],
    ['has no password', secret('db', { username: base64('evenkeel') }), /holds no password/],
    ['has an empty one', secret('db', { password: base64('\n') }), /holds no password/],
  ])('that %s is refused', (_, raw, why) => {
    const found = readMemberSecret(REF, raw, 'db')
    expect(found).toEqual({ kind: 'refused', why: expect.stringMatching(why) })
    expect(JSON.stringify(found)).not.toMatch(/hunter2|aHVudGVy/)
  })
})

describe('the credentials of a group', () => {
  const rig = useRig()
  const group = { namespace: 'shop', name: 'db', spec: aSpec({ method: { redis: { auth: { secret: REF.name } } } }) }

  it('are read once a minute, sooner when a member refuses them, and not at all when none are wanted', async () => {
    const clock = manualClock()
    const source = createMemberCredentials({ client: await rig.connect(), clock })
    expect(await source.find({ ...group, spec: aSpec() }, false)).toEqual({ kind: 'ok', credentials: undefined })
    rig.api.answer((_request, response) => sendJson(response, 200, secret('db', { password: PASSWORD })))
    await source.find(group, false)
    await clock.advance(11_000)
    await source.find(group, false)
    expect(rig.api.requests).toHaveLength(1)
    rig.api.answer((_request, response) => sendJson(response, 200, secret('db', { password: base64('new') })))
    expect(await source.find(group, true)).toEqual({ kind: 'ok', credentials: { password: 'new' } })
    await source.find(group, true)
    expect(rig.api.requests).toHaveLength(2)
  })

  it('that may not be read say how they are granted', async () => {
    const source = createMemberCredentials({ client: await rig.connect(), clock: manualClock() })
    rig.api.answer((_request, response) => sendJson(response, 403, statusObject(403, 'Forbidden', 'no')))
    const why =
      'Secret shop/db-credentials may not be read: grant get on it to Evenkeel, as in deploy/examples/failover-secret.yaml'
    expect(await source.find(group, false)).toEqual({ kind: 'refused', why })
  })
})
