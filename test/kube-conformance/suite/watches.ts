// Watches: what is sent, in which order, from where on, and how a watch ends.
import { describe, expect, test } from 'vitest'
import { CONFIG_MAPS, configMap, GUARDS, guard } from './paths.ts'
import { textAt } from './read.ts'
import { describeEvent, expectCode, expectRefusal, freshName, nameOf, type Subject, versionOf } from './subject.ts'

export function watchTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)
  const create = async (path: string, body: object) => expectCode(await call('POST', path, { body }), 201)
  const label = (name: string, labels: object) =>
    call('PATCH', `${CONFIG_MAPS}/${name}`, { body: { metadata: { labels } } })

  describe('a watch', () => {
    test.each([{}, { resourceVersion: '0' }])('from %j on starts with what there is', async (from) => {
      const name = freshName('watched')
      await create(CONFIG_MAPS, configMap(name, {}, { w: name }))
      const watch = await subject().watch(CONFIG_MAPS, { labelSelector: `w=${name}`, ...from })
      await watch.first(({ type, object }) => type === 'ADDED' && nameOf(object) === name)
      watch.close()
    })

    test('sends each change once, in order, as whole objects with their kind', async () => {
      const name = freshName('watched')
      const list = expectCode(await call('GET', CONFIG_MAPS), 200)
      const fieldSelector = `metadata.name=${name}`
      const watch = await subject().watch(CONFIG_MAPS, { resourceVersion: versionOf(list), fieldSelector })
      await create(CONFIG_MAPS, configMap(name, { a: '1' }))
      const changed = expectCode(await call('PATCH', `${CONFIG_MAPS}/${name}`, { body: { data: { a: '2' } } }), 200)
      expectCode(await call('DELETE', `${CONFIG_MAPS}/${name}`), 200)
      const deleted = await watch.first(({ type }) => type === 'DELETED')
      expect(watch.events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
      expect(watch.events[1]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { a: '2' } })
      // The deletion has a version of its own: who goes on from it must not see it again.
      expect(Number(versionOf(deleted.object))).toBeGreaterThan(Number(versionOf(changed)))
      watch.close()
    })

    test('goes on from the version of an event without a gap and without a repetition', async () => {
      const name = freshName('resumed')
      const first = await create(CONFIG_MAPS, configMap(name, { a: '1' }))
      for (const value of ['2', '3']) {
        expectCode(await call('PATCH', `${CONFIG_MAPS}/${name}`, { body: { data: { a: value } } }), 200)
      }
      const query = { resourceVersion: versionOf(first), fieldSelector: `metadata.name=${name}` }
      const watch = await subject().watch(CONFIG_MAPS, query)
      await watch.first(({ object }) => textAt(object, 'data', 'a') === '3')
      expect(watch.events.map(({ object }) => textAt(object, 'data', 'a'))).toEqual(['2', '3'])
      watch.close()
    })

    test('says ADDED and DELETED when an object enters or leaves the selection', async () => {
      const name = freshName('entering')
      const made = await create(CONFIG_MAPS, configMap(name))
      const watch = await subject().watch(CONFIG_MAPS, {
        resourceVersion: versionOf(made),
        labelSelector: `in=${name}`,
      })
      await label(name, { in: name })
      await label(name, { more: 'yes' })
      await label(name, { in: null })
      await label(name, { in: name })
      await watch.first(({ type }) => type === 'DELETED')
      await watch.first((event) => event === watch.events[3])
      expect(watch.events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED', 'ADDED'])
      watch.close()
    })

    test('of all namespaces sees each', async () => {
      const name = freshName('anywhere')
      const list = expectCode(await call('GET', '/api/v1/configmaps'), 200)
      const query = { resourceVersion: versionOf(list), fieldSelector: `metadata.name=${name}` }
      const watch = await subject().watch('/api/v1/configmaps', query)
      await create(CONFIG_MAPS, configMap(name))
      await create('/api/v1/namespaces/default/configmaps', configMap(name))
      await watch.first(({ object }) => textAt(object, 'metadata', 'namespace') === 'default')
      expect(watch.events.map(describeEvent)).toEqual([`ADDED ${name}`, `ADDED ${name}`])
      watch.close()
    })

    test('ends after timeoutSeconds, with a bookmark for who asked', async () => {
      const made = await create(GUARDS, guard(freshName('bookmarked')))
      const query = {
        resourceVersion: versionOf(made),
        allowWatchBookmarks: true,
        timeoutSeconds: 4,
        labelSelector: 'never=seen',
      }
      const watch = await subject().watch(GUARDS, query)
      // A server may leave out a bookmark that says nothing new.
      await create(GUARDS, guard(freshName('bookmarked')))
      await watch.ended
      expect([...new Set(watch.events.map(({ type }) => type))]).toEqual(['BOOKMARK'])
      const bookmark = watch.events.at(-1)
      expect(bookmark?.object).toMatchObject({ kind: 'Guard', apiVersion: 'evenkeel.dev/v1alpha1' })
      expect(Number(versionOf(bookmark?.object))).toBeGreaterThan(Number(versionOf(made)))
    })

    test('that did not ask gets no bookmark', async () => {
      const made = await create(GUARDS, guard(freshName('unmarked')))
      const watch = await subject().watch(GUARDS, { resourceVersion: versionOf(made), timeoutSeconds: 2 })
      await watch.ended
      expect(watch.events.filter(({ type }) => type === 'BOOKMARK')).toEqual([])
    })

    test('from a version that is too old is told so within the stream', async () => {
      await create(GUARDS, guard(freshName('old')))
      const watch = await subject().watch(GUARDS, { resourceVersion: '1' })
      expect(watch.code).toBe(200)
      const { object } = await watch.first(({ type }) => type === 'ERROR')
      expect(object).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired' })
      expect(textAt(object, 'message')).toMatch(/too old resource version/)
      watch.close()
    })

    test('with a selector that can’t be read is refused', async () => {
      expectRefusal(
        await call('GET', CONFIG_MAPS, { query: { watch: true, labelSelector: 'a=b=c' } }),
        400,
        'BadRequest',
      )
    })
  })
}
