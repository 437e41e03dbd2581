/** A person taken out of the journal and its index. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { overwrite, type Person, untilPurged, withoutPerson } from '../util/forget.ts'
import { INDEX_FILE, openCallIndex, type RewrittenLine } from './call-index.ts'
import { lineOfJournal } from './journal-line.ts'
import {
  fileOfDay,
  inPieces,
  journalDays,
  journalIn,
  type JournalLine,
  readLines,
  recordIn,
} from './journal-files.ts'

export interface ForgottenCalls {
  /** From which they were taken. */
  readonly records: number
  /** That these records named. */
  readonly recordings: readonly string[]
  /** The index holds nothing of them in its files. */
  readonly isPurged: boolean
}

interface Line extends RewrittenLine {
  readonly text: string
}

/**
 * Lines are overwritten where they stand, with blanks at their end: whoever appends to the file, or has read it up to some place, does
 * not notice. The oldest file first, so that what is written meanwhile is seen. Rejects with the file system's and SQLite's errors.
 */
export async function forgetCalls(data: string, person: Person): Promise<ForgottenCalls> {
  const folder = journalIn(data)
  const index = existsSync(join(data, INDEX_FILE)) ? openCallIndex({ data, log: () => undefined }) : undefined
  const recordings = new Set<string>()
  let records = 0
  try {
    for (const day of journalDays(folder).reverse()) {
      const file = fileOfDay(folder, day)
      for (const { texts } of inPieces(readLines, file)) {
        const lines = texts.flatMap((line) => rewritten(line, person, recordings) ?? [])
        const write = () => overwrite(file, lines)
        if (lines.length > 0 && index) index.rewrite(day, lines, write)
        else if (lines.length > 0) write()
        records += lines.length
        // Others have their turn.
        await delay(0)
      }
    }
    return { records, recordings: [...recordings], isPurged: !index || (await untilPurged(index.purge)) }
  } finally {
    index?.close()
  }
}

/** Undefined: there is nothing of that person in it. */
function rewritten(
  { text: bytes, offset }: JournalLine,
  person: Person,
  recordings: Set<string>,
): Line | undefined {
  const line = { offset, length: bytes.length }
  if (!person.mayBeIn(bytes.toString('utf8'))) return undefined
  const found = recordIn(bytes)
  // It was cut short.
  if (!found || typeof found.value !== 'object' || found.value === null) return { ...line, text: '' }
  const { value, isFound } = withoutPerson(found.value, person)
  if (!isFound && found.skipped === 0) return undefined
  for (const recording of recordingsIn(found.value)) recordings.add(recording)
  const call = lineOfJournal(value)
  return { ...line, text: JSON.stringify(value), call: call && { call, offset } }
}

/** The files that a record names. */
export function recordingsIn(record: object): string[] {
  const { recording, steps } = record as {
    readonly recording?: { readonly file?: unknown }
    readonly steps?: unknown
  }
  const ofSteps = Array.isArray(steps)
    ? steps.map((step: { readonly recording?: unknown } | null) => step?.recording)
    : []
  return [recording?.file, ...ofSteps].filter((file) => typeof file === 'string')
}
