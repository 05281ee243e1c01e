// Events that nobody writes any more go away after an hour.
import { expect, test } from 'vitest'
import { expireEvents } from '../../../sandbox/api/expire-events.ts'
import { createRegistry } from '../../../sandbox/api/registry.ts'
import { createStore } from '../../../sandbox/api/store.ts'

const MINUTE = 60_000

test('an event lives for an hour after it was last written', () => {
  let time = 0
  const store = createStore(10)
  expireEvents({ store, registry: createRegistry(), now: () => time })
  const write = (name: string) =>
    store.put('/events', `shop/${name}`, { metadata: { namespace: 'shop', name }, at: time })
  const names = () => store.list('/events').map(([key]) => key)
  write('old')
  write('repeated')
  time += 40 * MINUTE
  write('repeated')
  time += 19 * MINUTE
  write('a')
  expect(names()).toEqual(['shop/a', 'shop/old', 'shop/repeated'])
  time += 2 * MINUTE
  write('b')
  expect(names()).toEqual(['shop/a', 'shop/b', 'shop/repeated'])
  store.remove('/events', 'shop/a')
  time += 120 * MINUTE
  write('c')
  expect(names()).toEqual(['shop/c'])
})
