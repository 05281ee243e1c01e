// Sums vitest's JSON reports, given as arguments, into one line: "N passed, N failed". Exits with 1 when anything failed.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const REPORT = z.object({
  numPassedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
})

let passed = 0
let failed = 0
for (const file of process.argv.slice(2)) {
  const report = read(file)
  passed += report?.numPassedTests ?? 0
  failed += report === undefined ? 1 : failuresIn(report)
}
if (passed === 0) failed += 1
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** A suite that left no report fell over as a whole: that is one failure. */
function read(file: string): z.infer<typeof REPORT> | undefined {
  try {
    return REPORT.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    console.error(`no report in ${file}:`, error)
    return undefined
  }
}

/** Failed tests, and files that failed before any test of theirs could. */
function failuresIn(report: z.infer<typeof REPORT>): number {
  return report.testResults.reduce((sum, { status, assertionResults }) => {
    const tests = assertionResults.filter((one) => one.status === 'failed').length
    return sum + (status === 'failed' ? Math.max(1, tests) : tests)
  }, 0)
}
