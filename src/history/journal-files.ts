/**
 * The files of the journal, read from any place on while controllers append to them. What is no record is passed over: a
 * line that a full disk cut short, and one of a program that is no controller.
 */
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { CallLine } from '../records/index.ts'
import { parsed } from '../util/parsed.ts'
import { lineOfJournal } from './journal-line.ts'

/** A call of the journal, and where its line begins. */
export interface JournalCall {
  readonly call: CallLine
  readonly offset: number
}

/** The folder of the journal in that of all data. */
export const journalIn = (data: string): string => join(data, 'journal')

const FILE = /^(\d{4}-\d\d-\d\d)\.jsonl$/
const DAY_MS = 24 * 3600_000

/** Days since 1970 of the files that are there, the newest first. */
export function journalDays(folder: string): number[] {
  return readFolder(folder)
    .flatMap((name) => FILE.exec(name)?.[1] ?? [])
    .map((day) => Date.parse(`${day}T00:00Z`) / DAY_MS)
    .filter((day) => Number.isInteger(day) && day > 0)
    .sort((a, b) => b - a)
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

export const fileOfDay = (folder: string, day: number): string =>
  join(folder, `${new Date(day * DAY_MS).toISOString().slice(0, 10)}.jsonl`)

export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS)

export const CHUNK_BYTES = 1024 * 1024
/** No record is as long: what is longer is passed over. */
const LONGEST_LINE = 1024 * 1024
const NEWLINE = 0x0a

/**
 * The calls in whole lines from byte `from` of a file, at most some `CHUNK_BYTES` of it; `to`: where they end, which is
 * `from` where there is no more. Throws the file system's errors.
 */
export function readJournal(
  file: string,
  from: number,
): { readonly calls: readonly JournalCall[]; readonly to: number } {
  const lines = readLines(file, from)
  return {
    calls: lines.texts.flatMap(({ text, offset }) => {
      const found = recordIn(text)
      const call = found && lineOfJournal(found.value)
      return call ? [{ call, offset: offset + found.skipped }] : []
    }),
    to: lines.to,
  }
}

export interface JournalLine {
  /** Without its newline. */
  readonly text: Buffer
  readonly offset: number
}

/** As `readJournal`, whatever is in the lines. */
export function readLines(
  file: string,
  from: number,
): { readonly texts: readonly JournalLine[]; readonly to: number } {
  const descriptor = openSync(file, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES + LONGEST_LINE)
    const length = readSync(descriptor, chunk, 0, chunk.length, from)
    const texts: JournalLine[] = []
    let at = 0
    while (at < CHUNK_BYTES) {
      const end = chunk.subarray(0, length).indexOf(NEWLINE, at)
      if (end < 0) break
      texts.push({ text: chunk.subarray(at, end), offset: from + at })
      at = end + 1
    }
    if (at === 0 && length === chunk.length) return { texts, to: from + length }
    return { texts, to: from + at }
  } finally {
    closeSync(descriptor)
  }
}

/** What `read` makes of a file, piece by piece to its end; nothing of one that is not there, or no more. */
export function* inPieces<T extends { readonly to: number }>(
  read: (file: string, from: number) => T,
  file: string,
  from = 0,
): Generator<T> {
  for (let place = from; existsSync(file);) {
    const piece = read(file, place)
    if (piece.to === place) return
    place = piece.to
    yield piece
  }
}

const START = '{"id":'

/** A line that was cut short as its controller ended is continued by that of another one. */
export function recordIn(text: Buffer): { readonly value: unknown; readonly skipped: number } | undefined {
  const whole = parsed(text.toString('utf8'))
  if (whole !== undefined) return { value: whole, skipped: 0 }
  const last = text.lastIndexOf(START)
  const rest = last > 0 ? parsed(text.toString('utf8', last)) : undefined
  return rest === undefined ? undefined : { value: rest, skipped: last }
}
