// Guards for commands that work from specs: those of files, or those of a cluster.
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { parseAllDocuments } from 'yaml'
import type { KubeClient } from '../kube/client.ts'
import { isObject, listAt, textAt, textsAt } from '../kube/json.ts'
import { listObjects } from '../kube/objects.ts'
import { GUARDS } from '../kube/resource-type.ts'
import { CommandError, messageOf } from '../model/errors.ts'
import { describeFaults } from '../model/faults.ts'
import type { GuardSpec } from '../model/guard.ts'
import { validateGuardSpec } from '../model/validate.ts'

export interface NamedGuard {
  readonly namespace: string
  readonly name: string
  readonly spec: GuardSpec
  readonly labels: Readonly<Record<string, string>>
}

/** The objects in a file ("-" is standard input) raw, of any kind; also those in a List. Throws CommandError. */
export async function rawObjectsIn(file: string): Promise<unknown[]> {
  const source = await (file === '-' ? readAll(process.stdin) : readFile(file, 'utf8')).catch((cause: unknown) => {
    throw new CommandError(`${file} can't be read: ${messageOf(cause)}`, { cause })
  })
  const documents = parseAllDocuments(source)
  const all = Array.isArray(documents) ? documents : []
  const broken = all.find((one) => one.errors.length > 0)
  if (broken !== undefined) throw new CommandError(`${file} is not valid YAML: ${broken.errors[0]?.message}`)
  return all
    .map((one): unknown => one.toJS())
    .flatMap((one) => (textAt(one, 'kind')?.endsWith('List') ? listAt(one, 'items') : [one]))
}

/** Of raw objects those of a kind. */
export function ofKind(kind: string, objects: readonly unknown[]): unknown[] {
  return objects.filter((one) => textAt(one, 'kind') === kind)
}

/** Throws CommandError for a spec that can't be used; `place` says where it stands. */
export function acceptGuard(place: string, raw: unknown): NamedGuard {
  const name = textAt(raw, 'metadata', 'name') ?? 'guard'
  const validation = validateGuardSpec(isObject(raw) ? raw.spec : undefined)
  if (!validation.ok) throw new CommandError(`${place}, Guard ${name}: ${describeFaults(validation.faults)}`)
  return {
    namespace: textAt(raw, 'metadata', 'namespace') ?? 'default',
    name,
    spec: validation.spec,
    labels: textsAt(raw, 'metadata', 'labels'),
  }
}

/** Every Guard of these files, which must hold at least one. Throws CommandError. */
export async function guardsInFiles(files: readonly string[]): Promise<NamedGuard[]> {
  const found: NamedGuard[] = []
  for (const file of files)
    found.push(...ofKind('Guard', await rawObjectsIn(file)).map((raw) => acceptGuard(file, raw)))
  if (found.length === 0) throw new CommandError(`${files.join(', ')}: there is no Guard in it`)
  return found
}

/** Every Guard of a cluster whose spec can be used, and one line for each other. Throws KubeError. */
export async function guardsInCluster(
  client: KubeClient,
  namespace: string | undefined,
): Promise<{ readonly guards: NamedGuard[]; readonly left: string[] }> {
  const guards: NamedGuard[] = []
  const left: string[] = []
  for (const raw of await listObjects(client, GUARDS, { namespace })) {
    try {
      guards.push(acceptGuard(textAt(raw, 'metadata', 'namespace') ?? '', raw))
    } catch (error) {
      left.push(messageOf(error))
    }
  }
  return { guards, left }
}
