// The three kinds of patches that are not server-side apply.
import { describe, expect, test } from 'vitest'
import {
  BOATS,
  boat,
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  JSON_PATCH,
  PODS,
  pod,
  STRATEGIC,
} from './paths.ts'
import { at, textAt } from './read.ts'
import { expectCode, expectRefusal, freshName, type Subject, versionOf } from './subject.ts'

const CONTAINERS = ['spec', 'template', 'spec', 'containers'] as const

export function patchTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)

  describe('a merge patch', () => {
    test('merges objects, removes with null and replaces lists', async () => {
      const name = freshName()
      const spec = { hull: 'steel', flags: { a: '1', b: '2' }, masts: [{ height: 1 }, { height: 2 }] }
      expectCode(await call('POST', BOATS, { body: boat(name, spec) }), 201)
      const patch = { spec: { flags: { a: null, c: '3' }, masts: [{ height: 9 }] } }
      const next = expectCode(await call('PATCH', `${BOATS}/${name}`, { body: patch }), 200)
      expect(next.spec).toMatchObject({ hull: 'steel', flags: { b: '2', c: '3' }, masts: [{ height: 9 }] })
      expect(at(next, 'spec', 'flags')).not.toHaveProperty('a')
    })

    test('with a stale version is refused', async () => {
      const made = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName()) }), 201)
      const path = `${CONFIG_MAPS}/${textAt(made, 'metadata', 'name')}`
      expectCode(await call('PATCH', path, { body: { data: { a: '1' } } }), 200)
      const stale = { metadata: { resourceVersion: versionOf(made) }, data: { a: '2' } }
      expectRefusal(await call('PATCH', path, { body: stale }), 409, 'Conflict')
    })

    test('with another uid is refused', async () => {
      const name = freshName()
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name) }), 201)
      const metadata = { uid: '00000000-0000-4000-8000-000000000000' }
      const reply = await call('PATCH', `${CONFIG_MAPS}/${name}`, { body: { metadata, data: { a: '2' } } })
      expect(expectRefusal(reply, 422, 'Invalid')).toContain('metadata.uid')
      expectCode(await call('POST', PODS, { body: pod(name) }), 201)
      const status = { body: { metadata, status: { phase: 'Running' } }, contentType: STRATEGIC }
      expectRefusal(await call('PATCH', `${PODS}/${name}/status`, status), 422, 'Invalid')
    })

    test('that changes nothing keeps the version', async () => {
      const made = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName(), { a: '1' }) }), 201)
      const path = `${CONFIG_MAPS}/${textAt(made, 'metadata', 'name')}`
      const same = expectCode(await call('PATCH', path, { body: { data: { a: '1' } } }), 200)
      expect(versionOf(same)).toBe(versionOf(made))
    })

    test('of an object that is not there is 404', async () => {
      expectRefusal(await call('PATCH', `${CONFIG_MAPS}/missing`, { body: {} }), 404, 'NotFound')
    })

    test('is validated as a whole', async () => {
      const name = freshName()
      expectCode(await call('POST', BOATS, { body: boat(name) }), 201)
      expectRefusal(await call('PATCH', `${BOATS}/${name}`, { body: { spec: { hull: null } } }), 422, 'Invalid')
    })

    test('with dryRun answers and changes nothing', async () => {
      const made = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName(), { a: '1' }) }), 201)
      const path = `${CONFIG_MAPS}/${textAt(made, 'metadata', 'name')}`
      const reply = expectCode(await call('PATCH', path, { body: { data: { a: '2' } }, query: { dryRun: 'All' } }), 200)
      expect(reply.data).toEqual({ a: '2' })
      expect(expectCode(await call('GET', path), 200)).toMatchObject({ data: { a: '1' } })
    })
  })

  describe('a JSON patch', () => {
    const patch = (path: string, body: unknown) => call('PATCH', path, { body, contentType: JSON_PATCH })

    test('carries out its operations in order', async () => {
      const name = freshName()
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name, { a: '1', b: '2' }) }), 201)
      const operations = [
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'replace', path: '/data/a', value: '9' },
        { op: 'remove', path: '/data/b' },
        { op: 'add', path: '/metadata/annotations', value: { 'x/y': '1' } },
        { op: 'add', path: '/metadata/annotations/x~1z', value: '2' },
      ]
      const next = expectCode(await patch(`${CONFIG_MAPS}/${name}`, operations), 200)
      expect(next.data).toEqual({ a: '9' })
      expect(at(next, 'metadata', 'annotations')).toEqual({ 'x/y': '1', 'x/z': '2' })
    })

    test('whose test fails changes nothing', async () => {
      const name = freshName()
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name, { a: '1' }) }), 201)
      const operations = [
        { op: 'replace', path: '/data/a', value: '9' },
        { op: 'test', path: '/data/a', value: '1' },
      ]
      expectRefusal(await patch(`${CONFIG_MAPS}/${name}`, operations), 422, 'Invalid')
      expect(expectCode(await call('GET', `${CONFIG_MAPS}/${name}`), 200)).toMatchObject({ data: { a: '1' } })
    })

    test('that is no list is refused', async () => {
      const name = freshName()
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name) }), 201)
      expectRefusal(await patch(`${CONFIG_MAPS}/${name}`, { data: {} }), 400, 'BadRequest')
    })
  })

  describe('a strategic merge patch', () => {
    const patch = (path: string, body: unknown) => call('PATCH', path, { body, contentType: STRATEGIC })

    test('merges lists of named items by their names', async () => {
      const name = freshName()
      expectCode(await call('POST', DEPLOYMENTS, { body: deployment(name) }), 201)
      const containers = [
        { name: 'web', image: 'web:2', env: [{ name: 'B', value: '2' }] },
        { name: 'side', image: 'side' },
      ]
      const body = { spec: { template: { spec: { containers } } } }
      const next = expectCode(await patch(`${DEPLOYMENTS}/${name}`, body), 200)
      const found = at(next, ...CONTAINERS)
      expect(found).toHaveLength(2)
      const web = Array.isArray(found) ? found.find((one) => textAt(one, 'name') === 'web') : undefined
      expect(web).toMatchObject({ image: 'web:2', ports: [{ name: 'http', containerPort: 80 }] })
      expect(at(web, 'env')).toHaveLength(2)
    })

    test('deletes an item, and replaces a list, when it says so', async () => {
      const name = freshName()
      expectCode(await call('POST', DEPLOYMENTS, { body: deployment(name) }), 201)
      const env = [{ name: 'A', $patch: 'delete' }]
      const cut = { spec: { template: { spec: { containers: [{ name: 'web', env }] } } } }
      expect(at(expectCode(await patch(`${DEPLOYMENTS}/${name}`, cut), 200), ...CONTAINERS, 0, 'env')).toBeUndefined()
      const all = {
        spec: { template: { spec: { containers: [{ $patch: 'replace' }, { name: 'new', image: 'new' }] } } },
      }
      const replaced = expectCode(await patch(`${DEPLOYMENTS}/${name}`, all), 200)
      expect(at(replaced, ...CONTAINERS)).toMatchObject([{ name: 'new', image: 'new' }])
    })

    test('merges conditions of a pod by type, and removes labels with null', async () => {
      const name = freshName()
      expectCode(await call('POST', PODS, { body: pod(name) }), 201)
      const write = (type: string, status: string) =>
        patch(`${PODS}/${name}/status`, { status: { conditions: [{ type, status }] } })
      expectCode(await write('Ready', 'False'), 200)
      expectCode(await write('Mine', 'True'), 200)
      const last = expectCode(await write('Ready', 'True'), 200)
      expect(at(last, 'status', 'conditions')).toHaveLength(2)
      expect(at(last, 'status', 'conditions')).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ type: 'Ready', status: 'True' }),
          expect.objectContaining({ type: 'Mine', status: 'True' }),
        ]),
      )
      const unlabelled = expectCode(await patch(`${PODS}/${name}`, { metadata: { labels: { app: null } } }), 200)
      expect(at(unlabelled, 'metadata', 'labels', 'app')).toBeUndefined()
    })
  })
}
