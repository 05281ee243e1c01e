// MariaDB's GTIDs: what a server has, what it lacks, and how many transactions lie between.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countMissing, countOf, formatGtids, lastOf, missingFrom, parseGtids } from '../../controller/databases/gtid.ts'

const read = parseGtids

describe('GTIDs', () => {
  it.each([
    ['', 0],
    ['0-1-105', 105],
    // Within a domain the last counts, whoever wrote it; domains are apart.
    ['0-1-100,0-2-120', 120],
    ['0-2-120, 1-1-7', 127],
  ])('"%s" is %i transactions', (text, count) => {
    expect(countOf(read(text))).toBe(count)
  })

  it('a text of another kind is refused by name', () => {
    expect(() => read('3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5')).toThrow(/is no GTID of MariaDB/)
  })

  it.each([
    { mine: '0-1-100', theirs: '0-1-100', missing: '', count: 0, why: 'it is where the other is' },
    { mine: '0-1-90', theirs: '0-1-100', missing: '', count: 0, why: 'it is behind' },
    { mine: '0-1-100', theirs: '0-1-100,0-2-130', missing: '', count: 0, why: 'the other took over after it' },
    { mine: '0-1-105', theirs: '0-1-103,0-2-120', missing: '0-1-105', count: 2, why: 'two were never sent' },
    { mine: '0-1-103', theirs: '0-1-103,0-2-104', missing: '', count: 0, why: 'everything was sent' },
    { mine: '0-1-100,0-2-101', theirs: '0-1-150', missing: '0-2-101', count: 1, why: 'it wrote one while a replica' },
    { mine: '0-2-3', theirs: '', missing: '0-2-3', count: 3, why: 'the other has nothing' },
    { mine: '0-1-9,5-3-4', theirs: '0-1-9', missing: '5-3-4', count: 4, why: 'the other knows nothing of a domain' },
  ])('when $why, $count are missing', ({ mine, theirs, missing, count }) => {
    expect(formatGtids(missingFrom(read(theirs), read(mine)))).toBe(missing)
    expect(countMissing(read(theirs), read(mine))).toBe(count)
  })

  const gtid = fc.record({ domain: fc.nat(2), server: fc.nat(3), sequence: fc.integer({ min: 1, max: 1000 }) })

  it('nothing is missing from oneself, and what is missing is missing in a number', () => {
    fc.assert(
      fc.property(fc.array(gtid), fc.array(gtid), (mine, theirs) => {
        expect(missingFrom(mine, mine)).toEqual([])
        expect(countMissing(theirs, mine) > 0).toBe(missingFrom(theirs, mine).length > 0)
        expect(missingFrom([...theirs, ...lastOf(mine)], mine)).toEqual([])
      }),
    )
  })

  it('what is written is read back', () => {
    fc.assert(
      fc.property(fc.array(gtid), (some) => {
        expect(read(formatGtids(some))).toEqual(some)
      }),
    )
  })
})
