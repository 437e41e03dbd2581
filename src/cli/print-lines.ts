import pc from 'picocolors'
import { printable } from '../util/printable.ts'
import type { ReportLine } from '../util/report-line.ts'
import type { Io } from './io.ts'
import { wrap } from './wrap.ts'

/** Prints a report: wrapped, and in colours where the terminal has them. */
export function printLines(lines: readonly ReportLine[], { out, colour }: Io): void {
  const { bold, yellow, green, red } = pc.createColors(colour)
  const paints = { title: bold, note: yellow, good: green, bad: red }
  for (const { lead, text, tone } of lines) {
    const [first = '', ...more] = wrap(printable(text), ' '.repeat(lead.length))
    for (const line of [lead + first.slice(lead.length), ...more]) out(tone ? paints[tone](line) : line)
  }
}
