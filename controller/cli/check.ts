// `evenkeel check FILE…`: validates Guards, Features and FailoverGroups offline, as the controller would.
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { LineCounter, parseAllDocuments } from 'yaml'
import { messageOf } from '../model/errors.ts'
import type { Fault } from '../model/faults.ts'
import { API_GROUP, GROUP_VERSION } from '../model/names.ts'
import { validateGuardSpec } from '../model/validate.ts'
import { validateFailoverGroupSpec } from '../model/validate-failover-group.ts'
import { validateFeatureSpec } from '../model/validate-feature.ts'

const KINDS = ['Guard', 'Feature', 'FailoverGroup'] as const

/** What was found in one YAML document. `line` is where the document begins, or where the fault is. */
export interface DocumentReport {
  readonly file: string
  /** Counted from 1. */
  readonly document: number
  readonly line: number
  /** "Guard shop/checkout", or what else it is. */
  readonly object: string
  readonly result: 'ok' | 'skipped' | 'invalid'
  readonly faults: readonly (Fault & { readonly line: number })[]
  /** What is worth knowing of a Guard that is ok. */
  readonly notices?: readonly (Fault & { readonly line: number })[]
}

export interface CheckReport {
  readonly ok: boolean
  readonly guards: number
  readonly features: number
  readonly groups: number
  readonly documents: readonly DocumentReport[]
}

/** Checks every document of every file; "-" is standard input. Unreadable files are reported as faults, not thrown. */
export async function checkFiles(files: readonly string[]): Promise<CheckReport> {
  const documents = (await Promise.all(files.map(checkFile))).flat()
  const checked = documents.filter((one) => one.result !== 'skipped')
  const [guards, features, groups] = KINDS.map(
    (kind) => checked.filter((one) => one.object.startsWith(`${kind} `)).length,
  )
  // What could not be read, or is of an unknown kind, was meant for a Guard.
  const others = checked.length - (guards ?? 0) - (features ?? 0) - (groups ?? 0)
  const ok = checked.length > 0 && checked.every((one) => one.result !== 'invalid')
  return { ok, guards: (guards ?? 0) + others, features: features ?? 0, groups: groups ?? 0, documents }
}

/** The report as people read it. */
export function formatCheck(report: CheckReport): string {
  const lines = report.documents.flatMap((one) => {
    const where = `${one.file}:${one.line} (document ${one.document})`
    if (one.result === 'ok')
      return [
        `ok       ${where} ${one.object}`,
        ...(one.notices ?? []).map((notice) => entry('note     ', one, notice)),
      ]
    if (one.result === 'skipped') return [`skipped  ${where} ${one.object}: no Guard, Feature or FailoverGroup`]
    return one.faults.map((fault) => entry('invalid  ', one, fault))
  })
  const invalid = report.documents.filter((one) => one.result === 'invalid').length
  const verdict =
    report.guards + report.features + report.groups === 0
      ? 'No Guard found: a Guard has apiVersion evenkeel.dev/v1alpha1 and kind Guard, Feature or FailoverGroup.'
      : `${countOf(report)} checked, ${invalid} invalid.`
  return [...lines, verdict].join('\n')
}

function entry(
  kind: string,
  one: DocumentReport,
  { line, field, value, message, remedy }: DocumentReport['faults'][number],
) {
  const is = value === undefined ? '' : ` = ${value}`
  return `${kind}${one.file}:${line} (document ${one.document}) ${one.object}\n         ${field}${is} ${message}\n         → ${remedy}`
}

function countOf({ guards, features, groups }: CheckReport): string {
  const of = (count: number, kind: string) => (count === 0 ? [] : [`${count} ${count === 1 ? kind : `${kind}s`}`])
  return [...of(guards, 'Guard'), ...of(features, 'Feature'), ...of(groups, 'FailoverGroup')].join(' and ')
}

