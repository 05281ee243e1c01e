// `evenkeel dashboards build`: one file for each board.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { filesOf } from '../../../dashboards/output/files.ts'
import { CommandError, ConfigError, messageOf } from '../../model/errors.ts'
import type { BuildFlags } from '../dashboards.ts'
import { boardsFor } from './boards.ts'

export async function buildDashboards(flags: BuildFlags): Promise<void> {
  const { output, format, schema, manifestNamespace: namespace, folder } = flags
  if (schema === 'v2' && format === 'configmap')
    throw new ConfigError(
      '--schema v2 can’t be in a ConfigMap: Grafana’s sidecar provisions files, which are v1; use --format grafana-operator',
    )
  const files = filesOf(await boardsFor(flags), format, schema, { namespace, folder })
  try {
    await mkdir(output, { recursive: true })
    for (const { name, text } of files) {
      await writeFile(join(output, name), text)
      console.log(`wrote ${join(output, name)}`)
    }
  } catch (cause) {
    throw new CommandError(`${output} can't be written: ${messageOf(cause)}`, { cause })
  }
}
