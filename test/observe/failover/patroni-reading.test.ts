// What the members of a Patroni cluster say, put together: table by table, who is believed about what.
import { describe, expect, it } from 'vitest'
import { PATRONI_CLUSTER, PATRONI_CONFIG, PATRONI_MEMBER } from '../../../controller/databases/patroni-words.ts'
import type { MemberReading } from '../../../controller/model/failover.ts'
import { isLeaderless, type MemberAnswers, readPatroni } from '../../../controller/observe/failover/patroni-reading.ts'

const SILENT = { kind: 'silent', why: 'no answer within 2 s' } as const
const ok = <T>(value: T) => ({ kind: 'ok', value }) as const
const primary = (more: object = {}) =>
  PATRONI_MEMBER.parse({ state: 'running', role: 'master', xlog: { location: 1000 }, timeline: 1, ...more })
const replica = (more: object = {}) =>
  PATRONI_MEMBER.parse({
    state: 'running',
    role: 'replica',
    xlog: { received_location: 900, replayed_location: 850 },
    timeline: 1,
    ...more,
  })
/** The leader's name, or what each member is. */
const cluster = (leader: string | undefined, roles: Readonly<Record<string, object>> = {}, more: object = {}) =>
  PATRONI_CLUSTER.parse({
    members: ['a', 'b', 'c'].map((name) => ({
      name,
      role: name === leader ? 'leader' : 'replica',
      ...(name === leader ? {} : { lag: 64 }),
      ...roles[name],
    })),
    ...more,
  })

/** Three members, of which a leads and feeds the others. */
function asked(of: Partial<Record<'a' | 'b' | 'c', Partial<Omit<MemberAnswers, 'name'>>>> = {}): MemberAnswers[] {
  const feeds = ['b', 'c'].map((name) => ({ application_name: name, state: 'streaming' }))
  const said = { a: primary({ replication: feeds }), b: replica(), c: replica() }
  return (['a', 'b', 'c'] as const).map((name) => ({
    name,
    said: ok(said[name]),
    cluster: ok(cluster('a')),
    config: ok(PATRONI_CONFIG.parse({})),
    ...of[name],
  }))
}
const everyone = (answer: Partial<Omit<MemberAnswers, 'name'>>) => ({ a: answer, b: answer, c: answer })
const read = (answers: readonly MemberAnswers[], leaderlessForMs?: number) => {
  const { members, managerFault } = readPatroni(answers, leaderlessForMs)
  const of = (name: string): MemberReading | undefined => members.find((one) => one.name === name)
  return { a: of('a'), b: of('b'), c: of('c'), managerFault }
}

describe('a cluster that is well', () => {
  it('has one primary, and replicas with their lag by both positions and the link by the one that feeds them', () => {
    expect(read(asked({ c: { said: ok(replica({ xlog: { replayed_location: 1000 } })) } }))).toEqual({
      a: { name: 'a', reach: { kind: 'answers' }, role: 'Primary', isWritable: true, position: 1000, replicas: 2 },
      b: {
        name: 'b',
        reach: { kind: 'answers' },
        role: 'Replica',
        isWritable: false,
        position: 900,
        lag: 100,
        follows: 'a',
        link: 'Up',
      },
      c: {
        name: 'c',
        reach: { kind: 'answers' },
        role: 'Replica',
        isWritable: false,
        position: 1000,
        lag: 0,
        follows: 'a',
        link: 'Up',
      },
      managerFault: undefined,
    })
  })

  it('has replicas that say themselves whether they stream, where their Patroni does', () => {
    const { b, c } = read(
      asked({
        b: { said: ok(replica({ replication_state: 'streaming' })) },
        c: { said: ok(replica({ replication_state: 'in archive recovery' })) },
      }),
    )
    expect([b?.link, c?.link]).toEqual(['Up', 'Down'])
  })

  it('has a replica that is fed by another one', () => {
    const { c } = read(
      asked({
        b: { said: ok(replica({ replication: [{ application_name: 'c', state: 'streaming' }] })) },
        c: { said: ok(replica({ tags: { replicatefrom: 'b' } })) },
      }),
    )
    expect(c).toMatchObject({ follows: 'b', link: 'Up', lag: 100 })
  })
})

describe('a leader that does not answer', () => {
  it('is unknown while it has the leader key, and nobody else is said to be without a primary', () => {
    const { a, b, managerFault } = read(asked({ a: { said: SILENT, cluster: SILENT, config: SILENT } }))
    expect(a).toEqual({
      name: 'a',
      reach: { kind: 'unknown', why: "no answer within 2 s, and it still has Patroni's leader key" },
    })
    expect(b).not.toHaveProperty('primarySilentMs')
    expect(b).not.toHaveProperty('link')
    expect(b?.lag).toBe(64)
    expect(managerFault).toBeUndefined()
  })

  it('is lost once the others say that nobody has the key, and for how long they have said so', () => {
    const gone = { cluster: ok(cluster(undefined)) }
    const answers = asked({ a: { said: SILENT, cluster: SILENT, config: SILENT }, b: gone, c: gone })
    expect(isLeaderless(answers)).toBe(true)
    const { a, b, c } = read(answers, 3_000)
    expect(a).toEqual({ name: 'a', reach: SILENT })
    expect([b?.primarySilentMs, c?.primarySilentMs]).toEqual([3_000, 3_000])
  })
})

