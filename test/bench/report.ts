/** What a benchmark says: tables for people, figures for the history. */
import pc from 'picocolors'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What the project promises of it. */
  readonly target?: { readonly most: number } | { readonly least: number }
}

export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly figures: readonly Figure[]
  readonly notes?: readonly string[]
}

export const isMet = ({ value, target }: Figure): boolean =>
  target === undefined || ('most' in target ? value <= target.most : value >= target.least)

/** Such as `0.412` or `2,431`: three digits that count, and no more. */
export function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return value.toPrecision(3).replace(/\.?0+$/, '')
}

const withUnit = ({ value, unit }: Pick<Figure, 'value' | 'unit'>): string =>
  unit === '' ? number(value) : `${number(value)} ${unit}`

export function printTable({ title, head, rows, figures, notes = [] }: Table): void {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')
  console.log(`\n${pc.bold(title)}`)
  console.log(pc.dim(line(head)))
  for (const row of rows) console.log(line(row))
  for (const figure of figures) {
    const { target } = figure
    if (target === undefined) continue
    const wanted = 'most' in target ? `at most ${number(target.most)}` : `at least ${number(target.least)}`
    const word = isMet(figure) ? pc.green('met') : pc.red('NOT MET')
    console.log(`${word}: ${figure.name} ${withUnit(figure)}, target ${wanted}`)
  }
  for (const note of notes) console.log(pc.dim(note))
}
