// The conformance suite on the sandbox's API.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type SandboxApi, startApi } from '../../sandbox/api/server.ts'
import { createTemporaryFolder, type TemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'
import { openSubject, type Subject } from './suite/subject.ts'
import { conformanceTests } from './suite/suite.ts'

let running: { readonly api: SandboxApi; readonly folder: TemporaryFolder; readonly subject: Subject } | undefined

beforeAll(async () => {
  const api = await startApi({})
  const folder = createTemporaryFolder('evenkeel-conformance-')
  const kubeconfigPath = join(folder.path, 'kubeconfig')
  writeFileSync(kubeconfigPath, api.kubeconfig, { mode: 0o600 })
  running = { api, folder, subject: openSubject('sandbox', kubeconfigPath) }
})

afterAll(async () => {
  await running?.subject.close()
  await running?.api.close()
  await running?.folder.remove()
})

conformanceTests(() => {
  if (running === undefined) throw new Error('the server is only there inside a test')
  return running.subject
})
