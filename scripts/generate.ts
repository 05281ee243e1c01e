// Writes what is generated from the model: deploy/crds/*.yaml, the reference pages, the runbooks, and the golden dashboards. With --check it only fails when one is stale.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { runbooks } from '../alerts/runbooks/runbooks.ts'
import { crdFiles } from './crds.ts'
import { goldenFiles } from './dashboards.ts'
import { referenceFiles } from './reference.ts'

const ROOT = new URL('../', import.meta.url)
const files = [
  ...crdFiles().map(({ name, yaml }) => ({ path: `deploy/crds/${name}`, text: yaml })),
  ...referenceFiles().map(({ name, markdown }) => ({ path: `docs/reference/${name}`, text: markdown })),
  ...runbooks().map(({ file, markdown }) => ({ path: `docs/runbooks/${file}`, text: markdown })),
  ...goldenFiles().map(({ name, text }) => ({ path: `test/dashboards/golden/${name}`, text })),
]
for (const { path, text } of files) {
  const file = new URL(path, ROOT)
  const before = await readFile(file, 'utf8').catch(() => '')
  if (before === text) continue
  if (process.argv.includes('--check')) {
    console.error(`${path} is stale: run npm run generate`)
    process.exitCode = 1
  } else {
    await mkdir(new URL('.', file), { recursive: true })
    await writeFile(file, text)
    console.log(`wrote ${path}`)
  }
}
