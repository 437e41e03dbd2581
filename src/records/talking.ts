/**
 * Records of calls that the controller let go of while two parties talk. They wait as small files, not in
 * memory, so that whichever controller sees the end completes them, also after a restart. A record belongs
 * to whoever renames its file: exactly one does.
 */
import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { UUID } from '../syntax/index.ts'
import { BelplanError } from '../util/errors.ts'
import type { Journal } from './journal.ts'
import type { CallRecord } from './record.ts'

/** The end of a conversation, as FreeSWITCH reported it. */
export interface ConversationEnd {
  readonly cause: string
  readonly talkMs?: number
}

export interface Talking {
  /** Keeps the record until the conversation's end; the journal gets it at once when that cannot be done. */
  letGo(record: CallRecord): Promise<void>
  /** The record of a call that waits for its end. */
  find(id: string): Promise<CallRecord | undefined>
  /** Completes the record and writes it, if it is here and nobody else does. Never rejects. */
  ended(id: string, end: ConversationEnd): Promise<void>
  /** Writes a record that is nobody's, unless another controller does, or `isWritten`; whether it was written here. */
  adopt(record: CallRecord, isWritten: () => Promise<boolean>): Promise<boolean>
  /**
   * Writes the records of calls that are no more, without their end; `exists` rejects when it cannot tell,
   * which ends the sweep. Asks about `most` calls at most, going on where the sweep before stopped.
   */
  sweep(exists: (id: string) => Promise<boolean>, most?: number): Promise<void>
}

export interface TalkingOptions {
  readonly folder: string
  readonly journal: Pick<Journal, 'write' | 'find'>
  readonly log: Pick<Logger, 'warn' | 'error'>
  /** Names this controller in the names of the files it claims; letters, digits and dashes. */
  readonly claimant: string
  readonly now?: () => number
  /** A record this old is written though nobody could tell what became of the call. */
  readonly maxAgeMs?: number
}

const uuid = UUID.source.slice(1, -1)
const waitingFile = new RegExp(`^(${uuid})\\.json$`, 'i')
/** Claimed, or not yet put in its place. */
const unfinishedFile = new RegExp(`^(${uuid})\\.(?:claimed|new)-[A-Za-z0-9-]+$`, 'i')
/** Either is worked off in milliseconds: one this old belongs to a controller that died. */
const abandonedMs = 60_000
/** A record so young may be about to be completed by an event that is on its way. */
const settledMs = 5_000

/** Opens the folder of waiting records, which is made. Throws BelplanError('config') where that cannot be. */
export async function openTalking(options: TalkingOptions): Promise<Talking> {
  const { folder, journal, log, claimant, now = Date.now, maxAgeMs = 24 * 3600_000 } = options
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new BelplanError(
      'config',
      `cannot make the folder ${folder}: ${(error as Error).message}`,
      [],
      error,
    )
  })
  /** Ends that came before their record was on the disk, or that belong to another controller's calls. */
  const early = new LRUCache<string, ConversationEnd>({ max: 2000, ttl: 60_000 })
  const path = (name: string) => join(folder, name)
  let cursor = ''

  /** Takes a file for this controller; undefined when another was first. */
  async function claim(name: string, id: string): Promise<string | undefined> {
    const claimed = path(`${id}.claimed-${claimant}`)
    try {
      await rename(path(name), claimed)
      return claimed
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  async function complete(claimed: string, end: Partial<ConversationEnd>): Promise<void> {
    const text = await readFile(claimed, 'utf8')
    const record = parse(text)
    if (record === undefined) log.error({ file: claimed }, 'a record was cut short and is lost')
    else await journal.write({ ...record, ...end })
    await unlink(claimed)
  }

  async function take(name: string, id: string, end: Partial<ConversationEnd>): Promise<boolean> {
    const claimed = await claim(name, id)
    if (claimed !== undefined) await complete(claimed, end)
    return claimed !== undefined
  }

  /** Finishes what a controller claimed and did not live to write. */
  async function takeOver(name: string, id: string): Promise<void> {
    if (now() - (await stat(path(name))).ctimeMs < abandonedMs) return
    const claimed = await claim(name, id)
    if (claimed === undefined) return
    // It may have died between the journal and the unlink.
    if ((await journal.find(id)) === undefined) await complete(claimed, {})
    else await unlink(claimed)
  }

  async function ended(id: string, end: ConversationEnd): Promise<void> {
    if (!UUID.test(id)) return
    // Remembered first: the record may be put on the disk while we look for it.
    early.set(id, end)
    try {
      if (await take(`${id}.json`, id, end)) early.delete(id)
    } catch (error) {
      log.error({ err: error, id }, 'a record could not be completed')
    }
  }

  return {
    async letGo(record) {
      const { id } = record
      if (!UUID.test(id)) return journal.write(record)
      try {
        const made = path(`${id}.new-${claimant}`)
        await writeFile(made, JSON.stringify(record), { mode: 0o640 })
        await rename(made, path(`${id}.json`))
      } catch (error) {
        log.error({ err: error, id }, 'a record cannot wait for its end and is written without')
        return journal.write(record)
      }
      const end = early.get(id)
      if (end !== undefined) await ended(id, end)
    },

    async find(id) {
      const text = UUID.test(id) ? await readFile(path(`${id}.json`), 'utf8').catch(ifMissing) : undefined
      return text === undefined ? undefined : parse(text)
    },

    ended,

    async adopt(record, isWritten) {
      if (!UUID.test(record.id)) return false
      // The same name for all: exactly one can make it, and what one that dies leaves is taken over.
      const claimed = path(`${record.id}.claimed-adopted`)
      const flags = { mode: 0o640, flag: 'wx' }
      if (!(await writeFile(claimed, JSON.stringify(record), flags).then(() => true, ifThere))) return false
      const missing = !(await isWritten())
      if (missing) await journal.write(record)
      await unlink(claimed)
      return missing
    },

    async sweep(exists, most = Infinity) {
      const names = (await readdir(folder)).sort()
      for (const name of names) {
        const id = unfinishedFile.exec(name)?.[1]
        if (id !== undefined)
          await takeOver(name, id).catch((error: unknown) => log.warn({ err: error, id }, 'claim left'))
      }
      const waiting = names.filter((name) => waitingFile.test(name))
      const behind = waiting.filter((name) => name > cursor)
      const round = [...behind, ...waiting.slice(0, waiting.length - behind.length)].slice(0, most)
      for (const name of round) {
        const id = waitingFile.exec(name)![1]!
        const file = await stat(path(name)).catch(() => undefined)
        if (file === undefined) continue
        const age = now() - file.mtimeMs
        if (age < settledMs) continue
        cursor = name
        if (age < maxAgeMs && (await exists(id))) continue
        await take(name, id, {}).catch((error: unknown) =>
          log.error({ err: error, id }, 'a record could not be completed'),
        )
      }
    },
  }
}

function ifThere(error: NodeJS.ErrnoException): false {
  if (error.code !== 'EEXIST') throw error
  return false
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}

function parse(text: string): CallRecord | undefined {
  try {
    return JSON.parse(text) as CallRecord
  } catch {
    return undefined
  }
}
