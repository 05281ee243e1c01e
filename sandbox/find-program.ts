// Where a program lies that is started by its name; undefined when it is not installed.
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Looks where the system's own programs may lie, too: not every PATH has them. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/usr/local/bin', '/usr/sbin']
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
