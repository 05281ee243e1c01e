// Where this package lies: its manifests, CRDs and command are files, in a checkout and when it is installed.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The nearest folder above this file that has the command; the compiled files lie one folder deeper. */
export const PACKAGE_ROOT = findRoot(dirname(fileURLToPath(import.meta.url)))

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'bin', 'evenkeel.js'))) return folder
  const above = dirname(folder)
  if (above === folder) throw new Error('the package has no bin/evenkeel.js: install it again')
  return findRoot(above)
}
