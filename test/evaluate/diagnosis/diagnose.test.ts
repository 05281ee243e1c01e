// Which resource is named, how surely, and what is ruled out: the rules as a table.
import { describe, expect, it } from 'vitest'
import { type DiagnosisInput, diagnose } from '../../../controller/evaluate/diagnosis/diagnose.ts'
import type { Confidence, ResourceName } from '../../../controller/model/resource.ts'
import { blind, fails, finding, input, ok, pod, reading, slow, unseen } from './cases.ts'

const TIME_WAIT = reading('sockets', 28_100, 28_232, {
  of: 'node shop/node-exporter-x2x4z',
  amount: '28,100 of 28,232 TIME_WAIT',
  evidence:
    'node shop/node-exporter-x2x4z: 28,100 of 28,232 ephemeral ports are in TIME_WAIT; 15,000 connections are opened a second.',
})
const DATABASE = reading('database', 300, 800, { amount: '300 of 800 connections' })
const FULL_DATABASE = reading('database', 98, 100)
const POOL = reading('pool', 20, 20)
const WAITING = reading('pool', 18, 20, { saturation: '7 clients wait for a connection.' })
const four = (bad: number, others = 0) => [pod('a', bad), pod('b', others), pod('c', others), pod('d', others)]

type Case = [name: string, given: Partial<DiagnosisInput>, resource: ResourceName, confidence: Confidence]
const KNOWN: Case[] = [
  [
    'full TIME_WAIT while CPU and database have room',
    { observations: { cpu: ok(0.71) }, readings: [TIME_WAIT, DATABASE, reading('fileDescriptors', 900, 65_536)] },
    'sockets',
    'High',
  ],
  [
    'more in TIME_WAIT than one address has',
    { readings: [{ ...TIME_WAIT, doubt: 'Several share them.' }] },
    'sockets',
    'Medium',
  ],
  ['full TIME_WAIT while CPU is not observed', { observations: {}, readings: [TIME_WAIT] }, 'sockets', 'Medium'],
  ['full TIME_WAIT and full CPU', { observations: { cpu: ok(0.95) }, readings: [TIME_WAIT] }, 'sockets', 'Medium'],
  ['sockets at 75 %', { readings: [reading('sockets', 75, 100)] }, 'sockets', 'Low'],
  ['CPU at 95 %', { observations: { cpu: ok(0.95) } }, 'cpu', 'High'],
  [
    'CPU at 95 % with a late event loop',
    { observations: { cpu: ok(0.95) }, readings: [reading('eventLoop', 97, 100)] },
    'cpu',
    'High',
  ],
  ['CPU at 95 % with a full pool', { observations: { cpu: ok(0.95), pool: ok(1) } }, 'cpu', 'High'],
  ['a late event loop while CPU is not used up', { readings: [reading('eventLoop', 97, 100)] }, 'eventLoop', 'High'],
  ['descriptors used up', { readings: [reading('fileDescriptors', 1020, 1024)] }, 'fileDescriptors', 'High'],
  [
    'descriptors used up, calls failing for it',
    { readings: [reading('fileDescriptors', 1024, 1024), fails(0.5)] },
    'fileDescriptors',
    'High',
  ],
  [
    'descriptors used up and a slow dependency, which may be why',
    { readings: [reading('fileDescriptors', 1024, 1024), slow(0.9)] },
    'fileDescriptors',
    'Medium',
  ],
  ['a full pool before an idle database', { readings: [POOL, DATABASE] }, 'pool', 'High'],
  ['a full pool before a database nobody sees', { readings: [POOL] }, 'pool', 'Medium'],
  [
    'a full pool before a database that is nearly full',
    { readings: [POOL, reading('database', 90, 100)] },
    'pool',
    'Medium',
  ],
  ['a full pool before a full database', { readings: [POOL, FULL_DATABASE] }, 'database', 'High'],
  ['a pool that is nearly full, with clients waiting', { readings: [WAITING, DATABASE] }, 'pool', 'High'],
  ['a pool that is nearly full', { readings: [reading('pool', 18, 20), DATABASE] }, 'pool', 'Low'],
  ['a full pool while a dependency takes longer', { readings: [POOL, DATABASE, slow(0.9)] }, 'dependency', 'High'],
  ['calls that fail', { readings: [fails(0.4), DATABASE] }, 'dependency', 'High'],
  ['calls that fail with a full database behind', { readings: [fails(0.4), FULL_DATABASE] }, 'dependency', 'Medium'],
  [
    'a cold cache, and a database that is full since',
    { readings: [reading('cache', 90, 100), FULL_DATABASE] },
    'cache',
    'High',
  ],
  [
    'busy workers and a long queue',
    { observations: { cpu: ok(0.3), queue: ok(5000) }, readings: [reading('workers', 8, 8)] },
    'workers',
    'High',
  ],
  ['a long queue with workers nobody sees', { observations: { queue: ok(5000) } }, 'queue', 'Medium'],
  [
    'a long queue before idle workers',
    { observations: { queue: ok(5000) }, readings: [reading('workers', 1, 8)] },
    'queue',
    'High',
  ],
  ['one pod of four that fails', { pods: four(60), findings: [finding('errors')] }, 'pod', 'High'],
  ['one pod of two that fails altogether', { pods: [pod('a', 100), pod('b', 0)] }, 'pod', 'Medium'],
  [
    'one slow pod of four',
    { pods: four(0).map((one, i) => (i === 0 ? { ...one, latencyP95: 2 } : one)) },
    'pod',
    'High',
  ],
  [
    'one pod of four that fails, whose descriptors are used up',
    {
      pods: four(60),
      readings: [reading('fileDescriptors', 64, 64, { of: 'a' }), reading('fileDescriptors', 20, 64, { of: 'b' })],
    },
    'fileDescriptors',
    'High',
  ],
  [
    'one pod of four that fails, whose event loop is blocked',
    { pods: four(60), readings: [reading('eventLoop', 99, 100, { of: 'a' })] },
    'eventLoop',
    'High',
  ],
  [
    'one pod of four that fails, while another lacks descriptors',
    { pods: four(60), readings: [reading('fileDescriptors', 64, 64, { of: 'b' })] },
    'pod',
    'High',
  ],
  [
    'the pool of one replica that is full',
    { pods: four(0).map((one, i) => ({ ...one, pool: { used: i === 0 ? 20 : 3, max: 20 } })), readings: [DATABASE] },
    'pool',
    'High',
  ],
]

