/** What `belplan test` prints. */
import pc from 'picocolors'
import {
  type CaseFileResult,
  type CaseResult,
  type Covered,
  pointInWords,
  wayInWords,
} from '../trial/index.ts'
import { printable } from '../util/printable.ts'
import type { Io } from './io.ts'
import { wrap } from './wrap.ts'

export interface TestRun {
  readonly results: readonly CaseFileResult[]
  /** Documents without tests: of these nothing is walked. */
  readonly untested: readonly { readonly document: string; readonly covered: Covered }[]
  readonly ms: number
}

/** Values stand below each other, and go on below themselves. */
const VALUE = ' '.repeat(10)

const isGood = ({ failures }: CaseResult): boolean => failures.length === 0

/** Whether the filter left any of its cases, or there are none. */
export function isRun({ faults, cases }: CaseFileResult): boolean {
  return faults.length > 0 || cases.length > 0
}

export function printFile({ file, faults, cases, skipped }: CaseFileResult, { out, colour }: Io): void {
  const { bold, dim, green, red, yellow } = pc.createColors(colour)
  const failed = cases.filter((one) => !isGood(one))
  const ms = Math.round(cases.reduce((sum, one) => sum + one.ms, 0))
  const good = faults.length === 0 && failed.length === 0
  const counted = `${count(cases.length, 'case')}${skipped > 0 ? `, ${skipped} left out` : ''}`
  out(`${good ? green('✓') : red('✗')} ${printable(file)} ${dim(`(${counted}) ${ms} ms`)}`)
  for (const { line, column, pointer, message } of faults)
    say(`${file}:${line}:${column} ${pointer} ${message}`, '  ')
  for (const { name, failures, report } of cases) {
    const { notes = [], unused = [] } = report ?? {}
    const isBad = failures.length > 0
    if (!isBad && unused.length === 0) continue
    say(name, '  ', isBad ? red : dim)
    // What may be behind a failure comes first.
    for (const note of unused) say(`note: ${note}`, '    ', isBad ? yellow : dim)
    if (!isBad) continue
    for (const { line, column, message, mismatch } of failures) {
      if (!mismatch) say(message, '    ')
      else {
        say(mismatch.path.join('.'), '    ', bold)
        say(`expected  ${mismatch.expected}`, '      ', green, VALUE)
        say(`got       ${mismatch.got}`, '      ', red, VALUE)
        if (mismatch.step)
          say(`at        ${pointInWords(mismatch.step, mismatch.atMs)}`, '      ', undefined, VALUE)
      }
      say(`${file}:${line}:${column}`, '      ', dim)
    }
    if (report) say(`walked    ${wayInWords(report)}`, '    ', dim, VALUE)
    for (const note of notes) say(`note: ${note}`, '    ', yellow)
  }

  function say(text: string, indent: string, paint = (line: string) => line, hang = '  '): void {
    for (const line of wrap(printable(text), indent, { hang })) out(paint(line))
  }
}

/** `coverage`: the least share in percent, or true. */
export function printSummary(run: TestRun, coverage: number | true | undefined, io: Io): void {
  const { bold, green, red } = pc.createColors(io.colour)
  const { results, ms } = run
  const cases = results.flatMap((result) => result.cases)
  const passed = cases.filter(isGood).length
  const unusable = results.filter(({ faults }) => faults.length > 0).length
  const failed = cases.length - passed
  io.out('')
  io.out(`${bold('Cases')}  ${failed > 0 ? `${red(`${failed} failed`)}, ` : ''}${green(`${passed} passed`)}`)
  const bad = unusable > 0 ? `, ${red(`${unusable} cannot be used`)}` : ''
  io.out(`${bold('Files')}  ${results.filter(isRun).length}${bad}`)
  io.out(`${bold('Time')}   ${(ms / 1000).toFixed(2)} s`)
  if (coverage !== undefined) printCoverage(run, coverage, io)
}

function printCoverage(run: TestRun, coverage: number | true, { out, colour }: Io): void {
  const { bold, green, red, yellow } = pc.createColors(colour)
  const share = walkedShare(run)
  const enough = coverage === true || share >= coverage
  const wanted = typeof coverage === 'number' ? ` (at least ${coverage} %)` : ''
  const text = `${share.toFixed(1)} % of steps and branches${wanted}`
  out(`${bold('Walked')} ${enough ? green(text) : red(text)}`)
  const say = (text: string) => {
    for (const line of wrap(printable(text), '  ')) out(yellow(line))
  }
  for (const { document, covered } of run.results)
    for (const { step, branch, says } of covered?.missing ?? [])
      say(`never ${document}: ${step}${branch === undefined ? '' : ` ${branch}`} (${says})`)
  for (const { document, covered } of run.untested)
    say(`no tests ${document}: none of its ${count(covered.total, 'step')} and branches is walked`)
}

/** In percent, of all documents. */
export function walkedShare({ results, untested }: TestRun): number {
  const all = [...results, ...untested].flatMap(({ covered }) => covered ?? [])
  const sum = (of: (one: Covered) => number) => all.reduce((sum, one) => sum + of(one), 0)
  const total = sum((one) => one.total)
  return total === 0 ? 100 : (100 * sum((one) => one.walked)) / total
}

/** The form that CI systems read. */
export function junit({ results, ms }: TestRun): string {
  const suites = results.map(({ file, faults, cases }) => {
    const tests = [
      ...cases.map(({ name, ms: caseMs, failures }) => testCase(file, name, caseMs, failures)),
      ...(faults.length > 0 ? [testCase(file, 'the file can be used', 0, faults)] : []),
    ]
    const failures = cases.filter((one) => !isGood(one)).length + (faults.length > 0 ? 1 : 0)
    const counts = `tests="${tests.length}" failures="${failures}"`
    return `  <testsuite name="${xml(file)}" ${counts}>\n${tests.join('\n')}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="belplan" time="${(ms / 1000).toFixed(3)}">\n${suites.join('\n')}\n</testsuites>`
}

function testCase(
  file: string,
  name: string,
  ms: number,
  failures: readonly { readonly line: number; readonly column: number; readonly message: string }[],
): string {
  const head = `    <testcase classname="${xml(file)}" name="${xml(name)}" time="${(ms / 1000).toFixed(3)}"`
  if (failures.length === 0) return `${head}/>`
  const texts = failures.map(({ line, column, message }) => `${file}:${line}:${column} ${message}`)
  const first = `<failure message="${xml(failures[0]!.message)}">${xml(texts.join('\n'))}</failure>`
  return `${head}>\n      ${first}\n    </testcase>`
}

/** Characters that XML 1.0 does not know are left out. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
