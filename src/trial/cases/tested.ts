/** What became of the tests of a document, as plain data of a bounded size: it goes to another process, and to clients. */
import type { TestedCase, TestedDocument } from '../../plan/index.ts'
import { pointInWords, wayInWords } from './case-words.ts'
import type { Covered } from './coverage.ts'
import type { CaseFileResult, CaseResult, Failure } from './run-cases.ts'

/** In characters. Some of what they quote may be as long as a file. */
const LONGEST_TEXT = 500
/** In characters, of all that is told of cases beyond their names. */
const MOST_TOLD = 256 * 1024
const MOST_FAILURES = 20
const MOST_NOTES = 20
const MOST_MISSING = 1000

/** `faults` of the file are told elsewhere: no case was run then. */
export function testedOf({ cases, covered }: CaseFileResult): TestedDocument {
  const failed = cases.filter(({ failures }) => failures.length > 0).length
  let left = MOST_TOLD
  const told = cases.map((one): TestedCase => {
    const whole = toldOf(one)
    const size = left > 0 ? JSON.stringify(whole).length : 0
    if (size > left) left = 0
    if (left <= 0) return { ...whole, failures: [], walked: '', notes: [], unused: [] }
    left -= size
    return whole
  })
  return {
    ...{ passed: cases.length - failed, failed, cases: told, more: left <= 0 },
    coverage: coverageOf(covered ?? { total: 0, walked: 0, missing: [] }),
  }
}

function toldOf({ name, line, column, ms, failures, report }: CaseResult): TestedCase {
  const short = (texts: readonly string[] = []) => texts.slice(0, MOST_NOTES).map(cut)
  return {
    ...{ name, line, column, passed: failures.length === 0, ms: Math.round(ms) },
    failures: failures.slice(0, MOST_FAILURES).map(failureOf),
    walked: report ? cut(wayInWords(report)) : '',
    notes: short(report?.notes),
    unused: short(report?.unused),
  }
}

function failureOf({ line, column, pointer, message, mismatch }: Failure): TestedCase['failures'][number] {
  const place = { line, column, pointer: cut(pointer), message: cut(message) }
  if (mismatch === undefined) return place
  const { path, expected, got, step, atMs } = mismatch
  return {
    ...place,
    ...{ field: cut(path.join('.')), expected: cut(expected), got: cut(got) },
    ...(step && { step: step.step, at: pointInWords(step, atMs) }),
  }
}

function coverageOf({ total, walked, missing }: Covered): TestedDocument['coverage'] {
  const some = missing.slice(0, MOST_MISSING)
  return { total, walked, missing: some.map(({ says, ...place }) => ({ ...place, says: cut(says) })) }
}

const cut = (text: string): string => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text)