describe('the resource that binds', () => {
  it.each(KNOWN)('%s: named', (_, given, resource, confidence) => {
    const diagnosis = diagnose(input(given))
    expect(diagnosis).toMatchObject({ kind: 'known', resource, confidence })
    if (diagnosis.kind === 'known') expect(diagnosis.evidence.length).toBeGreaterThan(0)
  })

  const NOT_KNOWN: [name: string, given: Partial<DiagnosisInput>, why: RegExp][] = [
    [
      'CPU that is merely busy',
      { observations: { cpu: ok(0.89) } },
      /^Nothing that is observed is used up: CPU 89 %\./,
    ],
    [
      'CPU past a low limit',
      { observations: { cpu: ok(0.75) }, findings: [finding('cpu')] },
      /CPU is past the limit set for it, and not used up/,
    ],
    ['nothing observed', { observations: {} }, /^No resource is observed\. Name exporters/],
    [
      'signals that are unknown',
      { observations: { cpu: unseen('timeout after 800 ms') } },
      /^No resource is observed\. Not read: CPU: timeout after 800 ms\./,
    ],
    ['an exporter that is away', { readings: [blind('sockets')] }, /Not read: TCP sockets: connection refused/],
    ['pods that all fail alike', { pods: four(40, 40) }, /used up/],
    ['a pod whose few failures may be chance', { pods: four(4, 0) }, /used up/],
    [
      'a bad pod with too few requests to judge by',
      { pods: [pod('a', 5, { requests: 5 }), ...four(0).slice(1)] },
      /used up/,
    ],
    ['the only pod', { pods: [pod('a', 100)] }, /used up/],
    ['two pods, of which one is worse', { pods: [pod('a', 40), pod('b', 0)] }, /used up/],
    ['two of four pods that fail', { pods: [pod('a', 60), pod('b', 60), pod('c', 0), pod('d', 0)] }, /used up/],
    [
      'one slow pod where all are slow',
      { pods: ['a', 'b', 'c'].map((name) => pod(name, 0, { latencyP95: name === 'a' ? 9 : 2 })) },
      /used up/,
    ],
  ]
  it.each(NOT_KNOWN)('%s: not known', (_, given, why) => {
    const diagnosis = diagnose(input(given))
    expect(diagnosis.kind).toBe('notKnown')
    if (diagnosis.kind === 'notKnown') expect(diagnosis.why).toMatch(why)
  })
})

