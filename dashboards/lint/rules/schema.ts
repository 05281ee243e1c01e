// The shape that Grafana expects of a board, as far as it refuses or misreads others.
import { z } from 'zod'
import type { Finding, LintBoard } from '../model.ts'

const uid = z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/, {
  error: 'must be 1 to 40 letters, digits, dashes and underscores, or Grafana refuses it',
})
const title = z.string().trim().min(1, { error: 'is empty' })
const side = z.int().min(0)
const gridPos = z.looseObject({ x: side, y: side, w: side.min(1), h: side.min(1) })
const panel = z.looseObject({ type: z.string().min(1), gridPos, panels: z.array(z.unknown()).optional() })

const V1 = z.looseObject({
  uid,
  title,
  schemaVersion: z.int().min(30, { error: 'is too old to say anything of panels as they are today' }),
  panels: z.array(panel).min(1, { error: 'is empty' }),
  templating: z.looseObject({ list: z.array(z.looseObject({ name: z.string().min(1), type: z.string().min(1) })) }),
  annotations: z.looseObject({ list: z.array(z.looseObject({ name: z.string(), iconColor: z.string() })) }).optional(),
  time: z.looseObject({ from: z.string().min(1), to: z.string().min(1) }).optional(),
  tags: z.array(z.string()).optional(),
  links: z.array(z.looseObject({ title: z.string(), type: z.enum(['link', 'dashboards']) })).optional(),
})

const element = z.looseObject({
  kind: z.enum(['Panel', 'LibraryPanel']),
  spec: z.looseObject({ id: z.int(), title: z.string() }),
})
const V2 = z.looseObject({
  metadata: z.looseObject({ name: uid }),
  spec: z.looseObject({
    title,
    elements: z
      .record(z.string(), element)
      .refine((elements) => Object.keys(elements).length > 0, { error: 'is empty' }),
    layout: z.looseObject({ kind: z.enum(['GridLayout', 'RowsLayout', 'AutoGridLayout', 'TabsLayout']) }),
    variables: z.array(z.looseObject({ kind: z.string(), spec: z.looseObject({ name: z.string().min(1) }) })),
    annotations: z.array(z.looseObject({ kind: z.literal('AnnotationQuery') })),
    timeSettings: z.looseObject({ from: z.string().min(1), to: z.string().min(1) }),
    links: z.array(z.unknown()),
    tags: z.array(z.string()),
  }),
})

export function schema({ schema: name, raw }: LintBoard): Finding[] {
  const parsed = (name === 'v1' ? V1 : V2).safeParse(raw)
  return [...(parsed.error?.issues ?? [])].map(({ path, message }) => ({
    rule: 'schema',
    where:
      path.length === 0
        ? 'board'
        : path
            .map((part) => (typeof part === 'number' ? `[${part}]` : String(part)))
            .join('.')
            .replaceAll('.[', '['),
    message: `does not fit Grafana’s schema: ${message}`,
    remedy: 'write it as Grafana exports it',
  }))
}
