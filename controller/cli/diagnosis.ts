// A diagnosis in the lines of `evenkeel explain`.
import type { DiagnosisStatus } from '../model/resource.ts'
import { formatDuration } from '../model/units.ts'

/** `now` in epoch milliseconds. */
export function diagnosisLines(diagnosis: DiagnosisStatus | undefined, now: number): string[] {
  if (diagnosis === undefined) return []
  const { at, summary, evidence, ruledOut } = diagnosis
  return [
    summary,
    ...(evidence.length === 0 ? [] : ['because', ...evidence.map((sentence) => `  - ${sentence}`)]),
    ...(ruledOut.length === 0 ? [] : [`not: ${ruledOut.map(({ text }) => text).join(', ')}`]),
    `as of ${formatDuration(Math.max(0, now - Date.parse(at)))} ago`,
  ]
}
