// Ids that must be unique, and boards that must not be edited where they are shown.
import type { Finding, LintBoard } from '../model.ts'

/** Grafana gives panels with the same id each other's data and links. */
export function panelIds({ panels }: LintBoard): Finding[] {
  const known = new Set<number>()
  return panels.flatMap(({ id, where }) => {
    const finding = (message: string): Finding[] => [
      { rule: 'panel-ids', where, message, remedy: 'give every panel and row a number of its own, from 1 on' },
    ]
    if (id === undefined || id < 1) return finding('has no id')
    if (known.has(id)) return finding(`has the id ${id}, which another panel has too`)
    known.add(id)
    return []
  })
}

export function refIds({ panels }: LintBoard): Finding[] {
  return panels.flatMap(({ queries }) => {
    const known = new Set<string>()
    return queries.flatMap(({ refId, where }) => {
      const finding = (message: string): Finding[] => [
        { rule: 'ref-ids', where, message, remedy: 'name the queries of a panel A, B, C…' },
      ]
      if (refId === undefined || refId === '') return finding('has no refId')
      if (known.has(refId)) return finding(`has the refId ${refId}, which another query of the panel has too`)
      known.add(refId)
      return []
    })
  })
}

export function readOnly({ editable }: LintBoard): Finding[] {
  if (editable === false) return []
  return [
    {
      rule: 'editable',
      where: 'editable',
      message: 'is not false: changes made in Grafana would be lost with the next update',
      remedy: 'write "editable": false',
    },
  ]
}
