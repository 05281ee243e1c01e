// The conformance suite: every test of it holds on the sandbox's API and on kube-apiserver. What would need minutes of a
// real server (the compaction of its history, the end of a continue token) is tried on the sandbox alone: server.test.ts.
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, expect, vi } from 'vitest'
import { parse } from 'yaml'
import { isObject } from '../../../controller/kube/json.ts'
import { applyTests } from './applies.ts'
import { BOAT_CRD } from './boat-crd.ts'
import { customResourceTests } from './custom-resources.ts'
import { discoveryTests } from './discovery.ts'
import { kubectlTests } from './kubectl.ts'
import { listTests } from './lists.ts'
import { objectTests } from './objects.ts'
import { otherTests } from './others.ts'
import { patchTests } from './patches.ts'
import { BOATS, CRDS, GUARDS, INCIDENTS } from './paths.ts'
import { podTests } from './pods.ts'
import { productClientTests } from './product-client.ts'
import { expectCode, NAMESPACE, type Subject, soon } from './subject.ts'
import { subresourceTests } from './subresources.ts'
import { tableTests } from './tables.ts'
import { watchTests } from './watches.ts'

const OUR_CRDS = new URL('../../../deploy/crds/', import.meta.url)

/** Defines all tests. The subject is there from the first hook on. */
export function conformanceTests(subject: () => Subject): void {
  beforeAll(async () => {
    const namespace = { metadata: { name: NAMESPACE } }
    expectCode(await subject().call('POST', '/api/v1/namespaces', { body: namespace }), 201)
    for (const crd of [BOAT_CRD, ...ourCrds()]) expectCode(await subject().call('POST', CRDS, { body: crd }), 201)
    for (const path of [BOATS, GUARDS, INCIDENTS]) {
      await vi.waitFor(async () => expect((await subject().call('GET', path)).code).toBe(200), soon)
    }
  })

  discoveryTests(subject)
  objectTests(subject)
  listTests(subject)
  watchTests(subject)
  patchTests(subject)
  applyTests(subject)
  subresourceTests(subject)
  customResourceTests(subject)
  podTests(subject)
  otherTests(subject)
  tableTests(subject)
  productClientTests(subject)
  kubectlTests(subject)
}

function ourCrds(): readonly unknown[] {
  return readdirSync(OUR_CRDS)
    .map((file) => parse(readFileSync(new URL(file, OUR_CRDS), 'utf8')))
    .filter(isObject)
}
