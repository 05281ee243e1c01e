// Debian packages that tests need: installed when we are root on Debian, else named in a clear error.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Steps } from './steps.ts'

/** Seconds to wait for another apt that is at work. */
const LOCK_TIMEOUT_S = 600

/**
 * Installs what is missing of `packages`. Throws when there is no apt, or when something is missing and we are not root;
 * `insteadOf` says what a person can do instead.
 */
export async function ensurePackages(packages: readonly string[], insteadOf: string, steps: Steps): Promise<void> {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-query')) {
    throw new Error(`this machine has no apt: ${insteadOf}, or use Debian 12 with the packages ${packages.join(' ')}`)
  }
  const missing = packages.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const names = missing.join(' ')
  if (process.getuid?.() !== 0) {
    throw new Error(
      `packages are missing and only root may install them. Run: apt-get install ${names}. Or ${insteadOf}`,
    )
  }
  const apt = ['apt-get', '-y', '-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`] as const
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await steps.run('updating the package lists', [...apt, 'update'], { env })
  await steps.run(`installing ${names}`, [...apt, 'install', '--no-install-recommends', ...missing], { env })
}

/** The folder in PATH, or the usual folders of the system, that has `program`; undefined when none has. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/usr/sbin', '/usr/local/bin']
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => `${folder}/${program}`)
    .find((path) => existsSync(path))
}

/** Debian's name of this machine's architecture, which is Go's too: amd64, arm64. */
export function debianArchitecture(): string {
  return execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim()
}

function isInstalled(name: string): boolean {
  const { status, stdout } = spawnSync('dpkg', ['--status', name], { encoding: 'utf8' })
  return status === 0 && stdout.includes('\nStatus: install ok installed\n')
}
