// PostgreSQL under Patroni in the whole: a real cluster, a real Kubernetes API, and the controller as a process of its own.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeClient } from '../../controller/kube/client.ts'
import { isObject, textAt } from '../../controller/kube/json.ts'
import { createObject, mergePatch } from '../../controller/kube/objects.ts'
import { FAILOVER_GROUPS, PODS, type ResourceType, SECRETS } from '../../controller/kube/resource-type.ts'
import { evenkeel } from '../cli/evenkeel.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import {
  CREDENTIALS,
  PATRONI_MEMBERS,
  type PatroniCluster,
  type PatroniMemberName,
  startPatroni,
} from '../components/support/patroni.ts'
import { startWriter } from '../components/support/patroni-writer.ts'
import { describeWith } from '../components/support/programs.ts'
import { createRoom } from '../components/support/room.ts'
import { type Controller, connectAs, install, startController, until } from './support/product.ts'
import { type Group, groupOf, NAMESPACE } from './support/sites.ts'

/** As the example of a Secret has it. */
const NAME = 'db'
const EXAMPLE = new URL('../../deploy/examples/failover-secret.yaml', import.meta.url)
const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' }
const TYPES: Readonly<Record<string, ResourceType>> = {
  Secret: SECRETS,
  Role: { ...RBAC, plural: 'roles', kind: 'Role' },
  RoleBinding: { ...RBAC, plural: 'rolebindings', kind: 'RoleBinding' },
}

describeWith(['postgresql-15', 'patroni', 'python3-etcd', 'etcd-server'], 'a group under Patroni', () => {
  const room = createRoom('patroni-whole', 'postgres')
  let plane: ControlPlane
  let admin: KubeClient
  let patroni: PatroniCluster
  let controller: Controller
  let group: Group

  beforeAll(async () => {
    ;[plane, patroni] = await Promise.all([startControlPlane(), startPatroni(room)])
    admin = await connectAs(plane.kubeconfig)
    await install(admin, ['evenkeel'], [NAMESPACE])
    for (const name of PATRONI_MEMBERS) await createPod(name)
    for (const document of parseAllDocuments(readFileSync(EXAMPLE, 'utf8'))) await createFromExample(document.toJS())
    const { members } = patroni.target.spec
    const port = patroni.target.spec.method.patroni?.port
    const method = { patroni: { port, auth: { secret: 'db-credentials' } } }
    await createObject(admin, FAILOVER_GROUPS, {
      metadata: { namespace: NAMESPACE, name: NAME },
      spec: { mode: 'Enforce', method, members, interval: '500ms', downAfter: '2s' },
    })
    group = groupOf(admin, NAME)
    controller = await startController(plane.kubeconfigFor('evenkeel'))
  })
  afterAll(async () => {
    await controller?.stop()
    await room.stop()
    await admin?.close()
    await plane?.stop()
  })

  /** The members run beside the cluster: these are their pods for it. */
  async function createPod(name: PatroniMemberName): Promise<void> {
    const where = { namespace: NAMESPACE, name }
    const labels = { 'statefulset.kubernetes.io/pod-name': name }
    const spec = { containers: [{ name: 'patroni', image: 'none' }] }
    await createObject(admin, PODS, { metadata: { ...where, labels }, spec })
    const conditions = [{ type: 'Ready', status: 'True' }]
    const status = { phase: 'Running', podIP: patroni.addresses[name], conditions }
    await mergePatch(admin, PODS, { ...where, subresource: 'status' }, { status })
  }

  /** For the user that the controller is here, and the password that Patroni has here. */
  async function createFromExample(object: unknown): Promise<void> {
    const type = TYPES[textAt(object, 'kind') ?? '']
    if (!isObject(object) || type === undefined) throw new Error(`${textAt(object, 'kind')} is not known here`)
    await createObject(admin, type, {
      ...object,
      ...(type === SECRETS ? { stringData: CREDENTIALS } : {}),
      ...(type.plural === 'rolebindings'
        ? { subjects: [{ apiGroup: RBAC.group, kind: 'User', name: 'evenkeel' }] }
        : {}),
    })
  }

  const run = (...args: string[]) => evenkeel([...args, '--kubeconfig', plane.kubeconfig])
  const ready = () =>
    until('a standby could take over', async () => {
      const isTrue = async (type: string) => (await group.condition(type))?.status === 'True'
      const { active } = await group.status()
      const isThere = (await isTrue('Available')) && (await isTrue('FailoverReady')) && (await isTrue('Observed'))
      return isThere ? PATRONI_MEMBERS.find((name) => name === active) : undefined
    })

  it('is adopted, switches when a person asks, and loses no write by it', async () => {
    const from = await ready()
    expect(await group.status()).toMatchObject({ active: from, epoch: 1, method: 'patroni' })
    await patroni.query(from, 'create table writes (id bigint primary key)')
    const writer = await startWriter(room, patroni)
    const to = PATRONI_MEMBERS.find((name) => name !== from)
    const { code, stdout } = await run('failover', `${NAMESPACE}/${NAME}`, '--to', `${to}`)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^shop\/db: done: /)])
    expect((await patroni.roles())[`${to}`]?.role).toBe('leader')
    expect((await group.status()).history?.at(-1)).toMatchObject({ kind: 'Switchover', from, to, outcome: 'Done' })
    expect(await ready()).toBe(to)
    await writer.stop()
    const there = new Set(await patroni.query(to ?? from, 'select id from writes'))
    const acknowledged = writer.acknowledged()
    expect(acknowledged.length).toBeGreaterThan(100)
    expect(acknowledged.filter(({ id }) => !there.has(id))).toEqual([])
  })

  it('is failed over by Patroni when its primary is killed, which is adopted as it is, and nothing is done beside it', async () => {
    const from = await ready()
    const killedAt = Date.now()
    patroni.signal(from, 'SIGKILL')
    const to = await until('another is active', async () => {
      const { active } = await group.status()
      return active === from ? undefined : active
    })
    console.log(`adopted ${Date.now() - killedAt} ms after the kill`)
    const { history = [], switch: under, block } = await group.status()
    expect(history.at(-1)).toMatchObject({ kind: 'Manager', from, to, outcome: 'Done' })
    expect(history.map(({ kind }) => kind)).toEqual(['Adoption', 'Switchover', 'Manager'])
    expect([under, block]).toEqual([undefined, undefined])
    expect((await patroni.roles())[to]?.role).toBe('leader')
    expect((await group.events()).filter((one) => /^(SwitchRefused|SwitchFailed)/.test(one))).toEqual([])
    await patroni.restart(from)
    expect(await ready()).toBe(to)
  })

  it('refuses a switch that Patroni would not make, and says why', async () => {
    await patroni.configure({ pause: true })
    await until('it is seen', async () => /Patroni is paused/.test((await group.condition('Observed'))?.message ?? ''))
    const { code, stdout } = await run('failover', `${NAMESPACE}/${NAME}`)
    expect([code, stdout]).toEqual([1, expect.stringMatching(/Patroni is paused/)])
    await patroni.configure({ pause: null })
    await ready()
  })
})
