// Builds kube-apiserver and kube-controller-manager from Debian's own source package: 5 to 10 minutes on 2 cores.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { debianArchitecture, ensurePackages } from './debian-packages.ts'
import { type StepOptions, type Steps, startSteps } from './steps.ts'

export const KUBERNETES_VERSION = '1.20.2'
export const KUBERNETES_PROGRAMS = ['kube-apiserver', 'kube-controller-manager'] as const

const PACKAGES = ['golang-1.19-go', 'golang-github-modern-go-reflect2-dev', 'dpkg-dev', 'make', 'rsync', 'jq']
const GO_FOLDER = '/usr/lib/go-1.19/bin'
const REFLECT2 = 'github.com/modern-go/reflect2'

/**
 * Builds in a temporary folder, which is removed whatever happens, and puts the finished binaries at `destination` in one
 * rename. Progress goes to stderr. Throws with the last lines of the command that failed.
 */
export async function buildKubernetes(destination: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'evenkeel-kubernetes-build-'))
  const steps = startSteps('kubernetes build', work)
  try {
    steps.say(`Kubernetes ${KUBERNETES_VERSION} is built once, in 5 to 10 minutes, into ${destination}`)
    await ensurePackages(PACKAGES, 'set KUBEBUILDER_ASSETS to a folder with the binaries', steps)
    const source = await fetchSource(work, steps)
    replaceReflect2(source)
    await steps.run('compiling', ['make', `WHAT=${KUBERNETES_PROGRAMS.map((name) => `cmd/${name}`).join(' ')}`], {
      cwd: source,
      ...compilerEnvironment(work),
    })
    place(join(source, '_output/local/bin/linux', debianArchitecture()), destination)
    steps.say('done')
  } catch (cause) {
    throw new Error(
      `could not build Kubernetes ${KUBERNETES_VERSION}. Fix what the cause says, or set KUBEBUILDER_ASSETS to a folder with etcd, ${KUBERNETES_PROGRAMS.join(' and ')}`,
      { cause },
    )
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Fetches Debian's source package through the system's own sources, but with lists of our own. Returns its folder. */
async function fetchSource(work: string, steps: Steps): Promise<string> {
  const [parts, lists, sources] = [join(work, 'parts'), join(work, 'lists'), join(work, 'source')]
  for (const folder of [parts, join(lists, 'partial'), sources]) mkdirSync(folder, { recursive: true })
  writeSourceLists(parts)
  const apt = [
    'apt-get',
    ...['-o', 'Dir::Etc::sourcelist=/dev/null'],
    ...['-o', `Dir::Etc::sourceparts=${parts}`],
    ...['-o', `Dir::State::Lists=${lists}`],
    ...['-o', 'APT::Sandbox::User=root'],
  ] as const
  await steps.run('updating the lists of source packages', [...apt, 'update'])
  await steps.run('fetching the source', [...apt, 'source', 'kubernetes'], { cwd: sources })
  const folder = readdirSync(sources, { withFileTypes: true }).find((entry) => entry.isDirectory())
  if (folder === undefined) throw new Error('apt-get source kubernetes unpacked no folder')
  if (!folder.name.includes(KUBERNETES_VERSION)) {
    throw new Error(`this Debian has ${folder.name}, and version ${KUBERNETES_VERSION} is needed: use Debian 12`)
  }
  return join(sources, folder.name)
}

/** The system's package sources, in both of apt's formats, as sources of source packages. */
function writeSourceLists(parts: string): void {
  const from = '/etc/apt/sources.list.d'
  for (const name of readdirSync(from)) {
    if (name.endsWith('.sources')) {
      const text = readFileSync(join(from, name), 'utf8').replaceAll(/^Types:.*$/gm, 'Types: deb-src')
      writeFileSync(join(parts, name), text)
    }
  }
  const main = readIfThere('/etc/apt/sources.list')
  writeFileSync(join(parts, 'main.list'), main.replaceAll(/^deb-src\s.*$/gm, '').replaceAll(/^deb\s/gm, 'deb-src '))
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** With Go 1.18 and later the vendored reflect2 crashes the API server at the first custom resource. */
function replaceReflect2(source: string): void {
  const from = join('/usr/share/gocode/src', REFLECT2)
  const to = join(source, 'vendor', REFLECT2)
  const isCode = (name: string) => /\.(go|s)$/.test(name)
  for (const name of readdirSync(to).filter(isCode)) rmSync(join(to, name))
  for (const name of readdirSync(from).filter(isCode)) {
    if (!name.endsWith('_test.go')) cpSync(join(from, name), join(to, name), { dereference: true })
  }
}

function compilerEnvironment(work: string): StepOptions {
  const [major = '', minor = ''] = KUBERNETES_VERSION.split('.')
  return {
    env: {
      PATH: `${GO_FOLDER}:${process.env.PATH ?? ''}`,
      GO111MODULE: 'off',
      GOFLAGS: '',
      GOCACHE: join(work, 'go-cache'),
      CGO_ENABLED: '0',
      KUBE_GIT_TREE_STATE: 'clean',
      KUBE_GIT_VERSION: `v${KUBERNETES_VERSION}`,
      KUBE_GIT_COMMIT: 'debian',
      KUBE_GIT_MAJOR: major,
      KUBE_GIT_MINOR: minor,
    },
  }
}

/** Copied next to the destination first: a rename is atomic only inside one file system. */
function place(built: string, destination: string): void {
  mkdirSync(dirname(destination), { recursive: true })
  const staged = mkdtempSync(`${destination}.part-`)
  try {
    for (const name of KUBERNETES_PROGRAMS) cpSync(join(built, name), join(staged, name))
    // What is there was found incomplete, or we would not have built.
    rmSync(destination, { recursive: true, force: true })
    renameSync(staged, destination)
  } catch (error) {
    rmSync(staged, { recursive: true, force: true })
    throw error
  }
}