describe('a Python service at 15,000 connections a second', () => {
  const given = {
    observations: { cpu: ok(0.8), pool: ok(0.4) },
    readings: [TIME_WAIT, DATABASE, reading('fileDescriptors', 4_000, 65_536)],
  }

  it('lacks TCP sockets, for sure, and neither CPU nor database nor descriptors', () => {
    const diagnosis = diagnose(input(given))
    expect(diagnosis).toMatchObject({ resource: 'sockets', confidence: 'High', of: 'node shop/node-exporter-x2x4z' })
    expect(diagnosis.kind === 'known' && diagnosis.evidence).toEqual([TIME_WAIT.evidence])
    expect(diagnosis.ruledOut.map(({ text }) => text)).toEqual([
      'file descriptors 4000 of 65536',
      'database 300 of 800 connections',
      'CPU 80 %',
      'connection pool 40 %',
    ])
  })
})

describe('the evidence', () => {
  const evidenceOf = (given: Partial<DiagnosisInput>) => {
    const diagnosis = diagnose(input(given))
    return diagnosis.kind === 'known' ? diagnosis.evidence.join(' ') : ''
  }

  it('says that connections are held longer when a dependency is slow and the pool full', () => {
    expect(evidenceOf({ readings: [POOL, DATABASE, slow(0.9)] })).toContain(
      'Connections are held longer, since requests wait longer: payments, 900 ms a call, usually 90 ms.',
    )
  })

  it('says that the database has room when only the pool is full', () => {
    expect(evidenceOf({ readings: [POOL, DATABASE] })).toContain(
      'The database behind it has room: 300 of 800 connections.',
    )
  })

  it('adds the pools of all replicas up against what the database allows', () => {
    const pods = four(0).map((one) => ({ ...one, pool: { used: 19, max: 40 } }))
    expect(evidenceOf({ pods, readings: [FULL_DATABASE] })).toContain(
      'The pools of 4 replicas may open 160 connections together; the database allows 100.',
    )
  })

  it('names what follows, and what does not', () => {
    expect(evidenceOf({ readings: [POOL, FULL_DATABASE] })).toContain('That leads to connection pool: 20 of 20.')
    expect(evidenceOf({ observations: { cpu: ok(0.95) }, readings: [TIME_WAIT] })).toContain(
      'At its limit too, and it does not follow: CPU (95 %).',
    )
  })

  it('counts on how many pods it is so', () => {
    const readings = ['a', 'b', 'c'].map((of) => reading('fileDescriptors', of === 'c' ? 9 : 64, 64, { of }))
    expect(evidenceOf({ readings })).toContain('So it is on 2 of 3 that tell it.')
  })

  it('tells of the bad pod with the numbers of its peers', () => {
    expect(evidenceOf({ pods: four(60, 1) })).toContain(
      'a: 60 % of the requests fail; of the other 3 1 %, 1 % in the median.',
    )
  })
})
