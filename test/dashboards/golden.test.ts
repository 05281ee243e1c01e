// The boards as they are generated now are those in golden/, and none of them has a fault that the linter knows.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lintBoard } from '../../dashboards/lint/lint.ts'
import { readBoards } from '../../dashboards/lint/read/boards.ts'
import { goldenFiles } from '../../scripts/dashboards.ts'

const FOLDER = new URL('golden/', import.meta.url)
const files = goldenFiles()

describe.each(files)('$name', ({ name, text }) => {
  it('is what is checked in: npm run generate brings it up to date', () => {
    expect(text).toBe(readFileSync(new URL(name, FOLDER), 'utf8'))
  })

  it('has no finding', () => {
    const read = readBoards(name, text)
    expect(read).toHaveLength(1)
    expect(read.flatMap(lintBoard)).toEqual([])
  })
})

it('there is no golden file of a board that is gone', () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual(files.map(({ name }) => name).toSorted())
})
