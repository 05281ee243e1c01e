// What becomes of objects whose owners are gone or going: the rules of the garbage collector.
import { describe, expect, test } from 'vitest'
import { type Owner, parseAny } from '../../../sandbox/workloads/objects.ts'
import { planClaims } from '../../../sandbox/workloads/ownership.ts'
import { type OwnerState, planGarbage } from '../../../sandbox/workloads/plan-garbage.ts'
import { aPod, aReplicaSet } from './objects.ts'

const ENDING = { deletionTimestamp: '2026-01-01T00:00:00Z' }
const owner = (uid: string, more: object = {}): Owner => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: uid,
  uid,
  ...more,
})

function anObject(metadata: object) {
  return parseAny({ metadata: { name: 'one', namespace: 'shop', uid: 'one', resourceVersion: '1', ...metadata } })
}

/** Owners are named after their state. */
const stateOf = ({ uid }: Owner): OwnerState =>
  uid.startsWith('gone') ? 'gone' : uid === 'waiting' ? 'waiting' : 'there'
const dependent = (blockOwnerDeletion: boolean) => anObject({ ownerReferences: [owner('one', { blockOwnerDeletion })] })

describe('planGarbage', () => {
  test.each([
    ['leaves alone what has no owner', {}, [], { kind: 'none' }],
    ['leaves alone what all its owners hold', { ownerReferences: [owner('a'), owner('b')] }, [], { kind: 'none' }],
    [
      'deletes what all its owners have left',
      { ownerReferences: [owner('gone-1'), owner('gone-2')] },
      [],
      { kind: 'delete', propagationPolicy: 'Background' },
    ],
    [
      'strikes owners that are gone when others are not',
      { ownerReferences: [owner('gone'), owner('a')] },
      [],
      { kind: 'keepOwners', owners: [owner('a')] },
    ],
    [
      'deletes what its owner waits for',
      { ownerReferences: [owner('waiting')] },
      [],
      { kind: 'delete', propagationPolicy: 'Background' },
    ],
    [
      'has its own dependents go before it when its owner waits',
      { ownerReferences: [owner('waiting')] },
      [dependent(true)],
      { kind: 'delete', propagationPolicy: 'Foreground' },
    ],
    ['does not delete twice', { ...ENDING, ownerReferences: [owner('gone')] }, [], { kind: 'none' }],
    [
      'holds back what is deleted in the foreground while a dependent is left',
      { ...ENDING, finalizers: ['foregroundDeletion'] },
      [dependent(true)],
      { kind: 'none' },
    ],
    [
      'lets it go when those that are left do not matter',
      { ...ENDING, finalizers: ['foregroundDeletion'] },
      [dependent(false)],
      { kind: 'removeFinalizer', finalizer: 'foregroundDeletion' },
    ],
    [
      'lets dependents go first when they are to be orphaned',
      { ...ENDING, finalizers: ['orphan'] },
      [dependent(true)],
      { kind: 'orphanDependents' },
    ],
    [
      'and then their owner',
      { ...ENDING, finalizers: ['orphan'] },
      [],
      { kind: 'removeFinalizer', finalizer: 'orphan' },
    ],
    ['leaves alone the finalizers of others', { ...ENDING, finalizers: ['example.dev/mine'] }, [], { kind: 'none' }],
  ])('%s', (_, metadata, dependents, expected) => {
    expect(planGarbage(anObject(metadata), stateOf, dependents)).toEqual(expected)
  })
})

describe('planClaims', () => {
  const set = aReplicaSet()
  const mine = { ownerReferences: [owner(set.metadata.uid, { controller: true })] }
  const app = (value: string) => ({ labels: { app: value } })
  const claim = (metadata: object, of = set) => {
    const { owned, toAdopt, toRelease } = planClaims(of, of.spec.selector, [aPod({ metadata })])
    return { owned: owned.length, adopted: toAdopt.length, released: toRelease.length }
  }
  test.each([
    ['keeps what it controls and matches', { ...mine, ...app('web') }, { owned: 1, adopted: 0, released: 0 }],
    ['adopts a match that nobody controls', app('web'), { owned: 0, adopted: 1, released: 0 }],
    ['releases what it no longer matches', { ...mine, ...app('other') }, { owned: 0, adopted: 0, released: 1 }],
    ['adopts nothing that ends', { ...app('web'), ...ENDING }, { owned: 0, adopted: 0, released: 0 }],
    ['takes nothing from another namespace', { ...app('web'), namespace: 'x' }, { owned: 0, adopted: 0, released: 0 }],
    [
      'takes nothing from another controller',
      { ownerReferences: [owner('b', { controller: true })], ...app('web') },
      { owned: 0, adopted: 0, released: 0 },
    ],
    [
      'adopts beside an owner that is no controller',
      { ownerReferences: [owner('b')], ...app('web') },
      { owned: 0, adopted: 1, released: 0 },
    ],
  ])('%s', (_, metadata, expected) => {
    expect(claim(metadata)).toEqual(expected)
  })

  test('adopts nothing once it is being deleted', () => {
    expect(claim(app('web'), aReplicaSet({}, {}, ENDING))).toEqual({ owned: 0, adopted: 0, released: 0 })
  })
})
