// Writes deploy/crds/*.yaml from the zod schemas. With --check it writes nothing and fails when a file is stale.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { crdFiles } from './crds.ts'

const folder = new URL('../deploy/crds/', import.meta.url)
await mkdir(folder, { recursive: true })
for (const { name, yaml } of crdFiles()) {
  const file = new URL(name, folder)
  const before = await readFile(file, 'utf8').catch(() => '')
  if (before === yaml) continue
  if (process.argv.includes('--check')) {
    console.error(`deploy/crds/${name} is stale: run npm run generate`)
    process.exitCode = 1
  } else {
    await writeFile(file, yaml)
    console.log(`wrote deploy/crds/${name}`)
  }
}
