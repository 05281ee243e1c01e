// The import rules of the design: data flows one way, and each room knows only the rooms it may know.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What each room may import, besides itself. Folders not named here are free to import anything but `test`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'controller/model': [],
  'controller/evaluate': ['controller/model'],
  'controller/decide': ['controller/model'],
  'controller/runtime': ['controller/model', 'controller/kube'],
  'controller/kube': ['controller/model', 'controller/runtime', 'package.json'],
  // What speaks the protocols of data stores: eyes and hands share it.
  'controller/databases': ['controller/model'],
  'controller/observe': ['controller/model', 'controller/kube', 'controller/runtime', 'controller/databases'],
  'controller/act': ['controller/model', 'controller/kube', 'controller/runtime', 'controller/databases'],
  'controller/record': ['controller/model', 'controller/kube', 'controller/runtime'],
  'controller/reconcile': [
    'controller/model',
    'controller/kube',
    'controller/runtime',
    'controller/observe',
    'controller/evaluate',
    'controller/decide',
    'controller/act',
    'controller/record',
  ],
  flags: ['controller/model', 'controller/kube'],
  probes: ['controller/model', 'controller/kube'],
  // A library for services: they must be able to take it alone.
  'probes/service': [],
  dashboards: ['controller/model', 'controller/kube'],
  alerts: ['controller/model', 'controller/kube'],
  sandbox: ['probes/service'],
  examples: [],
}
const TOP = ['controller', 'flags', 'probes', 'dashboards', 'alerts', 'sandbox', 'examples', 'bin', 'scripts', 'bench']

interface Import {
  readonly file: string
  readonly to: string
}

// Git keeps no empty folders, so that a room without a file is missing from a clean clone.
const files = TOP.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|js)$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(folder, file)),
)
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(
    ([, path]) => ({
      file,
      to: relative(ROOT, normalize(join(ROOT, dirname(file), path ?? ''))),
    }),
  ),
)

/** The longest name of a room that the file lies in. */
function roomOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((room) => file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0]
}

describe('the architecture', () => {
  it('was read: there are files and imports to judge', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(imports.length).toBeGreaterThan(100)
  })

  it.each(Object.keys(MAY_IMPORT))('%s imports only what it may', (room) => {
    const allowed = [room, ...(MAY_IMPORT[room] ?? [])]
    const wrong = imports
      .filter(({ file }) => roomOf(file) === room)
      .filter(({ to }) => !allowed.some((one) => to === one || to.startsWith(`${one}/`)))
    expect(wrong).toEqual([])
  })

  it('lets nothing but the command line import the sandbox', () => {
    const wrong = imports.filter(
      ({ file, to }) => to.startsWith('sandbox/') && !/^(sandbox|bench|controller\/cli)\b/.test(file),
    )
    expect(wrong).toEqual([])
  })

  it('lets only the benchmarks import the tests, and only the command line the composition root', () => {
    expect(imports.filter(({ file, to }) => to.startsWith('test/') && !file.startsWith('bench/'))).toEqual([])
    expect(imports.filter(({ file, to }) => to === 'controller/main.ts' && !file.startsWith('controller/cli'))).toEqual(
      [],
    )
  })

  it('keeps evaluate and decide pure: no client, no clock, no logger, no Node API', () => {
    const impure = files
      .filter((file) => /^controller\/(evaluate|decide)\//.test(file))
      .filter((file) =>
        /from ['"](?!\.)|Date\.now|new Date\(\)|performance\.|Math\.random|process\.|console\./.test(
          readFileSync(join(ROOT, file), 'utf8'),
        ),
      )
    expect(impure).toEqual([])
  })
})
