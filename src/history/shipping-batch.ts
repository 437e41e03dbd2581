/** Records of a journal's file that are shipped together: some 1 MB of it. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Person, withoutPerson } from '../util/forget.ts'
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

/** Records without any of `persons`. Rejects with the file system's errors. */
export async function readBatch(file: string, from: number, persons: readonly Person[] = []): Promise<Batch> {
  const batch = batchAt(file, from, persons)
  if (!batch.isTorn) return batch
  await delay(TORN_MS)
  return batchAt(file, from, persons)
}

function batchAt(
  file: string,
  from: number,
  persons: readonly Person[],
): Batch & { readonly isTorn: boolean } {
  const { texts, to } = readLines(file, from)
  let isTorn = false
  const rows = texts.flatMap(({ text }) => {
    const found = recordIn(text)
    if (!found) isTorn ||= text.some((byte) => byte !== BLANK)
    const row = found && rowWithout(persons, text.subarray(found.skipped), found.value)
    return row ?? []
  })
  return { rows, lines: texts.length, to, isTorn }
}

function rowWithout(persons: readonly Person[], text: Buffer, record: unknown): SharedRow | undefined {
  const named = persons.length > 0 ? persons.filter((person) => person.mayBeIn(text.toString())) : []
  if (named.length === 0) return sharedRow(text, record)
  const value = named.reduce<unknown>((kept, person) => withoutPerson(kept ?? {}, person).value, record)
  return sharedRow(Buffer.from(JSON.stringify(value)), value)
}
