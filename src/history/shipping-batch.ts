/** Records of a journal's file that are shipped together: some 1 MB of it. */
import { setTimeout as delay } from 'node:timers/promises'
import { readLines, recordIn } from './journal-files.ts'
import { type SharedRow, sharedRow } from './shared-row.ts'

/** A line that is no JSON may be one that is being overwritten at this moment, since a person is to be forgotten. */
const TORN_MS = 50
const BLANK = 0x20

export interface Batch {
  readonly rows: readonly SharedRow[]
  /** Of the file, records or not. */
  readonly lines: number
  /** Where they end; where they begin, if there is none. */
  readonly to: number
}

/** Rejects with the file system's errors. */
export async function readBatch(file: string, from: number): Promise<Batch> {
  const batch = batchAt(file, from)
  if (!batch.isTorn) return batch
  await delay(TORN_MS)
  return batchAt(file, from)
}

function batchAt(file: string, from: number): Batch & { readonly isTorn: boolean } {
  const { texts, to } = readLines(file, from)
  let isTorn = false
  const rows = texts.flatMap(({ text }) => {
    const found = recordIn(text)
    if (!found) isTorn ||= text.some((byte) => byte !== BLANK)
    const row = found && sharedRow(text.subarray(found.skipped), found.value)
    return row ?? []
  })
  return { rows, lines: texts.length, to, isTorn }
}
