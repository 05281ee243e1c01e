// `evenkeel dashboards lint`: what is wrong with boards.
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { lintBoard } from '../../../dashboards/lint/lint.ts'
import type { Finding } from '../../../dashboards/lint/model.ts'
import { readBoards } from '../../../dashboards/lint/read/boards.ts'
import { CommandError, messageOf } from '../../model/errors.ts'

interface BoardReport {
  readonly file: string
  readonly title: string
  readonly findings: readonly Finding[]
}

/** Prints what is found and returns the exit code: 1 when there is anything. Throws CommandError for a file that holds no board. */
export async function lintDashboards(files: readonly string[], asJson: boolean): Promise<number> {
  const reports: BoardReport[] = []
  for (const file of files) {
    const text = await (file === '-' ? readAll(process.stdin) : readFile(file, 'utf8')).catch((cause: unknown) => {
      throw new CommandError(`${file} can't be read: ${messageOf(cause)}`, { cause })
    })
    for (const board of readBoards(file, text))
      reports.push({ file, title: board.title ?? '(no title)', findings: lintBoard(board) })
  }
  const ok = reports.every(({ findings }) => findings.length === 0)
  console.log(asJson ? JSON.stringify({ ok, boards: reports }, undefined, 2) : asText(reports))
  return ok ? 0 : 1
}

function asText(reports: readonly BoardReport[]): string {
  const lines = reports.flatMap(({ file, title, findings }) =>
    findings.length === 0
      ? [`ok       ${file} ${title}`]
      : findings.map(
          ({ rule, where, message, remedy }) =>
            `${rule}\n         ${file} ${title}: ${where} ${message}\n         → ${remedy}`,
        ),
  )
  const count = reports.reduce((sum, { findings }) => sum + findings.length, 0)
  return [
    ...lines,
    `${reports.length} ${reports.length === 1 ? 'dashboard' : 'dashboards'} linted, ${count} findings.`,
  ].join('\n')
}
