// Temporary folders that cannot outlive us: a janitor removes each when we ask for it or are gone, kill -9 included.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder {
  readonly path: string
  /** Resolves when it is gone with all that is in it. */
  remove(): Promise<void>
}

/** Waits for its stdin to end, which our death brings about too. A process that still writes there is outwaited. */
const JANITOR = 'read -r _; until rm -rf -- "$1"; do sleep 0.1; done'

/** Makes a folder whose name starts with `prefix` in the system's folder for temporary files. */
export function createTemporaryFolder(prefix: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), prefix))
  const janitor = spawn('/bin/sh', ['-c', JANITOR, 'sh', path], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  const gone = new Promise<void>((resolve, reject) => {
    janitor.once('exit', () => resolve())
    janitor.once('error', (cause) => reject(new Error(`could not start the janitor of ${path}`, { cause })))
  })
  // It must not keep us alive. A failed start is told by remove().
  gone.catch(() => {})
  // A janitor that was killed leaves a broken pipe.
  janitor.stdin.on('error', () => {})
  janitor.unref()
  if (janitor.stdin instanceof Socket) janitor.stdin.unref()
  return {
    path,
    async remove() {
      janitor.ref()
      janitor.stdin.end()
      await gone
      // The janitor may have been killed long before.
      rmSync(path, { recursive: true, force: true })
    },
  }
}
