// Which member a Service's selector names.
import { describe, expect, it } from 'vitest'
import { FAILOVER_GROUP_SPEC } from '../../controller/model/failover-group.ts'
import { memberNamedBy } from '../../controller/model/failover-route.ts'

const site = (name: string) => ({ name, selector: { app: 'shop', site: name } })

describe('a selector', () => {
  const spec = FAILOVER_GROUP_SPEC.parse({
    method: { service: {} },
    service: 'shop',
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
    const two = FAILOVER_GROUP_SPEC.parse({
      method: { redis: {} },
      service: 'db',
      members: [{ name: 'db-0' }, { name: 'db-1' }],
    })
    expect(memberNamedBy(two, { app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-1' })).toBe('db-1')
  })
})
