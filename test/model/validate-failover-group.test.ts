// What is wrong with a FailoverGroup's spec is said with its field, its value and what to do.
import { describe, expect, it } from 'vitest'
import { validateFailoverGroupSpec } from '../../controller/model/validate-failover-group.ts'

const GOOD = {
  method: { redis: {} },
  service: 'db',
  members: [{ name: 'db-0' }, { name: 'db-1' }],
}
const faultsIn = (raw: unknown) => {
  const validation = validateFailoverGroupSpec(raw)
  return validation.ok ? [] : validation.faults
}

describe("a FailoverGroup's spec", () => {
  it('is accepted with a method, a Service and two members; the rest has defaults', () => {
    expect(validateFailoverGroupSpec(GOOD)).toMatchObject({
      ok: true,
      spec: { mode: 'Observe', interval: 1000, downAfter: 5000, fencing: { deletePod: true, within: 30_000 } },
    })
  })

  it.each([{ sentinel: { master: 'db', service: 'sentinel' } }, { patroni: {} }])(
    'needs no Service under a manager: %j',
    (method) => {
      expect(faultsIn({ ...GOOD, method, service: undefined })).toEqual([])
    },
  )

  it.each<[string, object, string, string]>([
    ['no method', { method: {} }, 'spec.method', 'must have exactly one of'],
    ['two methods', { method: { redis: {}, mysql: {} } }, 'spec.method', 'must have exactly one of'],
    ['a mistyped method', { method: { reddis: {} } }, 'spec.method.reddis', 'is not a known field'],
    [
      'credentials for a method that asks for none',
      { method: { service: { auth: { secret: 'a' } } } },
      'spec.method.service.auth',
      'is not a known field',
    ],
    ['no Service for redis', { service: undefined }, 'spec.service', 'is missing, and the method redis needs it'],
    [
      'no Service for mysql',
      { method: { mysql: {} }, service: undefined },
      'spec.service',
      'the method mysql needs it',
    ],
    [
      'no Service for service',
      { method: { service: {} }, service: undefined },
      'spec.service',
      'the method service needs it',
    ],
    ['one member', { members: [{ name: 'db-0' }] }, 'spec.members', 'must be at least 2'],
    [
      'two members of one name',
      { members: [...GOOD.members, { name: 'db-1' }] },
      'spec.members[2].name',
      'is the name of another member, too',
    ],
    [
      'one that may be promoted',
      { members: [{ name: 'db-0' }, { name: 'db-1', promote: 'Never' }] },
      'spec.members',
      'has only one member that may be promoted',
    ],
    [
      'two members with one selector',
      {
        members: [
          { name: 'a', selector: { r: '1', app: 'db' } },
          { name: 'b', selector: { app: 'db', r: '1' } },
        ],
      },
      'spec.members[0].selector',
      'selects the pods of b, too',
    ],
    [
      "a selector that selects another's pods beside its own",
      {
        members: [
          { name: 'a', selector: { app: 'db', r: '1' } },
          { name: 'b', selector: { app: 'db' } },
        ],
      },
      'spec.members[1].selector',
      'selects the pods of a, too',
    ],
    [
      'an empty selector',
      { members: [{ name: 'a', selector: {} }, { name: 'b' }] },
      'spec.members[0].selector',
      'selects the pods of b, too',
    ],
    [
      'too few looks within downAfter',
      { interval: '2s' },
      'spec.downAfter',
      'is shorter than 3 intervals, which are 6 s',
    ],
    ['a cron expression that is none', { drill: { cron: 'now' } }, 'spec.drill.cron', 'is not a cron expression'],
    [
      'a time zone that is none',
      { drill: { cron: '0 3 * * *', timezone: 'Mars' } },
      'spec.drill.timezone',
      'is not a time zone',
    ],
  ])('is refused with %s', (_what, change, field, message) => {
    const faults = faultsIn({ ...GOOD, ...change })
    expect(faults[0]).toMatchObject({ field, message: expect.stringContaining(message) })
    expect(faults[0]?.remedy).not.toBe('')
  })

  it('has all its faults told at once', () => {
    const fields = faultsIn({ ...GOOD, service: undefined, interval: '3s', drill: { cron: 'x' } }).map(
      ({ field }) => field,
    )
    expect(fields).toEqual(['spec.service', 'spec.downAfter', 'spec.drill.cron'])
  })
})
