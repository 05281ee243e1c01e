// What a Guard's decisions rest on is the same object while nothing of it changed, so that a calm tick makes nothing new.
import { describe, expect, it } from 'vitest'
import { projectFailoverGroup } from '../../controller/kube/failover-group.ts'
import type { StoredFeature } from '../../controller/model/feature.ts'
import type { Workload } from '../../controller/model/workload.ts'
import { planOf } from '../../controller/reconcile/guard-plan.ts'
import { createSurroundingsFinder } from '../../controller/reconcile/surroundings.ts'
import { aFeature, guardSpec } from '../decide/ladder-world.ts'

const WORKLOAD: Workload = {
  namespace: 'shop',
  name: 'checkout',
  uid: 'w',
  kind: 'Deployment',
  selector: { matchLabels: { app: 'checkout' } },
  replicas: 2,
  readyReplicas: 2,
  resourceVersion: '1',
}
const DISCOVERY = { targets: [], reasons: [], readyPods: 2 }

function world(remedies: readonly object[]) {
  let epoch = 1
  const features: StoredFeature[] = []
  const handlers: Record<'features' | 'groups', (key: string) => void> = { features: () => {}, groups: () => {} }
  const keep = (of: 'features' | 'groups') => (handler: (key: string) => void) => {
    handlers[of] = handler
    return () => {}
  }
  const finder = createSurroundingsFinder(
    { byNamespace: () => [] },
    { byNamespace: () => [...features], onChange: keep('features') },
    {
      byNamespace: () => [
        projectFailoverGroup({ metadata: { name: 'shop-db', namespace: 'shop', uid: 'u' }, status: { epoch } }),
      ],
      onChange: keep('groups'),
    },
  )
  const plan = planOf(guardSpec(remedies))
  return {
    find: () => finder.find('shop/checkout', WORKLOAD, plan, DISCOVERY),
    shed(feature: StoredFeature) {
      features.push(feature)
      handlers.features('shop/reviews')
    },
    switchGroup() {
      epoch++
      handlers.groups('shop/shop-db')
    },
  }
}

describe('the surroundings of a Guard', () => {
  it('have its groups, and stay the same until one of them changes; the rest stays with it', () => {
    const { find, switchGroup, shed } = world([{ failover: { group: 'shop-db' } }])
    const first = find()
    expect(first.groups).toMatchObject([{ name: 'shop-db', epoch: 1 }])
    expect(find()).toBe(first)
    switchGroup()
    const second = find()
    expect(second.groups).toMatchObject([{ epoch: 2 }])
    expect(second.features).toBe(first.features)
    expect(find()).toBe(second)
    shed(aFeature('reviews', 'Sheddable'))
    expect(find()).toMatchObject({ features: [{ name: 'reviews' }] })
    expect(find().groups).toBe(second.groups)
  })

  it('have none for a Guard that asks no group, whatever groups do', () => {
    const { find, switchGroup } = world([{ scale: { min: 1, max: 2 } }])
    const first = find()
    expect(first.groups).toEqual([])
    switchGroup()
    expect(find()).toBe(first)
  })
})
