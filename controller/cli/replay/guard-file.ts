// The one Guard of a file, as a replay needs it.
import { CommandError } from '../../model/errors.ts'
import { acceptGuard, type NamedGuard, rawGuardsIn } from '../guard-files.ts'

/** Reads the file ("-" is standard input). Throws CommandError when it can't be read, holds no Guard or several, or a wrong one. */
export async function readGuardFile(file: string): Promise<NamedGuard> {
  const guards = await rawGuardsIn(file)
  const [guard, second] = guards
  if (guard === undefined) throw new CommandError(`${file} holds no Guard: give the file of the Guard to replay`)
  if (second !== undefined)
    throw new CommandError(`${file} holds ${guards.length} Guards: give a file with the one to replay`)
  return acceptGuard(file, guard)
}
