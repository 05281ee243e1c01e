// Sums vitest's JSON reports, given as arguments: what failed, then one line "N passed, N failed". Exits with 1 when anything did.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { z } from 'zod'

const LINES_OF_A_FAILURE = 12

const REPORT = z.object({
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
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
  return report.testResults.reduce((sum, { name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((one) => one.status === 'failed')
    for (const { fullName, failureMessages } of tests) tell(name, fullName, failureMessages?.join('\n'))
    if (status !== 'failed' || tests.length > 0) return sum + tests.length
    tell(name, 'the file as a whole', message)
    return sum + 1
  }, 0)
}

function tell(file: string, test: string, why = ''): void {
  const lines = why.split('\n').slice(0, LINES_OF_A_FAILURE)
  console.log([`FAILED ${relative(process.cwd(), file)}: ${test}`, ...lines].join('\n  '))
}
