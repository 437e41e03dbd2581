/**
 * Records that cannot be written yet. They wait as small files, not in memory, so that whichever controller learns
 * what became of the call writes them, also after a restart:
 *
 * - `ID.json`: two parties talk on without a controller; written when the call ends.
 * - `ID.ended`: the call ended and its controller has not written it; written unless that controller does.
 * - `ID.lost-CORE`: the connection was lost; written if FreeSWITCH, whose Core-UUID was CORE, has been restarted.
 * - `ID.new-WHO`, `ID.claimed-WHO`: on its way into one of these, or into the journal.
 *
 * A record is written by whoever claims its file: exactly one can. Version 0.1.0 leaves `ended` and `lost` alone.
 */
import {
  constants,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { CallEnd } from '../freeswitch/index.ts'
import { UUID } from '../syntax/index.ts'
import { BelplanError } from '../util/errors.ts'
import type { JournalTail } from './journal-tail.ts'
import type { Journal } from './journal.ts'
import type { CallRecord, LostCall } from './record.ts'

/** What FreeSWITCH is queried for; both reject while it does not answer. */
export interface Switch {
  exists(id: string): Promise<boolean>
  /** Its Core-UUID, which is another one after each start. */
  core(): Promise<string>
}

export interface PendingRecords {
  /** Keeps the record until the call ends; the journal gets it at once when that cannot be done. Never rejects. */
  add(record: CallRecord): Promise<void>
  /** The record of a call that goes on. */
  find(id: string): Promise<CallRecord | undefined>
  /** Completes the record that was added and writes it; false: it is not here, or another controller does. Never rejects. */
  ended(end: CallEnd): Promise<boolean>
  /** Keeps the record of a call that has ended until `writeEnded`. Rejects with the file system's errors. */
  addEnded(call: LostCall): Promise<void>
  /** Writes it, unless the journal has one or another controller writes it. */
  writeEnded(id: string): Promise<void>
  /** Keeps the record of a call whose connection was lost until `settleLost`. Rejects with the file system's errors. */
  addLost(call: LostCall, core: string): Promise<void>
  /** `now`: FreeSWITCH's Core-UUID. Where it is still `core` the call went on, and its record is not ours. */
  settleLost(id: string, core: string, now: string): Promise<void>
  /**
   * Writes what other controllers left, and the records of calls that do not exist any more. Queries at most `most`
   * calls, and goes on where the sweep before stopped. Rejects when FreeSWITCH does not answer, which ends the sweep.
   */
  sweep(freeswitch: Switch, most?: number): Promise<void>
}

export interface PendingOptions {
  readonly folder: string
  readonly journal: Pick<Journal, 'write' | 'find'>
  /** Of the journal. */
  readonly tail: JournalTail
  /** The record of a lost call has been written. */
  readonly onWritten: (call: LostCall) => void
  readonly log: Pick<Logger, 'warn' | 'error'>
  /** Names this controller in the names of the files it claims; letters, digits and dashes. */
  readonly claimant: string
  readonly now?: () => number
}

const ID = UUID.source.slice(1, -1)
const talkingFile = new RegExp(`^(${ID})\\.json$`, 'i')
const endedFile = new RegExp(`^(${ID})\\.ended$`, 'i')
const lostFile = new RegExp(`^(${ID})\\.lost-(${ID})$`, 'i')
const unfinishedFile = new RegExp(`^(${ID})\\.(?:claimed|new)-[A-Za-z0-9-]+$`, 'i')
/** Unfinished files are gone in milliseconds: one this old belongs to a controller that died. */
const UNFINISHED_MS = 60_000
/** A record this young may be about to be written by an event that is on its way. */
const SETTLED_MS = 5_000
/** A record this old is written though FreeSWITCH cannot be queried for its call. */
const MAX_AGE_MS = 24 * 3600_000

/** Opens the folder of pending records, which is made. Throws BelplanError('config') where that cannot be. */
export async function openPending(options: PendingOptions): Promise<PendingRecords> {
  const { folder, journal, tail, onWritten, log, claimant, now = Date.now } = options
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new BelplanError(
      'config',
      `cannot make the folder ${folder}: ${(error as Error).message}`,
      [],
      error,
    )
  })
  /** Ends that came before their record was on the disk, or that belong to another controller's calls. */
  const early = new LRUCache<string, CallEnd>({ max: 2000, ttl: 60_000 })
  const path = (name: string) => join(folder, name)
  let files = 0
  /** The file that the last sweep ended with. */
  let cursor = ''

  async function put(name: string, { record, missed }: LostCall): Promise<void> {
    const made = path(`${record.id}.new-${claimant}-${++files}`)
    await writeFile(made, JSON.stringify({ ...record, missed }), { mode: 0o640 })
    await rename(made, path(name))
  }

  /** Takes a file for this controller; undefined when another was first. */
  async function claim(name: string, id: string): Promise<string | undefined> {
    const claimed = path(`${id}.claimed-${claimant}`)
    return rename(path(name), claimed).then(() => claimed, unless('ENOENT'))
  }

  /** Writes the record in a claimed file. */
  async function complete(claimed: string, end: Partial<CallEnd>): Promise<LostCall | undefined> {
    const call = await read(claimed)
    if (call === undefined) log.error({ file: claimed }, 'a record was cut short and is lost')
    else await journal.write({ ...call.record, ...end })
    await unlink(claimed)
    return call
  }

  async function take(name: string, id: string, end: Partial<CallEnd>): Promise<boolean> {
    const claimed = await claim(name, id)
    if (claimed !== undefined) await complete(claimed, end)
    return claimed !== undefined
  }

  /** Writes a record that other controllers may write as well, or have written. */
  async function writeOnce(name: string, id: string): Promise<void> {
    // The same name for all, which exactly one can create; what a controller leaves that dies is taken over.
    const claimed = path(`${id}.claimed-adopted`)
    const copied = copyFile(path(name), claimed, constants.COPYFILE_EXCL)
    if (!(await copied.then(() => true, unless('ENOENT', 'EEXIST')))) return
    await unlink(path(name))
    await tail.read()
    if (tail.has(id)) return unlink(claimed)
    const call = await complete(claimed, {})
    if (call) onWritten(call)
  }

  /** Finishes what a controller claimed and died before writing. */
  async function takeOver(name: string, id: string): Promise<void> {
    if (now() - (await stat(path(name))).ctimeMs < UNFINISHED_MS) return
    const claimed = await claim(name, id)
    if (claimed === undefined) return
    // It may have died between the journal and the unlink.
    if ((await journal.find(id)) !== undefined) return unlink(claimed)
    const call = await complete(claimed, {})
    if (call && name.endsWith('.claimed-adopted')) onWritten(call)
  }

  async function ended(end: CallEnd): Promise<boolean> {
    const { id } = end
    if (!UUID.test(id)) return false
    // Remembered first: the record may be put on the disk while we look for it.
    early.set(id, end)
    try {
      const taken = await take(`${id}.json`, id, end)
      if (taken) early.delete(id)
      return taken
    } catch (error) {
      log.error({ err: error, id }, 'a record could not be completed')
      return false
    }
  }

  async function settleLost(id: string, core: string, current: string): Promise<void> {
    const name = `${id}.lost-${core}`
    if (current === core) await unlink(path(name)).catch(unless('ENOENT'))
    else await writeOnce(name, id)
  }

  async function ageOf(name: string): Promise<number | undefined> {
    const file = await stat(path(name)).catch(unless('ENOENT'))
    return file && now() - file.mtimeMs
  }

  /** Of the files of one kind the name, the call's id, and what else the name says. */
  const matching = (names: readonly string[], kind: RegExp): RegExpExecArray[] =>
    names.map((name) => kind.exec(name)).filter((match) => match !== null)

  async function sweepTalking(names: readonly string[], freeswitch: Switch, most: number): Promise<void> {
    const all = matching(names, talkingFile)
    const behind = all.filter(([name]) => name > cursor)
    for (const [name, id] of [...behind, ...all.slice(0, all.length - behind.length)].slice(0, most)) {
      const ageMs = await ageOf(name)
      if (ageMs === undefined || ageMs < SETTLED_MS) continue
      cursor = name
      if (ageMs < MAX_AGE_MS && (await freeswitch.exists(id!))) continue
      await take(name, id!, {}).catch((error: unknown) =>
        log.error({ err: error, id }, 'a record could not be completed'),
      )
    }
  }

  async function sweepLost(names: readonly string[], freeswitch: Switch): Promise<void> {
    const lost = matching(names, lostFile)
    if (lost.length === 0) return
    const current = await freeswitch.core()
    // A controller that went on with the call has left a record of its own, which says more.
    const others = new Set(
      [talkingFile, unfinishedFile].flatMap((kind) => matching(names, kind).map(([, id]) => id)),
    )
    for (const [, id, core] of lost) if (!others.has(id)) await settleLost(id!, core!, current)
  }

  return {
    async add(record) {
      const { id } = record
      if (!UUID.test(id)) return journal.write(record)
      try {
        await put(`${id}.json`, { record, missed: undefined })
      } catch (error) {
        log.error({ err: error, id }, 'a record cannot wait for its end and is written without')
        return journal.write(record)
      }
      const end = early.get(id)
      if (end !== undefined) await ended(end)
    },

    async find(id) {
      return UUID.test(id) ? (await read(path(`${id}.json`)).catch(unless('ENOENT')))?.record : undefined
    },

    ended,

    async addEnded(call) {
      if (UUID.test(call.record.id)) await put(`${call.record.id}.ended`, call)
    },
    writeEnded: (id) => writeOnce(`${id}.ended`, id),

    async addLost(call, core) {
      if (UUID.test(call.record.id) && UUID.test(core)) await put(`${call.record.id}.lost-${core}`, call)
    },
    settleLost,

    async sweep(freeswitch, most = Infinity) {
      const names = (await readdir(folder)).sort()
      for (const [name, id] of matching(names, unfinishedFile))
        await takeOver(name, id!).catch((error: unknown) => log.warn({ err: error, id }, 'claim left'))
      for (const [name, id] of matching(names, endedFile))
        if (((await ageOf(name)) ?? 0) >= SETTLED_MS) await writeOnce(name, id!)
      await sweepTalking(names, freeswitch, most)
      await sweepLost(names, freeswitch)
    },
  }
}

/** Handles a file system's error with one of these codes, and throws any other. */
function unless(...codes: readonly string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error
    return undefined
  }
}

/** Undefined: the file was cut short. */
async function read(file: string): Promise<LostCall | undefined> {
  const text = await readFile(file, 'utf8')
  try {
    const { missed, ...record } = JSON.parse(text) as CallRecord & Pick<LostCall, 'missed'>
    return { record, missed }
  } catch {
    return undefined
  }
}
