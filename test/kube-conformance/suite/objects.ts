// Single objects: create, read, replace, delete, and how each is refused.
import { describe, expect, test } from 'vitest'
import { BOATS, boat, CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, GUARDS, guard, PODS, pod } from './paths.ts'
import { at, numberAt, objectAtOf, textAt } from './read.ts'
import { expectCode, expectRefusal, freshName, NAMESPACE, namesOf, type Subject, versionOf } from './subject.ts'

export function objectTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)

  describe('create', () => {
    test('fills in what the server says of an object', async () => {
      const name = freshName()
      const made = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name, { a: '1' }) }), 201)
      expect(made).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } })
      expect(made.metadata).toMatchObject({ name, namespace: NAMESPACE })
      expect(textAt(made, 'metadata', 'uid')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/)
      expect(textAt(made, 'metadata', 'creationTimestamp')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      expect(versionOf(made)).toMatch(/^\d+$/)
      expect(expectCode(await call('GET', `${CONFIG_MAPS}/${name}`), 200)).toMatchObject({ metadata: made.metadata })
    })

    test('makes a name from generateName', async () => {
      const body = { metadata: { generateName: 'made-' } }
      const one = expectCode(await call('POST', CONFIG_MAPS, { body }), 201)
      const two = expectCode(await call('POST', CONFIG_MAPS, { body }), 201)
      expect(textAt(one, 'metadata', 'name')).toMatch(/^made-[a-z0-9]{5}$/)
      expect(textAt(two, 'metadata', 'name')).not.toBe(textAt(one, 'metadata', 'name'))
    })

    test('counts a generation for kinds that have one', async () => {
      const body = expectCode(await call('POST', GUARDS, { body: guard(freshName()) }), 201)
      expect(numberAt(body, 'metadata', 'generation')).toBe(1)
      const map = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName()) }), 201)
      expect(numberAt(map, 'metadata', 'generation')).toBeUndefined()
    })

    test('refuses a second object of the same name', async () => {
      const name = freshName()
      expectCode(await call('POST', DEPLOYMENTS, { body: deployment(name) }), 201)
      const message = expectRefusal(await call('POST', DEPLOYMENTS, { body: deployment(name) }), 409, 'AlreadyExists')
      expect(message).toBe(`deployments.apps "${name}" already exists`)
    })

    test('refuses a namespace that is not there', async () => {
      const path = '/api/v1/namespaces/nowhere/configmaps'
      const message = expectRefusal(await call('POST', path, { body: configMap(freshName()) }), 404, 'NotFound')
      expect(message).toBe('namespaces "nowhere" not found')
    })

    test.each([
      ['another kind', { ...configMap('x'), kind: 'Secret' }],
      ['another version', { ...configMap('x'), apiVersion: 'apps/v1' }],
      ['another namespace', { ...configMap('x'), metadata: { name: 'x', namespace: 'default' } }],
      ['a resourceVersion', { ...configMap('x'), metadata: { name: 'x', resourceVersion: '7' } }],
    ])('refuses %s than the path says', async (_, body) => {
      const reply = await call('POST', CONFIG_MAPS, { body })
      // A resourceVersion is refused as an internal error by older servers.
      expect([400, 500]).toContain(reply.code)
      expect(reply.body).toMatchObject({ kind: 'Status', status: 'Failure' })
    })

    test.each(['Upper', 'under_score', '-dash', 'dot.', 'ümlaut'])('refuses the name %s', async (name) => {
      const message = expectRefusal(await call('POST', CONFIG_MAPS, { body: configMap(name) }), 422, 'Invalid')
      expect(message).toContain(`ConfigMap "${name}" is invalid: metadata.name: Invalid value: "${name}"`)
    })

    test('refuses an object without a name', async () => {
      const message = expectRefusal(await call('POST', CONFIG_MAPS, { body: { data: {} } }), 422, 'Invalid')
      expect(message).toContain('name or generateName is required')
    })

    test('refuses a selector that does not match the template', async () => {
      const body = deployment(freshName(), { selector: { matchLabels: { app: 'other' } } })
      const reply = await call('POST', DEPLOYMENTS, { body })
      expect(expectRefusal(reply, 422, 'Invalid')).toContain('`selector` does not match template `labels`')
      expect(at(reply.body, 'details', 'causes', 0)).toMatchObject({ field: 'spec.template.metadata.labels' })
    })

    test('refuses a negative count of replicas, and one that is no number', async () => {
      const negative = await call('POST', DEPLOYMENTS, { body: deployment(freshName(), { replicas: -1 }) })
      expect(expectRefusal(negative, 422, 'Invalid')).toContain(
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      )
      expectRefusal(
        await call('POST', DEPLOYMENTS, { body: deployment(freshName(), { replicas: 'many' }) }),
        400,
        'BadRequest',
      )
    })

    test('with dryRun leaves nothing behind', async () => {
      const name = freshName()
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name), query: { dryRun: 'All' } }), 201)
      expectRefusal(await call('GET', `${CONFIG_MAPS}/${name}`), 404, 'NotFound')
    })

    test('takes YAML', async () => {
      const name = freshName()
      const body = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "1"\n`
      expect(expectCode(await call('POST', CONFIG_MAPS, { body, contentType: 'application/yaml' }), 201)).toMatchObject(
        { data: { a: '1' } },
      )
    })
  })

  describe('replace', () => {
    test('takes the new object, and gives it a new version', async () => {
      const made = expectCode(
        await call('POST', CONFIG_MAPS, { body: configMap(freshName(), { a: '1', b: '1' }) }),
        201,
      )
      const path = `${CONFIG_MAPS}/${textAt(made, 'metadata', 'name')}`
      const next = expectCode(await call('PUT', path, { body: { ...made, data: { a: '2' } } }), 200)
      expect(next.data).toEqual({ a: '2' })
      expect(versionOf(next)).not.toBe(versionOf(made))
      expect(textAt(next, 'metadata', 'uid')).toBe(textAt(made, 'metadata', 'uid'))
    })

    test('refuses a version that is not the current one', async () => {
      const made = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName()) }), 201)
      const name = textAt(made, 'metadata', 'name')
      expectCode(await call('PUT', `${CONFIG_MAPS}/${name}`, { body: { ...made, data: { a: '2' } } }), 200)
      const message = expectRefusal(
        await call('PUT', `${CONFIG_MAPS}/${name}`, { body: { ...made, data: { a: '3' } } }),
        409,
        'Conflict',
      )
      expect(message).toBe(
        `Operation cannot be fulfilled on configmaps "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      )
    })

    test('needs no version for a built-in kind, and does for a custom one', async () => {
      const name = freshName()
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name) }), 201)
      expectCode(await call('PUT', `${CONFIG_MAPS}/${name}`, { body: configMap(name, { a: '2' }) }), 200)
      expectCode(await call('POST', GUARDS, { body: guard(name) }), 201)
      const message = expectRefusal(await call('PUT', `${GUARDS}/${name}`, { body: guard(name) }), 422, 'Invalid')
      expect(message).toContain('metadata.resourceVersion: Invalid value: 0x0: must be specified for an update')
    })

    test('refuses another uid', async () => {
      const made = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName()) }), 201)
      const metadata = { ...objectAtOf(made, 'metadata'), uid: '00000000-0000-4000-8000-000000000000' }
      const reply = await call('PUT', `${CONFIG_MAPS}/${textAt(made, 'metadata', 'name')}`, {
        body: { ...made, metadata },
      })
      expect(expectRefusal(reply, 409, 'Conflict')).toContain('Precondition failed: UID in precondition')
    })

    test('that changes nothing keeps the version', async () => {
      const made = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName(), { a: '1' }) }), 201)
      const same = expectCode(
        await call('PUT', `${CONFIG_MAPS}/${textAt(made, 'metadata', 'name')}`, { body: made }),
        200,
      )
      expect(versionOf(same)).toBe(versionOf(made))
    })

    test('refuses an object that is not there, and a name that is not the path’s', async () => {
      expectRefusal(await call('PUT', `${CONFIG_MAPS}/missing`, { body: configMap('missing') }), 404, 'NotFound')
      const name = freshName()
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name) }), 201)
      expectRefusal(await call('PUT', `${CONFIG_MAPS}/${name}`, { body: configMap('other') }), 400, 'BadRequest')
    })

    test('refuses another selector', async () => {
      const name = freshName()
      expectCode(await call('POST', DEPLOYMENTS, { body: deployment(name) }), 201)
      const labels = { app: name, more: 'yes' }
      const spec = { selector: { matchLabels: labels }, template: { metadata: { labels } } }
      const reply = await call('PATCH', `${DEPLOYMENTS}/${name}`, { body: { spec } })
      expect(expectRefusal(reply, 422, 'Invalid')).toContain('field is immutable')
    })
  })

  describe('delete', () => {
    test('removes the object and says which it was', async () => {
      const made = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName()) }), 201)
      const name = textAt(made, 'metadata', 'name')
      const reply = expectCode(await call('DELETE', `${CONFIG_MAPS}/${name}`), 200)
      expect(reply).toMatchObject({
        kind: 'Status',
        status: 'Success',
        details: { name, kind: 'configmaps', uid: textAt(made, 'metadata', 'uid') },
      })
      expect(expectRefusal(await call('DELETE', `${CONFIG_MAPS}/${name}`), 404, 'NotFound')).toBe(
        `configmaps "${name}" not found`,
      )
    })

    test('refuses when the object is another or has another version than expected', async () => {
      const made = expectCode(await call('POST', CONFIG_MAPS, { body: configMap(freshName()) }), 201)
      const path = `${CONFIG_MAPS}/${textAt(made, 'metadata', 'name')}`
      expectRefusal(await call('DELETE', path, { body: { preconditions: { uid: 'other' } } }), 409, 'Conflict')
      expectRefusal(await call('DELETE', path, { body: { preconditions: { resourceVersion: '1' } } }), 409, 'Conflict')
      const preconditions = { uid: textAt(made, 'metadata', 'uid'), resourceVersion: versionOf(made) }
      expectCode(await call('DELETE', path, { body: { preconditions } }), 200)
    })

    test('waits for finalizers', async () => {
      const name = freshName()
      const body = { ...boat(name), metadata: { name, finalizers: ['conformance.test/hold'] } }
      expectCode(await call('POST', BOATS, { body }), 201)
      expectCode(await call('DELETE', `${BOATS}/${name}`), 200)
      const held = expectCode(await call('GET', `${BOATS}/${name}`), 200)
      expect(textAt(held, 'metadata', 'deletionTimestamp')).toBeDefined()
      expect(numberAt(held, 'metadata', 'deletionGracePeriodSeconds')).toBe(0)
      expectCode(await call('PATCH', `${BOATS}/${name}`, { body: { metadata: { finalizers: null } } }), 200)
      expectRefusal(await call('GET', `${BOATS}/${name}`), 404, 'NotFound')
    })

    test('of a collection removes what the selector names', async () => {
      const label = freshName('swept')
      for (const name of ['one', 'two']) {
        expectCode(await call('POST', CONFIG_MAPS, { body: configMap(`${label}-${name}`, {}, { sweep: label }) }), 201)
      }
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(`${label}-kept`, {}, { kept: label }) }), 201)
      expectCode(await call('DELETE', CONFIG_MAPS, { query: { labelSelector: `sweep=${label}` } }), 200)
      const query = { labelSelector: `sweep=${label}` }
      expect(namesOf(expectCode(await call('GET', CONFIG_MAPS, { query }), 200))).toEqual([])
      expectCode(await call('GET', `${CONFIG_MAPS}/${label}-kept`), 200)
    })

    test('with dryRun keeps the object', async () => {
      const name = freshName()
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name) }), 201)
      expectCode(await call('DELETE', `${CONFIG_MAPS}/${name}`, { query: { dryRun: 'All' } }), 200)
      expectCode(await call('DELETE', `${CONFIG_MAPS}/${name}`, { body: { dryRun: ['All'] } }), 200)
      expectCode(await call('GET', `${CONFIG_MAPS}/${name}`), 200)
    })
  })

  describe('a request that makes no sense', () => {
    test('names what is not found', async () => {
      const reply = await call('GET', `${GUARDS}/missing`)
      expect(expectRefusal(reply, 404, 'NotFound')).toBe('guards.evenkeel.dev "missing" not found')
      expect(reply.body.details).toEqual({ name: 'missing', group: 'evenkeel.dev', kind: 'guards' })
    })

    test.each([
      '/api/v1/namespaces/default/nothings',
      '/apis/evenkeel.dev/v9/guards',
      '/apis/no.such.group/v1',
      '/nowhere',
    ])('to %s is 404', async (path) => {
      expect((await call('GET', path)).code).toBe(404)
    })

    test('without a good token is 401', async () => {
      expectRefusal(await call('GET', CONFIG_MAPS, { token: 'wrong' }), 401, 'Unauthorized')
    })

    test('with a body that is no JSON is 400', async () => {
      expectRefusal(await call('POST', CONFIG_MAPS, { body: '{"kind": ' }), 400, 'BadRequest')
    })

    test('with a media type that nobody reads is 415', async () => {
      expectRefusal(
        await call('POST', CONFIG_MAPS, { body: 'x', contentType: 'text/html' }),
        415,
        'UnsupportedMediaType',
      )
      const patch = { body: {}, contentType: 'application/strategic-merge-patch+json' }
      const name = freshName()
      expectCode(await call('POST', GUARDS, { body: guard(name) }), 201)
      expectRefusal(await call('PATCH', `${GUARDS}/${name}`, patch), 415, 'UnsupportedMediaType')
    })

    test('with a body over 3 MiB is 413', async () => {
      const body = configMap(freshName(), { big: 'x'.repeat(3 * 1024 * 1024) })
      expectRefusal(await call('POST', CONFIG_MAPS, { body }), 413, 'RequestEntityTooLarge')
    })

    test('with a verb that the path does not have is 405', async () => {
      expectRefusal(await call('PUT', CONFIG_MAPS, { body: configMap('x') }), 405, 'MethodNotAllowed')
      expectRefusal(await call('POST', '/api/v1/pods', { body: pod('x') }), 405, 'MethodNotAllowed')
    })

    test('for the log of a pod that is not there is 404', async () => {
      expectRefusal(await call('GET', `${PODS}/missing/log`), 404, 'NotFound')
    })
  })
}
