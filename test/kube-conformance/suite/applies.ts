// Server-side apply: each manager owns what it applies, and only that.
import { describe, expect, test } from 'vitest'
import { APPLY, BOATS, boat, CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, GUARDS, guard } from './paths.ts'
import { at, listAt, textAt } from './read.ts'
import { expectCode, expectRefusal, freshName, type Subject, versionOf } from './subject.ts'

export function applyTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)
  const apply = (path: string, body: object, fieldManager: string, force = false) =>
    call('PATCH', path, { body, contentType: APPLY, query: { fieldManager, force } })

  describe('server-side apply', () => {
    test('creates what is absent and says who manages it', async () => {
      const name = freshName()
      const made = expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '1' }), 'one'), 201)
      expect(made.data).toEqual({ a: '1' })
      expect(listAt(made, 'metadata', 'managedFields')).toMatchObject([
        {
          manager: 'one',
          operation: 'Apply',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { 'f:a': {} } },
        },
      ])
    })

    test('of the same once more changes nothing', async () => {
      const name = freshName()
      const first = expectCode(await apply(`${DEPLOYMENTS}/${name}`, deployment(name, { paused: true }), 'one'), 201)
      const again = expectCode(await apply(`${DEPLOYMENTS}/${name}`, deployment(name, { paused: true }), 'one'), 200)
      expect(at(again, 'metadata', 'generation')).toBe(at(first, 'metadata', 'generation'))
      expect(again.spec).toEqual(first.spec)
      const map = expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '1' }), 'one'), 201)
      const same = expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '1' }), 'one'), 200)
      expect(versionOf(same)).toBe(versionOf(map))
    })

    test('removes what its manager no longer applies and leaves what others own', async () => {
      const name = freshName()
      expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '1', b: '1' }), 'one'), 201)
      expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { b: '1', c: '1' }), 'two'), 200)
      const next = expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { d: '1' }), 'one'), 200)
      expect(next.data).toEqual({ b: '1', c: '1', d: '1' })
    })

    test('refuses another value for a field of another manager, and takes it over by force', async () => {
      const name = freshName()
      expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '1' }), 'one'), 201)
      const reply = await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '2' }), 'two')
      const message = expectRefusal(reply, 409, 'Conflict')
      expect(message).toContain('Apply failed with 1 conflict: conflict with "one"')
      expect(message).toContain('.data.a')
      expect(at(reply.body, 'details', 'causes', 0)).toMatchObject({ reason: 'FieldManagerConflict', field: '.data.a' })
      const forced = expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '2' }), 'two', true), 200)
      expect(forced.data).toEqual({ a: '2' })
      expectRefusal(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '3' }), 'one'), 409, 'Conflict')
    })

    test('lets two managers say the same', async () => {
      const name = freshName()
      expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '1' }), 'one'), 201)
      expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '1' }), 'two'), 200)
      const next = expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name), 'two'), 200)
      expect(next.data).toEqual({ a: '1' })
    })

    test('conflicts with who wrote without applying', async () => {
      const name = freshName()
      expectCode(await apply(`${GUARDS}/${name}`, guard(name, { mode: 'Observe' }), 'one'), 201)
      const query = { fieldManager: 'editor' }
      expectCode(await call('PATCH', `${GUARDS}/${name}`, { body: { spec: { mode: 'Enforce' } }, query }), 200)
      const message = expectRefusal(
        await apply(`${GUARDS}/${name}`, guard(name, { mode: 'Observe' }), 'one'),
        409,
        'Conflict',
      )
      expect(message).toContain('conflict with "editor" using evenkeel.dev/v1alpha1: .spec.mode')
    })

    test('merges lists with keys item by item', async () => {
      const name = freshName()
      const path = `${DEPLOYMENTS}/${name}`
      const template = (containers: object[]) => ({ metadata: { labels: { app: name } }, spec: { containers } })
      const body = (...containers: object[]) => deployment(name, { paused: true, template: template(containers) })
      const side = (image: string) => ({ name: 'side', image })
      expectCode(await apply(path, body({ name: 'web', image: 'web:1' }, { name: 'old', image: 'old' }), 'one'), 201)
      expectCode(await apply(path, body({ name: 'web', env: [{ name: 'A', value: '1' }] }, side('s:1')), 'two'), 200)
      const next = expectCode(await apply(path, body({ name: 'web', image: 'web:2' }), 'one'), 200)
      const containers = listAt(next, 'spec', 'template', 'spec', 'containers')
      expect(containers).toMatchObject([{ name: 'web', image: 'web:2', env: [{ name: 'A', value: '1' }] }, side('s:1')])
      expectRefusal(await apply(path, body({ name: 'web', image: 'web:2' }, side('s:2')), 'one'), 409, 'Conflict')
    })

    test('of an empty list with keys leaves the items of others', async () => {
      const name = freshName()
      const withEnv = (env: readonly object[]) => {
        const whole = deployment(name)
        const [container] = listAt(whole, 'spec', 'template', 'spec', 'containers')
        const containers = [{ ...(container as object), env }]
        const template = { ...(at(whole, 'spec', 'template') as object), spec: { containers } }
        return { ...whole, spec: { ...(at(whole, 'spec') as object), template } }
      }
      expectCode(await apply(`${DEPLOYMENTS}/${name}`, withEnv([{ name: 'A', value: '1' }]), 'one'), 201)
      const next = expectCode(await apply(`${DEPLOYMENTS}/${name}`, withEnv([]), 'two'), 200)
      expect(at(next, 'spec', 'template', 'spec', 'containers', 0, 'env')).toEqual([{ name: 'A', value: '1' }])
    })

    test('treats a list without keys as one value', async () => {
      const name = freshName()
      expectCode(await apply(`${BOATS}/${name}`, boat(name, { hull: 'steel', masts: [{ height: 1 }] }), 'one'), 201)
      const other = boat(name, { hull: 'steel', masts: [{ height: 2 }] })
      expectRefusal(await apply(`${BOATS}/${name}`, other, 'two'), 409, 'Conflict')
    })

    test('removes a container that is no longer applied, with the defaults inside it', async () => {
      const name = freshName()
      const side = { name: 'side', image: 'side', ports: [{ containerPort: 81 }] }
      const web = { name: 'web', image: 'web' }
      const template = (containers: object[]) => ({ metadata: { labels: { app: name } }, spec: { containers } })
      const two = deployment(name, { template: template([web, side]) })
      expectCode(await apply(`${DEPLOYMENTS}/${name}`, two, 'one'), 201)
      const one = deployment(name, { template: template([web]) })
      const next = expectCode(await apply(`${DEPLOYMENTS}/${name}`, one, 'one'), 200)
      const containers = listAt(next, 'spec', 'template', 'spec', 'containers')
      expect(containers.map((container) => textAt(container, 'name'))).toEqual(['web'])
    })

    test('of a status touches the status only', async () => {
      const name = freshName()
      expectCode(await call('POST', BOATS, { body: boat(name, { hull: 'steel', crew: 3 }) }), 201)
      const body = { ...boat(name, { hull: 'wood' }), status: { aboard: 2 } }
      const next = expectCode(await apply(`${BOATS}/${name}/status`, body, 'one', true), 200)
      expect(next).toMatchObject({ spec: { hull: 'steel', crew: 3 }, status: { aboard: 2 } })
      expectRefusal(
        await apply(`${BOATS}/missing/status`, { ...body, metadata: { name: 'missing' } }, 'one'),
        404,
        'NotFound',
      )
    })

    test('needs the name of a manager', async () => {
      const name = freshName()
      const reply = await call('PATCH', `${CONFIG_MAPS}/${name}`, { body: configMap(name), contentType: APPLY })
      expect(reply.code).toBeGreaterThanOrEqual(400)
      expect(textAt(reply.body, 'message')).toContain('fieldManager')
    })

    test('is refused when the object has another version than named', async () => {
      const name = freshName()
      const made = expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '1' }), 'one'), 201)
      expectCode(await apply(`${CONFIG_MAPS}/${name}`, configMap(name, { a: '2' }), 'one'), 200)
      const stale = { ...configMap(name, { a: '3' }), metadata: { name, resourceVersion: versionOf(made) } }
      expectRefusal(await apply(`${CONFIG_MAPS}/${name}`, stale, 'one'), 409, 'Conflict')
    })
  })
}
