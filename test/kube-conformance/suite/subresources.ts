// /status and /scale: each path writes its part and nothing else, and a generation counts changes of the spec.
import { describe, expect, test } from 'vitest'
import { BOATS, boat, DEPLOYMENTS, deployment, GUARDS, guard, PODS, pod, STATEFUL_SETS } from './paths.ts'
import { at, numberAt, objectAtOf, textAt } from './read.ts'
import { expectCode, expectRefusal, freshName, type Subject, versionOf } from './subject.ts'

export function subresourceTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)

  describe('/status', () => {
    test('is not written by the object’s own path', async () => {
      const name = freshName()
      const made = expectCode(
        await call('POST', GUARDS, { body: { ...guard(name), status: { observedGeneration: 9 } } }),
        201,
      )
      expect(at(made, 'status', 'observedGeneration')).toBeUndefined()
      const body = { status: { observedGeneration: 9 } }
      const same = expectCode(await call('PATCH', `${GUARDS}/${name}`, { body }), 200)
      expect(at(same, 'status', 'observedGeneration')).toBeUndefined()
      expect(versionOf(same)).toBe(versionOf(made))
    })

    test('writes nothing but the status, and no generation', async () => {
      const name = freshName()
      const made = expectCode(await call('POST', BOATS, { body: boat(name) }), 201)
      const body = { ...made, spec: { hull: 'wood' }, status: { aboard: 2 } }
      const next = expectCode(await call('PUT', `${BOATS}/${name}/status`, { body }), 200)
      expect(next).toMatchObject({ spec: { hull: 'steel' }, status: { aboard: 2 }, metadata: { generation: 1 } })
      const patch = { metadata: { labels: { a: 'b' } }, spec: { hull: 'wood' }, status: { aboard: 3 } }
      const patched = expectCode(await call('PATCH', `${BOATS}/${name}/status`, { body: patch }), 200)
      expect(patched).toMatchObject({ spec: { hull: 'steel' }, status: { aboard: 3 }, metadata: { generation: 1 } })
    })

    test('refuses a stale version', async () => {
      const name = freshName()
      const made = expectCode(await call('POST', BOATS, { body: boat(name) }), 201)
      expectCode(await call('PATCH', `${BOATS}/${name}/status`, { body: { status: { aboard: 1 } } }), 200)
      const stale = { metadata: { resourceVersion: versionOf(made) }, status: { aboard: 2 } }
      expectRefusal(await call('PATCH', `${BOATS}/${name}/status`, { body: stale }), 409, 'Conflict')
    })

    test('is pruned and validated as the rest', async () => {
      const name = freshName()
      expectCode(await call('POST', BOATS, { body: boat(name) }), 201)
      const pruned = expectCode(
        await call('PATCH', `${BOATS}/${name}/status`, { body: { status: { aboard: 1, sunk: true } } }),
        200,
      )
      expect(pruned.status).toEqual({ aboard: 1 })
      const reply = await call('PATCH', `${BOATS}/${name}/status`, { body: { status: { aboard: 'all' } } })
      expect(expectRefusal(reply, 422, 'Invalid')).toContain('status.aboard')
    })

    test('can be read by itself', async () => {
      const name = freshName()
      expectCode(await call('POST', PODS, { body: pod(name) }), 201)
      expect(expectCode(await call('GET', `${PODS}/${name}/status`), 200)).toMatchObject({
        kind: 'Pod',
        status: { phase: 'Pending' },
      })
    })
  })

  test('a generation grows with the spec and with nothing else', async () => {
    const name = freshName()
    const path = `${BOATS}/${name}`
    expectCode(await call('POST', BOATS, { body: boat(name) }), 201)
    const generationAfter = async (body: object, to = path) =>
      numberAt(expectCode(await call('PATCH', to, { body }), 200), 'metadata', 'generation')
    expect(await generationAfter({ metadata: { labels: { a: 'b' } } })).toBe(1)
    expect(await generationAfter({ status: { aboard: 1 } }, `${path}/status`)).toBe(1)
    expect(await generationAfter({ spec: { hull: 'steel' } })).toBe(1)
    expect(await generationAfter({ spec: { hull: 'wood' } })).toBe(2)
    expect(await generationAfter({ metadata: { generation: 77 } })).toBe(2)
  })

  describe('/scale', () => {
    test('shows replicas and selector', async () => {
      const name = freshName()
      const made = expectCode(await call('POST', DEPLOYMENTS, { body: deployment(name, { paused: true }) }), 201)
      const scale = expectCode(await call('GET', `${DEPLOYMENTS}/${name}/scale`), 200)
      expect(scale).toMatchObject({
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        status: { replicas: 0, selector: `app=${name}` },
      })
      expect(scale.metadata).toMatchObject({ name, namespace: 'conformance', uid: textAt(made, 'metadata', 'uid') })
      expect(versionOf(scale)).toMatch(/^\d+$/)
    })

    // Nothing reconciles a boat: its versions are ours alone.
    test('is written with the version that was read, and refused with an older one', async () => {
      const name = freshName()
      expectCode(await call('POST', BOATS, { body: boat(name) }), 201)
      const path = `${BOATS}/${name}/scale`
      const read = expectCode(await call('GET', path), 200)
      expect(numberAt(read, 'spec', 'replicas')).toBe(2)
      const patch = { metadata: { resourceVersion: versionOf(read) }, spec: { replicas: 4 } }
      const written = expectCode(await call('PATCH', path, { body: patch }), 200)
      expect(written).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } })
      expect(versionOf(written)).not.toBe(versionOf(read))
      expectRefusal(await call('PATCH', path, { body: patch }), 409, 'Conflict')
      const put = expectCode(await call('PUT', path, { body: { ...written, spec: { replicas: 5 } } }), 200)
      expect(put).toMatchObject({ spec: { replicas: 5 } })
      const whole = expectCode(await call('GET', `${BOATS}/${name}`), 200)
      expect(whole).toMatchObject({ spec: { hull: 'steel', crew: 5 }, metadata: { generation: 3 } })
    })

    test('shows the status of a custom resource', async () => {
      const name = freshName()
      expectCode(await call('POST', BOATS, { body: boat(name) }), 201)
      const status = { aboard: 1, selector: 'sailor=yes' }
      expectCode(await call('PATCH', `${BOATS}/${name}/status`, { body: { status } }), 200)
      const scale = expectCode(await call('GET', `${BOATS}/${name}/scale`), 200)
      expect(scale.status).toMatchObject({ replicas: 1, selector: 'sailor=yes' })
    })

    test.each([
      ['a Deployment', DEPLOYMENTS, 'Deployment'],
      ['a StatefulSet', STATEFUL_SETS, 'StatefulSet'],
    ])('changes %s', async (_, path, kind) => {
      const name = freshName()
      const body = { ...deployment(name, kind === 'StatefulSet' ? { serviceName: name } : { paused: true }), kind }
      expectCode(await call('POST', path, { body }), 201)
      const scaled = expectCode(await call('PATCH', `${path}/${name}/scale`, { body: { spec: { replicas: 1 } } }), 200)
      expect(scaled).toMatchObject({ kind: 'Scale', spec: { replicas: 1 } })
      expect(expectCode(await call('GET', `${path}/${name}`), 200)).toMatchObject({ spec: { replicas: 1 } })
    })

    test('refuses a negative count, an object that is not there and a kind that can’t be scaled', async () => {
      const name = freshName()
      expectCode(await call('POST', DEPLOYMENTS, { body: deployment(name) }), 201)
      const reply = await call('PATCH', `${DEPLOYMENTS}/${name}/scale`, { body: { spec: { replicas: -1 } } })
      expect(expectRefusal(reply, 422, 'Invalid')).toContain('must be greater than or equal to 0')
      const message = expectRefusal(await call('GET', `${DEPLOYMENTS}/missing/scale`), 404, 'NotFound')
      expect(message).toContain('"missing" not found')
      expect((await call('GET', `${GUARDS}/missing/scale`)).code).toBe(404)
    })
  })

  test('metadata that the server owns is not the client’s to change', async () => {
    const name = freshName()
    const made = expectCode(await call('POST', BOATS, { body: boat(name) }), 201)
    const metadata = { creationTimestamp: '2001-01-01T00:00:00Z', generation: 9 }
    const next = expectCode(await call('PATCH', `${BOATS}/${name}`, { body: { metadata } }), 200)
    const { creationTimestamp, generation } = objectAtOf(made, 'metadata')
    expect(next.metadata).toMatchObject({ creationTimestamp, generation })
    const deletion = { body: { metadata: { deletionTimestamp: '2001-01-01T00:00:00Z' } } }
    expectRefusal(await call('PATCH', `${BOATS}/${name}`, deletion), 422, 'Invalid')
  })
}
