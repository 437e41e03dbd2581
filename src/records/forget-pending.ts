/** A person taken out of the records that wait for the end of their call. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { overwrite, type Person, withoutPerson } from '../util/forget.ts'
import { parsed } from '../util/parsed.ts'

/**
 * Below `data`; returns from how many. A file is overwritten where it stands, so that a controller which takes it, and gives it
 * another name, has it without them. Throws the file system's errors.
 */
export function forgetPending(data: string, person: Person): number {
  const folder = join(data, 'talking')
  let records = 0
  for (const name of namesIn(folder)) {
    const file = join(folder, name)
    const bytes = contentOf(file)
    const text = bytes?.toString('utf8') ?? ''
    if (!bytes || !person.mayBeIn(text)) continue
    // Undefined: it was cut short.
    const kept = parsed(text) as object | undefined
    const { value, isFound } = kept ? withoutPerson(kept, person) : { value: undefined, isFound: true }
    if (!isFound) continue
    records++
    try {
      overwrite(file, [
        { offset: 0, length: bytes.length, text: value === undefined ? '' : JSON.stringify(value) },
      ])
    } catch (error) {
      gone(error)
    }
  }
  return records
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    gone(error)
    return []
  }
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    gone(error)
    return undefined
  }
}

/** Its call has ended meanwhile, and it is in the journal. */
function gone(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
