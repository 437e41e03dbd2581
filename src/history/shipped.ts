/**
 * How far each file of a journal is in the database that machines share, as it is noted beside the journal: what a file is kept for
 * when its time is over. The database has its own note (`shipping-places.ts`).
 */
import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parsed } from '../util/parsed.ts'

export interface Shipped {
  /** Names the journal of this folder among those of all machines. */
  readonly journal: string
  /** Day of a file, since 1970 → bytes of it. */
  readonly places: ReadonlyMap<number, number>
}

const FILE = 'shipped.json'
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** Undefined: nothing was shipped yet, or the note was lost, so that all is shipped again. Throws the file system's errors. */
export function readShipped(data: string): Shipped | undefined {
  const { journal, places } = (parsed(textOf(join(data, FILE))) ?? {}) as Partial<Record<string, unknown>>
  if (typeof journal !== 'string' || !UUID.test(journal)) return undefined
  if (typeof places !== 'object' || places === null) return undefined
  const entries = Object.entries(places).map(([day, place]) => [Number(day), Number(place)] as const)
  return { journal, places: new Map(entries.filter((entry) => entry.every(Number.isSafeInteger))) }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** By one process at a time. What a power cut takes of it is shipped again. Throws the file system's errors. */
export function writeShipped(data: string, { journal, places }: Shipped): void {
  const file = join(data, FILE)
  writeFileSync(`${file}.tmp`, JSON.stringify({ journal, places: Object.fromEntries(places) }))
  renameSync(`${file}.tmp`, file)
}

/** How much of a file is in the database, as far as is noted here. Throws the file system's errors. */
export function shippedIn(data: string): (day: number) => number {
  const places = readShipped(data)?.places
  return (day) => places?.get(day) ?? 0
}

/** Names the journal of this folder, of which nothing is shipped yet. Throws the file system's errors. */
export function begunJournal(data: string): Shipped {
  const begun = { journal: randomUUID(), places: new Map<number, number>() }
  writeShipped(data, begun)
  return begun
}
