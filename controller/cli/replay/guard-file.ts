// The one Guard of a file, with the Features beside it, as a replay needs them.
import { projectFeature } from '../../kube/feature.ts'
import { CommandError } from '../../model/errors.ts'
import type { StoredFeature } from '../../model/feature.ts'
import { acceptGuard, type NamedGuard, ofKind, rawObjectsIn } from '../guard-files.ts'

export interface GuardAndFeatures extends NamedGuard {
  /** The Features in the same file, which a replay may shed. */
  readonly features: readonly StoredFeature[]
}

/** Reads the file ("-" is standard input). Throws CommandError when it can't be read, holds no Guard or several, or a wrong one. */
export async function readGuardFile(file: string): Promise<GuardAndFeatures> {
  const objects = await rawObjectsIn(file)
  const guards = ofKind('Guard', objects)
  const [guard, second] = guards
  if (guard === undefined) throw new CommandError(`${file} holds no Guard: give the file of the Guard to replay`)
  if (second !== undefined)
    throw new CommandError(`${file} holds ${guards.length} Guards: give a file with the one to replay`)
  return { ...acceptGuard(file, guard), features: ofKind('Feature', objects).map(projectFeature) }
}
