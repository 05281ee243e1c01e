// Collections: selectors, pages, and the version from which a watch goes on.
import { beforeAll, describe, expect, test } from 'vitest'
import { CONFIG_MAPS, configMap, GUARDS, PODS, pod } from './paths.ts'
import { at, listAt, numberAt, textAt } from './read.ts'
import { expectCode, expectRefusal, freshName, namesOf, type Subject, versionOf } from './subject.ts'

export function listTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)

  describe('label selectors', () => {
    const LABELS = {
      'sel-a': { sel: 'yes', tier: 'web', env: 'prod' },
      'sel-b': { sel: 'yes', tier: 'web', env: 'test' },
      'sel-c': { sel: 'yes', tier: 'db' },
      'sel-d': { sel: 'yes' },
    }
    beforeAll(async () => {
      for (const [name, labels] of Object.entries(LABELS)) {
        expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name, {}, labels) }), 201)
      }
    })

    test.each([
      ['tier=web', 'ab'],
      ['tier==web', 'ab'],
      ['tier!=web', 'cd'],
      ['tier=web,env=prod', 'a'],
      ['tier', 'abc'],
      ['!tier', 'd'],
      ['tier in (web,db)', 'abc'],
      ['tier in (web), env notin (prod)', 'b'],
      ['tier notin (web)', 'cd'],
      ['env notin (prod,test)', 'cd'],
      ['tier=', ''],
    ])('%s selects %s', async (selector, expected) => {
      const query = { labelSelector: `sel=yes,${selector}` }
      const found = namesOf(expectCode(await call('GET', CONFIG_MAPS, { query }), 200))
      expect(found).toEqual([...expected].map((letter) => `sel-${letter}`))
    })

    test.each(['tier in', 'a=b=c', '=x', 'tier in (web'])('%s is refused', async (labelSelector) => {
      expectRefusal(await call('GET', CONFIG_MAPS, { query: { labelSelector } }), 400, 'BadRequest')
    })
  })

  describe('field selectors', () => {
    test('select by name', async () => {
      const name = freshName('field')
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name) }), 201)
      const query = { fieldSelector: `metadata.name=${name}` }
      expect(namesOf(expectCode(await call('GET', CONFIG_MAPS, { query }), 200))).toEqual([name])
      const none = { fieldSelector: `metadata.name=${name},metadata.namespace!=conformance` }
      expect(namesOf(expectCode(await call('GET', CONFIG_MAPS, { query: none }), 200))).toEqual([])
    })

    test('select pods by node and phase', async () => {
      const [placed, free] = [freshName('placed'), freshName('free')]
      expectCode(await call('POST', PODS, { body: pod(placed, { nodeName: 'field-node' }) }), 201)
      expectCode(await call('POST', PODS, { body: pod(free) }), 201)
      const byNode = { fieldSelector: 'spec.nodeName=field-node,status.phase=Pending' }
      expect(namesOf(expectCode(await call('GET', PODS, { query: byNode }), 200))).toEqual([placed])
      const unplaced = { fieldSelector: 'spec.nodeName=', labelSelector: `app in (${placed},${free})` }
      expect(namesOf(expectCode(await call('GET', PODS, { query: unplaced }), 200))).toEqual([free])
    })

    test('of other fields are refused', async () => {
      const query = { fieldSelector: 'spec.mode=Observe' }
      expect(expectRefusal(await call('GET', GUARDS, { query }), 400, 'BadRequest')).toContain(
        'field label not supported: spec.mode',
      )
    })
  })

  describe('pages', () => {
    test('hand out everything once, in order, with how much is left', async () => {
      const label = freshName('paged')
      const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${label}-${letter}`)
      for (const name of names)
        expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name, {}, { paged: label }) }), 201)
      const found: string[] = []
      const versions = new Set<string>()
      let next = ''
      let pages = 0
      do {
        const query = { labelSelector: `paged=${label}`, limit: 2, ...(next === '' ? {} : { continue: next }) }
        const page = expectCode(await call('GET', CONFIG_MAPS, { query }), 200)
        found.push(...namesOf(page))
        versions.add(versionOf(page))
        next = textAt(page, 'metadata', 'continue') ?? ''
        pages += 1
      } while (next !== '')
      expect(found).toEqual(names)
      expect(pages).toBe(3)
      expect(versions.size).toBe(1)
    })

    test('say how many items remain when nothing is selected', async () => {
      const page = expectCode(await call('GET', CONFIG_MAPS, { query: { limit: 1 } }), 200)
      const all = expectCode(await call('GET', CONFIG_MAPS), 200)
      expect(numberAt(page, 'metadata', 'remainingItemCount')).toBe(listAt(all, 'items').length - 1)
    })

    test('of a token that nobody gave are refused', async () => {
      expectRefusal(await call('GET', CONFIG_MAPS, { query: { limit: 1, continue: 'nonsense' } }), 400, 'BadRequest')
    })
  })

  test('a list says its kind and version; items of built-in kinds don’t', async () => {
    expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName()) }), 201)
    const list = expectCode(await call('GET', CONFIG_MAPS), 200)
    expect(list).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' })
    expect(versionOf(list)).toMatch(/^\d+$/)
    expect(at(list, 'items', 0, 'kind')).toBeUndefined()
    expect(namesOf(list)).toEqual(namesOf(list).toSorted())
  })

  test('a list over all namespaces has objects of each', async () => {
    const name = freshName('everywhere')
    expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name) }), 201)
    expectCode(await call('POST', '/api/v1/namespaces/default/configmaps', { body: configMap(name) }), 201)
    const query = { fieldSelector: `metadata.name=${name}` }
    const list = expectCode(await call('GET', '/api/v1/configmaps', { query }), 200)
    expect(listAt(list, 'items').map((item) => textAt(item, 'metadata', 'namespace'))).toEqual([
      'conformance',
      'default',
    ])
  })

  test('a list of a namespace that is not there is empty', async () => {
    expect(namesOf(expectCode(await call('GET', '/api/v1/namespaces/nowhere/configmaps'), 200))).toEqual([])
  })
}