describe('whom the members believe', () => {
  it.each([
    ['most of them', [cluster('a'), cluster('b'), cluster('b')], undefined, 'b'],
    ['those that could read the store', [SILENT, SILENT, cluster('b')], undefined, 'b'],
    [
      'nobody when they are one to one',
      [cluster('a'), cluster('b'), SILENT],
      /do not agree on who leads \(a, b\)/,
      'a',
    ],
    ['nobody when none could read it', [SILENT, SILENT, SILENT], /no member could read the cluster's state/, 'a'],
  ] as const)('is %s', (_, views, fault, follows) => {
    const [a, b, c] = views.map((view) => ({ cluster: 'kind' in view ? view : ok(view) }))
    const answers = asked({ a: { ...a, said: ok(replica()) }, b: { ...b, said: ok(primary()) }, c: { ...c } })
    const seen = read(answers)
    if (fault === undefined) {
      expect(seen.managerFault).toBeUndefined()
      expect(seen.c?.follows).toBe(follows)
    } else {
      expect(seen.managerFault).toMatch(fault)
      expect(seen.b).toMatchObject({ role: 'Primary', isWritable: true })
      expect(isLeaderless(answers)).toBe(false)
    }
  })

  it('an old primary that woke up is a primary that takes writes, and unfit to take over', () => {
    const { a, b } = read(
      asked({ ...everyone({ cluster: ok(cluster('b')) }), b: { said: ok(primary()), cluster: ok(cluster('b')) } }),
    )
    expect(a).toMatchObject({ role: 'Primary', isWritable: true, unfit: expect.stringMatching(/though b leads/) })
    expect(b).toMatchObject({ role: 'Primary', isWritable: true })
    expect(b).not.toHaveProperty('unfit')
  })

  it('who has the leader key and is no primary yet has no role: it is being promoted', () => {
    const { b } = read(asked({ ...everyone({ cluster: ok(cluster('b')) }), a: { said: SILENT } }))
    expect(b).toMatchObject({ reach: { kind: 'answers' }, isWritable: false })
    expect(b).not.toHaveProperty('role')
  })
})

describe('who may not take over', () => {
  it.each([
    ['the tag nofailover', { tags: { nofailover: true } }, {}, {}, /Patroni's tag nofailover/],
    ['a failover_priority of 0', { tags: { failover_priority: 0 } }, {}, {}, /Patroni's tag failover_priority/],
    ['a PostgreSQL that does not run', { state: 'starting' }, {}, {}, /its PostgreSQL is not running: starting/],
    ['a watchdog that does not work', { watchdog_failed: true }, {}, {}, /its watchdog does not work/],
    ['a timeline of its own', { timeline: 2 }, {}, {}, /it is on timeline 2, the leader on 1/],
    ['no part in synchronous_mode', {}, {}, { synchronous_mode: true }, /it is no synchronous standby/],
    ['a name that Patroni does not know', {}, { name: 'x' }, {}, /Patroni knows no member b, only a, x, c/],
  ])('has %s', (_, said, listed, config, why) => {
    const every = { cluster: ok(cluster('a', { b: listed })), config: ok(PATRONI_CONFIG.parse(config)) }
    const { b } = read(asked({ ...everyone(every), b: { ...every, said: ok(replica(said)) } }))
    expect(b?.unfit).toMatch(why)
  })

  it.each([
    ['a synchronous standby', {}, { role: 'sync_standby' }, { synchronous_mode: true }],
    ['one of a quorum', {}, { role: 'quorum_standby' }, { synchronous_mode: 'quorum' }],
    ['one whose tag says false', { tags: { nofailover: false } }, {}, {}],
    ['one with a priority', { tags: { failover_priority: 2 } }, {}, {}],
  ])('is not %s', (_, said, listed, config) => {
    const every = { cluster: ok(cluster('a', { b: listed })), config: ok(PATRONI_CONFIG.parse(config)) }
    const { b } = read(asked({ ...everyone(every), b: { ...every, said: ok(replica(said)) } }))
    expect(b).not.toHaveProperty('unfit')
  })
})

describe('a manager that is not asked', () => {
  it.each([
    ['is paused', cluster('a', {}, { pause: true }), /^Patroni is paused/],
    ['runs a standby cluster', cluster('a', { a: { role: 'standby_leader' } }), /^this is a standby cluster/],
    ['has a leader that is no member', cluster('x', { a: { name: 'x', role: 'leader' } }), /x, which is no member/],
  ])('%s', (_, view, fault) => {
    expect(read(asked(everyone({ cluster: ok(view) }))).managerFault).toMatch(fault)
  })
})
