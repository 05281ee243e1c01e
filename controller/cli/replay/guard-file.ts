// The one Guard of a file, as a replay needs it.
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { parseAllDocuments } from 'yaml'
import { projectFeature } from '../../kube/feature.ts'
import { isObject, textAt } from '../../kube/json.ts'
import { CommandError, messageOf } from '../../model/errors.ts'
import { describeFaults } from '../../model/faults.ts'
import type { StoredFeature } from '../../model/feature.ts'
import type { GuardSpec } from '../../model/guard.ts'
import { validateGuardSpec } from '../../model/validate.ts'

export interface GuardInFile {
  readonly namespace: string
  readonly name: string
  readonly spec: GuardSpec
  /** The Features in the same file, which a replay may shed. */
  readonly features: readonly StoredFeature[]
}

/** Reads the file ("-" is standard input). Throws CommandError when it can't be read, holds no Guard or several, or a wrong one. */
export async function readGuardFile(file: string): Promise<GuardInFile> {
  const source = await (file === '-' ? readAll(process.stdin) : readFile(file, 'utf8')).catch((cause: unknown) => {
    throw new CommandError(`${file} can't be read: ${messageOf(cause)}`, { cause })
  })
  const documents = parseAllDocuments(source)
  const broken = Array.isArray(documents) ? documents.find((one) => one.errors.length > 0) : undefined
  if (broken !== undefined) throw new CommandError(`${file} is not valid YAML: ${broken.errors[0]?.message}`)
  const objects = (Array.isArray(documents) ? documents : []).map((one): unknown => one.toJS())
  const ofKind = (kind: string) => objects.filter((one) => isObject(one) && one.kind === kind)
  const guards = ofKind('Guard')
  const [guard, second] = guards
  if (guard === undefined) throw new CommandError(`${file} holds no Guard: give the file of the Guard to replay`)
  if (second !== undefined)
    throw new CommandError(`${file} holds ${guards.length} Guards: give a file with the one to replay`)
  const name = textAt(guard, 'metadata', 'name') ?? 'guard'
  const validation = validateGuardSpec(isObject(guard) ? guard.spec : undefined)
  if (!validation.ok) throw new CommandError(`${file}, Guard ${name}: ${describeFaults(validation.faults)}`)
  const features = ofKind('Feature').map(projectFeature)
  return { namespace: textAt(guard, 'metadata', 'namespace') ?? 'default', name, spec: validation.spec, features }
}
