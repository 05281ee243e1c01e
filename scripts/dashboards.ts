// The golden files: every board as it is generated, so that a change of one is seen in review.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { validateGuardSpec } from '../controller/model/validate.ts'
import { boards } from '../dashboards/boards.ts'
import { filesOf } from '../dashboards/output/files.ts'

const GUARD = z.object({ metadata: z.object({ namespace: z.string(), name: z.string() }), spec: z.unknown() })

/** Name and text of each; the Guard is the one of examples/guard.yaml. */
export function goldenFiles(): { readonly name: string; readonly text: string }[] {
  const guard = GUARD.parse(parse(readFileSync(new URL('../examples/guard.yaml', import.meta.url), 'utf8')))
  const validation = validateGuardSpec(guard.spec)
  if (!validation.ok) throw new Error('examples/guard.yaml is not accepted')
  const all = boards({ runbooks: 'https://example.com/runbooks' }, [{ ...guard.metadata, spec: validation.spec }])
  const options = { folder: 'Evenkeel' }
  return [
    ...filesOf(all, 'json', 'v1', options),
    ...filesOf(all.slice(0, 1), 'json', 'v2', options).map(({ name, text }) => ({
      name: name.replace('.json', '.v2.json'),
      text,
    })),
  ]
}