async function checkFile(file: string): Promise<DocumentReport[]> {
  const unreadable = (message: string, remedy: string, line = 1): DocumentReport => ({
    file,
    document: 1,
    line,
    object: 'file',
    result: 'invalid',
    faults: [{ field: 'file', value: undefined, message, remedy, line }],
  })
  let source: string
  try {
    source = file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    return [unreadable(`can't be read: ${messageOf(error)}`, 'check the path and its permissions')]
  }
  const lines = new LineCounter()
  const parsed = parseAllDocuments(source, { lineCounter: lines, prettyErrors: false })
  if (!Array.isArray(parsed) || parsed.length === 0)
    return [unreadable('holds no YAML document', 'write a Guard in it')]
  const reports: DocumentReport[] = []
  for (const [index, document] of parsed.entries()) {
    const lineOf = (path: readonly PropertyKey[]) => {
      for (let depth = path.length; depth > 0; depth--) {
        const node = document.getIn(path.slice(0, depth), true)
        if (hasRange(node)) return lines.linePos(node.range[0]).line
      }
      return lines.linePos(document.contents?.range?.[0] ?? document.range[0]).line
    }
    const place = { file, document: index + 1, line: lineOf([]) }
    const notYaml = (why: string, line = place.line): DocumentReport => {
      const message = `is not valid YAML: ${why}`
      const fault = { field: 'document', value: undefined, message, remedy: 'correct the YAML', line }
      return { ...place, object: 'document', result: 'invalid', faults: [fault] }
    }
    const [error] = document.errors
    if (error !== undefined) {
      reports.push(notYaml(error.message, lines.linePos(error.pos[0]).line))
      continue
    }
    let content: unknown
    try {
      content = document.toJS()
    } catch (cause) {
      // An alias without its anchor, or aliases that grow without end, show only here.
      reports.push(notYaml(messageOf(cause)))
      continue
    }
    if (content === null || content === undefined) continue
    for (const [item, path] of itemsOf(content)) {
      const { object, result, faults, notices = [] } = judge(item)
      const placed = (some: readonly Fault[]) =>
        some.map((fault) => ({ ...fault, line: lineOf([...path, ...pathOf(fault.field)]) }))
      const report = { ...place, line: lineOf(path), object, result, faults: placed(faults) }
      reports.push(notices.length === 0 ? report : { ...report, notices: placed(notices) })
    }
  }
  return reports
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

/** A `List`, as kubectl prints it, holds many objects. */
function itemsOf(content: unknown): [unknown, readonly PropertyKey[]][] {
  const items = field(content, 'items')
  return Array.isArray(items) && String(field(content, 'kind')).endsWith('List')
    ? items.map((item, index) => [item, ['items', index]])
    : [[content, []]]
}

interface Judged {
  readonly object: string
  readonly result: DocumentReport['result']
  readonly faults: readonly Fault[]
  readonly notices?: readonly Fault[]
}

function judge(content: unknown): Judged {
  const kind = field(content, 'kind')
  const apiVersion = field(content, 'apiVersion')
  const metadata = field(content, 'metadata')
  const [name, namespace] = [field(metadata, 'name'), field(metadata, 'namespace')]
  const named = [namespace, name].filter((part) => typeof part === 'string').join('/')
  const object = `${typeof kind === 'string' ? kind : 'object'} ${named || '(no name)'}`
  const isOurs = String(apiVersion).startsWith(`${API_GROUP}/`)
  // Others have kinds called Feature too; a Guard with another apiVersion is taken for a slip.
  if (kind === 'Incident' || !(isOurs || kind === 'Guard')) return { object, result: 'skipped', faults: [] }
  const faults: Fault[] = []
  if (apiVersion !== GROUP_VERSION)
    faults.push({
      field: 'apiVersion',
      value: JSON.stringify(apiVersion),
      message: 'is not known',
      remedy: `write ${GROUP_VERSION}`,
    })
  if (!KINDS.some((one) => one === kind))
    faults.push({
      field: 'kind',
      value: JSON.stringify(kind),
      message: 'is not known',
      remedy: 'write Guard, Feature or FailoverGroup',
    })
  if (typeof name !== 'string' || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 253)
    faults.push({
      field: 'metadata.name',
      value: JSON.stringify(name),
      message: name === undefined ? 'is missing' : 'is not a name Kubernetes accepts',
      remedy: 'write lower-case letters, digits, dashes and dots, beginning and ending with a letter or digit',
    })
  const spec = field(content, 'spec')
  const validation =
    kind === 'FailoverGroup'
      ? validateFailoverGroupSpec(spec)
      : kind === 'Feature'
        ? validateFeatureSpec(spec)
        : validateGuardSpec(spec)
  if (!validation.ok) faults.push(...validation.faults)
  if (faults.length > 0 || !validation.ok) return { object, result: 'invalid', faults }
  return { object, result: 'ok', faults, ...('notices' in validation ? { notices: validation.notices } : {}) }
}

function field(of: unknown, key: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, key) : undefined
}

/** "spec.remedies[0].scale" as ["spec", "remedies", 0, "scale"]. */
function pathOf(text: string): PropertyKey[] {
  return text
    .split(/[.[\]]+/)
    .filter(Boolean)
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key))
}
