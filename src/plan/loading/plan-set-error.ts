/** What a plan set that does not validate ends with, and how its findings are told. */
import { BelplanError } from '../../util/errors.ts'
import { printable } from '../../util/printable.ts'
import type { Finding } from './finding.ts'

/** With a last finding that says so where there are more. */
export function withMore(findings: readonly Finding[], more: boolean): Finding[] {
  const last = findings.at(-1)
  return more && last !== undefined
    ? [...findings, { ...last, message: `there are more: these are the first ${findings.length}` }]
    : [...findings]
}

/** `file:line:col pointer message`, on one line: it holds text of the document, and goes to terminals. */
export function formatFinding({ file, line, column, pointer, message }: Finding): string {
  return printable(`${file}:${line}:${column} ${pointer} ${message}`)
}

/** A plan set that does not validate. Code `plans`; `details` are the findings as text. */
export class PlanSetError extends BelplanError {
  readonly findings: readonly Finding[]
  readonly warnings: readonly Finding[]

  constructor(path: string, findings: readonly Finding[], warnings: readonly Finding[] = []) {
    const count = findings.length === 1 ? '1 error' : `${findings.length} errors`
    super('plans', `the plan set ${path} does not validate: ${count}`, findings.map(formatFinding))
    this.findings = findings
    this.warnings = warnings
  }
}
