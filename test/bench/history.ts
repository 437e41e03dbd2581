/** One file per release: every run that was asked to be kept, the latest last. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMet, type Table } from './report.ts'
import type { Machine } from './machine.ts'

const folder = join(import.meta.dirname, '../../docs/benchmarks')

/** Returns the file. */
export function keep(version: string, machine: Machine, tables: readonly Table[]): string {
  const file = join(folder, `${version}.json`)
  const runs = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown[]) : []
  const kept = tables.map(({ title, figures }) => ({
    title,
    figures: figures.map((figure) => ({ ...figure, value: rounded(figure.value), met: isMet(figure) })),
  }))
  mkdirSync(folder, { recursive: true })
  const run = { at: new Date().toISOString(), machine, tables: kept }
  writeFileSync(file, `${JSON.stringify([...runs, run], undefined, 2)}\n`)
  return file
}

const rounded = (value: number): number => Number(value.toPrecision(4))
