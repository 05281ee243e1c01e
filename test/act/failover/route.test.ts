// The Service's selector becomes the member's labels and nothing else, on the version that was read.
import { beforeEach, describe, expect, it } from 'vitest'
import { routeTo } from '../../../controller/act/failover/route.ts'
import type { KubeClient } from '../../../controller/kube/client.ts'
import { textsAt } from '../../../controller/kube/json.ts'
import { createObject, deleteObject, getObject, mergePatch } from '../../../controller/kube/objects.ts'
import { SERVICES } from '../../../controller/kube/resource-type.ts'
import { NAMESPACE, useFlagRig } from '../../flags/rig.ts'
import { aSpec } from './a-switch.ts'

const rig = useFlagRig()
const WHERE = { namespace: NAMESPACE, name: 'db' }
const group = (spec: object = {}) => ({ ...WHERE, spec: aSpec(spec), pods: {}, credentials: undefined })
const route = (to: string, mayWrite = () => true, client: KubeClient = rig.client) =>
  routeTo({ client, mayWrite }, group(), to)
const selector = async () => textsAt(await getObject(rig.client, SERVICES, WHERE), 'spec', 'selector')

beforeEach(async () => {
  await deleteObject(rig.client, SERVICES, WHERE)
  await createObject(rig.client, SERVICES, {
    metadata: WHERE,
    spec: { selector: { app: 'db', role: 'primary' }, ports: [{ port: 6379 }] },
  })
})

describe('routing', () => {
  it('leaves nothing of the old selector, and is done at once when it is there already', async () => {
    expect(await route('b')).toEqual({ kind: 'done' })
    expect(await selector()).toEqual({ 'statefulset.kubernetes.io/pod-name': 'b' })
    expect(await route('b', () => false)).toEqual({ kind: 'done' })
    expect(await route('a')).toEqual({ kind: 'done' })
    expect(await selector()).toEqual({ 'statefulset.kubernetes.io/pod-name': 'a' })
  })

  it('lets a selector be that names the member among other labels', async () => {
    const selected = { app: 'db', role: null, 'statefulset.kubernetes.io/pod-name': 'b' }
    await mergePatch(rig.client, SERVICES, WHERE, { spec: { selector: selected } })
    expect(await route('b')).toEqual({ kind: 'done' })
    expect(await selector()).toEqual({ app: 'db', 'statefulset.kubernetes.io/pod-name': 'b' })
  })

  it('writes nothing when it may not, or when the Service changes meanwhile', async () => {
    expect(await route('b', () => false)).toMatchObject({ kind: 'waiting' })
    const racing: KubeClient = {
      ...rig.client,
      async request(request) {
        if (request.method === 'PATCH')
          await mergePatch(rig.client, SERVICES, WHERE, { metadata: { labels: { by: 'others' } } })
        return rig.client.request(request)
      },
    }
    expect(await route('b', () => true, racing)).toEqual({ kind: 'waiting', why: 'Service shop/db changed in between' })
    expect(await selector()).toEqual({ app: 'db', role: 'primary' })
  })

  it('says what is wrong: no such Service, no such member; without a Service there is nothing to do', async () => {
    expect(await route('z')).toMatchObject({ kind: 'failed', why: expect.stringContaining('no member') })
    await deleteObject(rig.client, SERVICES, WHERE)
    expect(await route('b')).toMatchObject({ kind: 'failed', why: expect.stringContaining('does not exist') })
    expect(await routeTo({ client: rig.client, mayWrite: () => true }, group({ service: undefined }), 'b')).toEqual({
      kind: 'done',
    })
  })
})
