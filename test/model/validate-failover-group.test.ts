// What a FailoverGroup must not say, and which member a Service's selector names.
import { describe, expect, it } from 'vitest'
import { FAILOVER_GROUP_SPEC } from '../../controller/model/failover-group.ts'
import { memberNamedBy } from '../../controller/model/failover-route.ts'
import { validateFailoverGroupSpec } from '../../controller/model/validate-failover-group.ts'

const GOOD = { method: { redis: {} }, service: 'db', members: [{ name: 'db-0' }, { name: 'db-1' }] }
const site = (name: string) => ({ name, selector: { app: 'shop', site: name } })

describe('a spec', () => {
  it('is accepted as it is in the guide, and with what it may leave out', () => {
    expect(validateFailoverGroupSpec(GOOD)).toMatchObject({ ok: true })
    expect(
      validateFailoverGroupSpec({
        method: { patroni: {} },
        members: GOOD.members,
        drill: { cron: '0 4 * * 1', timezone: 'Europe/Berlin' },
      }),
    ).toMatchObject({ ok: true, spec: { drill: { mode: 'Observe' } } })
  })

  it.each<[string, object, string, RegExp]>([
    ['no Service where it is needed', { service: undefined }, 'spec.service', /is missing/],
    ['two methods', { method: { redis: {}, mysql: {} } }, 'spec.method', /exactly one/],
    ['one member twice', { members: [{ name: 'a' }, { name: 'a' }] }, 'spec.members[1].name', /two members/],
    [
      'members of the same labels',
      {
        members: [
          { name: 'a', selector: { x: 'y' } },
          { name: 'b', selector: { x: 'y' } },
        ],
      },
      'spec.members[1].selector',
      /does not tell it/,
    ],
    [
      'a member of all pods',
      { members: [{ name: 'a' }, { name: 'b', selector: {} }] },
      'spec.members[1].selector',
      /does not tell it/,
    ],
    [
      'nobody to promote',
      { members: GOOD.members.map((one) => ({ ...one, promote: 'Never' })) },
      'spec.members',
      /nobody/,
    ],
    ['a drill that never comes', { drill: { cron: '0 0 30 2 *' } }, 'spec.drill.cron', /never comes/],
    ['a drill in seconds', { drill: { cron: '* * * * * *' } }, 'spec.drill.cron', /five fields/],
    ['a drill nowhere', { drill: { cron: '0 4 * * 1', timezone: 'Nowhere' } }, 'spec.drill.timezone', /time zone/],
  ])('with %s is refused', (_, more, field, message) => {
    expect(validateFailoverGroupSpec({ ...GOOD, ...more })).toMatchObject({
      ok: false,
      faults: [{ field, message: expect.stringMatching(message) }],
    })
  })
})

describe('a selector', () => {
  const spec = FAILOVER_GROUP_SPEC.parse({
    ...GOOD,
    members: [site('east'), site('west'), { name: 'all', selector: { app: 'shop' } }],
  })
  it.each([
    ['of exactly its labels names a member', { app: 'shop', site: 'west' }, 'west'],
    ['of exactly the labels of one that others have, too, names that one', { app: 'shop' }, 'all'],
    ['that asks for more names nobody, when it fits two', { app: 'shop', site: 'west', tier: 'web' }, undefined],
    ['of other labels names nobody', { app: 'other' }, undefined],
    ['of nothing names nobody', {}, undefined],
  ])('%s', (_, selector, member) => {
    expect(memberNamedBy(spec, selector)).toBe(member)
  })

  it('that asks for more names a member, when it fits only one', () => {
    const two = FAILOVER_GROUP_SPEC.parse(GOOD)
    expect(memberNamedBy(two, { app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-1' })).toBe('db-1')
  })
})
