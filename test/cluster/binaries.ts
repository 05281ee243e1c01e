// Where the control plane's binaries are: KUBEBUILDER_ASSETS, else our cache, else built once.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildKubernetes, KUBERNETES_PROGRAMS, KUBERNETES_VERSION } from './build-kubernetes.ts'
import { ensurePackages, findProgram } from './debian-packages.ts'
import { withFileLock } from './file-lock.ts'
import { startSteps } from './steps.ts'

/** Paths of the programs. */
export interface Binaries {
  readonly etcd: string
  readonly kubeApiserver: string
  readonly kubeControllerManager: string
}

/**
 * Finds the binaries, and installs or builds what is missing (5 to 10 minutes, once, with progress on stderr).
 * Throws with what to install or set when that is not possible here.
 */
export async function findBinaries(): Promise<Binaries> {
  const assets = process.env.KUBEBUILDER_ASSETS
  if (assets !== undefined && assets !== '') return fromAssets(assets)
  const cache = join(cacheFolder(), `kubernetes-${KUBERNETES_VERSION}`)
  if (!isComplete(cache) || findProgram('etcd') === undefined) await provide(cache)
  return {
    etcd: findProgram('etcd') ?? '/usr/bin/etcd',
    kubeApiserver: join(cache, 'kube-apiserver'),
    kubeControllerManager: join(cache, 'kube-controller-manager'),
  }
}

function fromAssets(folder: string): Binaries {
  const missing = ['etcd', ...KUBERNETES_PROGRAMS].filter((name) => !existsSync(join(folder, name)))
  if (missing.length > 0) {
    throw new Error(`KUBEBUILDER_ASSETS is ${folder}, which has no ${missing.join(', no ')}: correct it or unset it`)
  }
  return {
    etcd: join(folder, 'etcd'),
    kubeApiserver: join(folder, 'kube-apiserver'),
    kubeControllerManager: join(folder, 'kube-controller-manager'),
  }
}

function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'evenkeel')
}

function isComplete(cache: string): boolean {
  return KUBERNETES_PROGRAMS.every((name) => existsSync(join(cache, name)))
}

/** One process of this user at a time: whoever waited finds the work done. */
async function provide(cache: string): Promise<void> {
  const lock = join(tmpdir(), `evenkeel-kubernetes-build-${process.getuid?.() ?? 0}.lock`)
  const onWait = () => process.stderr.write('[kubernetes build] waiting for another process that builds it\n')
  await withFileLock(lock, onWait, async () => {
    if (findProgram('etcd') === undefined) await installEtcd()
    if (!isComplete(cache)) await buildKubernetes(cache)
  })
}

async function installEtcd(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-etcd-'))
  try {
    await ensurePackages(['etcd-server'], 'set KUBEBUILDER_ASSETS to a folder with etcd', startSteps('etcd', folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
