// The conformance suite on the real kube-apiserver: what it asks of the sandbox is what Kubernetes does.
import { afterAll, beforeAll } from 'vitest'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { openSubject, type Subject } from '../kube-conformance/suite/subject.ts'
import { conformanceTests } from '../kube-conformance/suite/suite.ts'

let running: { readonly plane: ControlPlane; readonly subject: Subject } | undefined

beforeAll(async () => {
  const plane = await startControlPlane()
  running = { plane, subject: openSubject('kube-apiserver', plane.kubeconfig) }
})

afterAll(async () => {
  await running?.subject.close()
  await running?.plane.stop()
})

conformanceTests(() => {
  if (running === undefined) throw new Error('the server is only there inside a test')
  return running.subject
})
