/**
 * Records that cannot be written yet. They wait as small files, not in memory, so that whichever controller learns
 * what became of the call writes them, also after a restart:
 *
 * - `ID.json`: two parties talk on without a controller; written when the call ends.
 * - `ID.watched`: the same, and its end is told as an event.
 * - `ID.ended`: the call ended and its controller has not written it; written unless that controller does.
 * - `ID.waiting`: FreeSWITCH has the call and brings it back; the controller that takes it up, or whoever learns that it
 *   ended, goes on with the record. Written after a day, or where FreeSWITCH does not know the call any more.
 * - `ID.lost-CORE`: the connection was lost; written if FreeSWITCH, whose Core-UUID was CORE, has been restarted.
 * - `ID.claimed-WHO`, `ID.watched-WHO`: it was `ID.json` or `ID.watched`, and is being written to the journal.
 * - `ID.writing`, `ID.writing-WHO`: it was `ID.ended` or `ID.lost-CORE`, and is being written to the journal.
 * - `ID.tmp-N-WHO`: it will be one of the first five, or was `ID.waiting`.
 *
 * A record is written by whoever claims its file: exactly one can. Version 0.1.0 knows `json`, `claimed-WHO` and
 * `new-WHO`, which is its `tmp`; it leaves the others alone, which have more in them than a record.
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
import type { OtherMachines } from './other-machines.ts'
import { pendingCall } from './pending-files.ts'
import type { CallRecord, LostCall } from './record.ts'
import type { Switch, Switches, Whereabouts } from './switches.ts'

export interface PendingRecords {
  /** Keeps the record until the call ends; the journal gets it at once when that cannot be done. Never rejects. */
  add(record: CallRecord, more?: Pick<LostCall, 'core' | 'watch'>): Promise<void>
  /** The record of a call that goes on. */
  find(id: string): Promise<CallRecord | undefined>
  /**
   * Completes the record that was added and writes it; false: it is not here, or another controller does; undefined: a
   * file system's error, and a sweep will. Never rejects.
   */
  ended(end: CallEnd): Promise<boolean | undefined>
  /** Keeps the record of a call that has ended until `writeEnded`. Rejects with the file system's errors. */
  addEnded(call: LostCall): Promise<void>
  /** Writes it, unless the journal has one or another controller writes it. What waited of the call goes. */
  writeEnded(id: string): Promise<void>
  /** Takes it away: another machine writes it. What waited of the call goes. */
  dropEnded(id: string): Promise<void>
  /** Keeps the record of a call that FreeSWITCH brings back. Never rejects. */
  addWaiting(call: LostCall): Promise<void>
  /** The same, which stays until `writeEnded`: others need it as well. Undefined: there is none. Rejects with the file system's errors. */
  findWaiting(id: string): Promise<LostCall | undefined>
  /** Takes it away; undefined: there is none, or it cannot be read. Never rejects. */
  takeWaiting(id: string): Promise<CallRecord | undefined>
  /** Keeps the record of a call whose connection was lost until `settleLost`. Rejects with the file system's errors. */
  addLost(call: LostCall, core: string): Promise<void>
  /**
   * Where the Core-UUID of its FreeSWITCH is still `core`, another controller goes on with the call and the file goes. Where
   * it is not, and the call does not exist, the record is written. Rejects when FreeSWITCH does not answer.
   */
  settleLost(id: string, core: string, freeswitch: Switch): Promise<void>
  /**
   * Writes what other controllers left, and the records of calls that do not exist any more. Each FreeSWITCH is asked of its
   * own calls; those of one that does not answer wait for another sweep.
   */
  sweep(switches: Switches, options?: SweepOptions): Promise<void>
  /** From here on what became of lost calls stays on the disk: their `missed` webhooks could not be requested. */
  close(): void
}

export interface SweepOptions {
  /** Looks at no more conversations than so many, and goes on where the sweep before stopped. */
  readonly most?: number
  /** Whose calls are left to other sweeps. */
  readonly without?: ReadonlySet<Switch>
}

export interface PendingOptions {
  readonly folder: string
  readonly journal: Pick<Journal, 'write' | 'find'>
  /** Of the journal. */
  readonly tail: JournalTail
  /** A record is about to be written, whose call has ended: at `atMs`, or nobody knows when. Never rejects. */
  readonly onEnd?: (call: LostCall, atMs: number | undefined) => Promise<void>
  /** The record of a lost call has been written. */
  readonly onWritten: (call: LostCall) => void
  readonly log: Pick<Logger, 'warn' | 'error'>
  /** Names this controller in the names of the files it claims; letters, digits and dashes. */
  readonly claimant: string
  /** Of what this machine may not have been there for, others may have written the records. Absent: there are none. */
  readonly others?: Pick<OtherMachines, 'claim' | 'isHeard'> | undefined
  readonly now?: () => number
}

const ID = UUID.source.slice(1, -1)
const talkingFile = new RegExp(`^(${ID})\\.(?:json|watched)$`, 'i')
const endedFile = new RegExp(`^(${ID})\\.ended$`, 'i')
const waitingFile = new RegExp(`^(${ID})\\.waiting$`, 'i')
const lostFile = new RegExp(`^(${ID})\\.lost-(${ID})$`, 'i')
const unfinishedFile = new RegExp(
  `^(${ID})\\.(?:(?:claimed|watched|new|writing)-[A-Za-z0-9-]+|writing)$`,
  'i',
)
const temporaryFile = new RegExp(`^(${ID})\\.tmp-[A-Za-z0-9-]+$`, 'i')
/** These are gone in milliseconds: one this old belongs to a controller that died. */
const UNFINISHED_MS = 60_000
/** A record this young may be about to be written by an event that is on its way. */
const SETTLED_MS = 5_000
/** So long a record is left where it is not known whether another machine has written it. */
const UNCLAIMED_MS = 600_000
/** A record this old is written though FreeSWITCH cannot be queried for its call. */
const MAX_AGE_MS = 24 * 3600_000

/** The record in `folder` of a call that goes on without a controller; undefined: there is none. */
export async function findPending(folder: string, id: string): Promise<CallRecord | undefined> {
  if (!UUID.test(id)) return undefined
  for (const kind of ['json', 'watched', 'waiting']) {
    const call = await read(join(folder, `${id}.${kind}`)).catch(unless('ENOENT'))
    if (call) return call.record
  }
  return undefined
}

interface Queries {
  /**
   * Whether the call in a file goes on. `unknown`: its FreeSWITCH does not say; `unknowable`: there is none that would;
   * `left`: it is left to another sweep.
   */
  goesOn(name: string, id: string): Promise<boolean | 'unknown' | 'unknowable' | 'left'>
  /** As PendingRecords has it, where its FreeSWITCH answers. */
  settleLost(name: string, id: string, core: string): Promise<void>
}

/** What is known of the end of a call. */
interface Ended {
  readonly end?: CallEnd
  /** When it was seen. */
  readonly atMs?: number | undefined
  /** Nobody knows whether it is over: nothing is told. */
  readonly isUnsure?: boolean
}

/** Opens the folder of pending records, which is made. Throws BelplanError('config') where that cannot be. */
export async function openPending(options: PendingOptions): Promise<PendingRecords> {
  const { folder, journal, tail, onEnd, onWritten, log, claimant, others, now = Date.now } = options
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
  /** Calls whose record was written without their end, since it could not wait on the disk: the end is told all the same. */
  const untold = new LRUCache<string, LostCall>({ max: 2000 })
  const path = (name: string) => join(folder, name)
  const remove = (name: string) => unlink(path(name)).catch(unless('ENOENT'))
  const leave = (id: string | undefined) => (error: unknown) =>
    log.warn({ err: error, id }, 'a record is left to the next sweep')
  const startedMs = now()
  let files = 0
  let closing = false
  /** The file that the last sweep ended with. */
  let cursor = ''

  async function put(name: string, { record, missed, watch, core }: LostCall): Promise<void> {
    const made = path(`${record.id}.tmp-${++files}-${claimant}`)
    await writeFile(made, JSON.stringify({ ...record, missed, watch, core }), { mode: 0o640 })
    await rename(made, path(name))
  }

  /** Takes a file for this controller; undefined when another was first. */
  async function claim(name: string, as: string): Promise<string | undefined> {
    const claimed = path(`${as}-${claimant}`)
    return rename(path(name), claimed).then(() => claimed, unless('ENOENT'))
  }

  async function tell(call: LostCall, { end, atMs, isUnsure = false }: Ended): Promise<LostCall> {
    const ended = { ...call, record: { ...call.record, ...end } }
    if (call.watch && !isUnsure) await onEnd?.(ended, atMs)
    return ended
  }

  /** Writes the record in a claimed file. */
  async function complete(claimed: string, call: LostCall | undefined, ended: Ended): Promise<void> {
    if (call) await journal.write((await tell(call, ended)).record)
    else log.error({ file: claimed }, 'a record was cut short and is lost')
    await unlink(claimed)
  }

  /**
   * Whether the record in a file is to be written here. `drop`: another machine has written it, and the file is gone. `leave`: that
   * is not known. `isSeen`: the end of the call was seen just now: where this controller was there before the file was, others
   * know that it is.
   */
  async function decide(name: string, id: string, isSeen: boolean): Promise<'write' | 'drop' | 'leave'> {
    if (!others) return 'write'
    const file = await stat(path(name)).catch(unless('ENOENT'))
    if (!file || (isSeen && file.mtimeMs >= startedMs && others.isHeard())) return 'write'
    const call = await read(path(name)).catch(unless('ENOENT'))
    if (!call) return 'write'
    const claimed = (await others.claim([{ id, at: call.record.at }]))?.ours
    if (claimed === undefined) {
      const isLate = now() - Math.max(file.mtimeMs, startedMs) >= UNCLAIMED_MS
      return isSeen || isLate ? 'write' : 'leave'
    }
    if (claimed.has(id)) return 'write'
    await remove(name)
    return 'drop'
  }

  async function take(name: string, id: string, ended: Ended, isSeen = false): Promise<boolean> {
    const decision = await decide(name, id, isSeen)
    if (decision !== 'write') return decision === 'drop'
    const claimed = await claim(name, claimOf(name, id))
    if (claimed !== undefined) await complete(claimed, await read(claimed), ended)
    return claimed !== undefined
  }

  /** Writes a record that other controllers may write as well, or have written. */
  async function writeOnce(
    name: string,
    id: string,
    { isUnsure = false, isClaimed = false } = {},
  ): Promise<void> {
    if (closing || (!isClaimed && (await decide(name, id, false)) !== 'write')) return
    // The same name for all, which exactly one can create; what a controller leaves that dies is taken over.
    const claimed = path(`${id}.writing`)
    const seenMs = name.endsWith('.ended') ? now() - (await ageOf(name)) : undefined
    const copied = copyFile(path(name), claimed, constants.COPYFILE_EXCL)
    if (!(await copied.then(() => true, unless('ENOENT', 'EEXIST')))) return
    await unlink(path(name))
    await finish(claimed, id, true, { atMs: seenMs, isUnsure })
  }

  /** Finishes what a controller claimed and died before writing. */
  async function takeOver(name: string, id: string): Promise<void> {
    if ((await ageOf(name, 'ctimeMs')) < UNFINISHED_MS) return
    const isLost = name.startsWith(`${id}.writing`)
    if ((isLost && closing) || (await decide(name, id, false)) !== 'write') return
    const claimed = await claim(name, isLost ? `${id}.writing` : claimOf(name, id))
    if (claimed !== undefined) await finish(claimed, id, isLost, {})
  }

  /** Writes the record in a claimed file, unless the journal has one by whichever controller. */
  async function finish(claimed: string, id: string, isLost: boolean, ended: Ended): Promise<void> {
    await tail.read()
    const call = await read(claimed)
    if (tail.has(id) || (await journal.find(id, undefined, { at: call?.record.at }))) return unlink(claimed)
    await complete(claimed, call, ended)
    // Nobody is told that a call was missed which may have been answered.
    if (call && isLost) onWritten(ended.isUnsure ? { ...call, missed: undefined } : call)
  }

  async function ended(end: CallEnd): Promise<boolean | undefined> {
    const { id } = end
    if (!UUID.test(id)) return false
    // Remembered first: the record may be put on the disk while we look for it.
    early.set(id, end)
    try {
      const call = untold.get(id)
      untold.delete(id)
      const seen = { end, atMs: now() }
      if (call) await tell(call, seen)
      const taken =
        call !== undefined ||
        (await take(`${id}.json`, id, seen, true)) ||
        (await take(`${id}.watched`, id, seen, true))
      if (taken) early.delete(id)
      return taken
    } catch (error) {
      log.error({ err: error, id }, 'a record could not be completed')
      return undefined
    }
  }

  async function settleLost(id: string, core: string, freeswitch: Switch): Promise<void> {
    const name = `${id}.lost-${core}`
    const isRestarted = !(await freeswitch.isStill(core))
    // It may have recovered the call as it started again.
    if (isRestarted && (await freeswitch.exists(id))) return
    await (isRestarted ? writeOnce(name, id) : remove(name)).catch(leave(id))
  }

  /** Milliseconds since it was written (`mtimeMs`) or got its name (`ctimeMs`); 0 where it is gone. */
  async function ageOf(name: string, since: 'mtimeMs' | 'ctimeMs' = 'mtimeMs'): Promise<number> {
    const file = await stat(path(name)).catch(unless('ENOENT'))
    return file ? now() - file[since] : 0
  }

  const isThere = async (name: string) => (await stat(path(name)).catch(unless('ENOENT'))) !== undefined

  /** Of the files of one kind the name, the call's id, and what else the name says. */
  const matching = (names: readonly string[], kind: RegExp): RegExpExecArray[] =>
    names.map((name) => kind.exec(name)).filter((match) => match !== null)

  async function takeWaiting(id: string): Promise<CallRecord | undefined> {
    if (!UUID.test(id)) return undefined
    try {
      const taken = await claim(`${id}.waiting`, `${id}.tmp-${++files}`)
      if (taken === undefined) return undefined
      const call = await read(taken)
      await unlink(taken)
      return call?.record
    } catch (error) {
      log.error({ err: error, id }, 'the record of a call that comes back cannot be read')
      return undefined
    }
  }

  /** What a sweep learns of the calls in files. A FreeSWITCH that does not answer is not asked again. */
  function createQueries(switches: Switches, without: ReadonlySet<Switch>): Queries {
    const silent = new Set<Switch>()

    /** Undefined: the file cannot be read. */
    async function whereaboutsIn(name: string, id: string): Promise<Whereabouts | undefined> {
      try {
        const call = await read(path(name)).catch(unless('ENOENT'))
        return { core: call?.core, freeswitch: call?.record.freeswitch }
      } catch (error) {
        leave(id)(error)
        return undefined
      }
    }

    async function ask<T>(its: Switch, query: (freeswitch: Switch) => Promise<T>): Promise<T | 'unknown'> {
      if (silent.has(its)) return 'unknown'
      return query(its).catch(() => {
        silent.add(its)
        return 'unknown'
      })
    }

    return {
      async goesOn(name, id) {
        const where = await whereaboutsIn(name, id)
        const its = where && switches.of(where)
        if (its) return without.has(its) ? 'left' : ask(its, (freeswitch) => freeswitch.exists(id))
        if (!where) return 'left'
        return switches.haveNot(where) ? 'unknowable' : 'unknown'
      },
      async settleLost(name, id, core) {
        const where = await whereaboutsIn(name, id)
        const its = where && switches.of(where)
        if (its && !without.has(its)) await ask(its, (freeswitch) => settleLost(id, core, freeswitch))
      },
    }
  }

  async function sweepWaiting(names: readonly string[], { goesOn }: Queries): Promise<void> {
    for (const [name, id] of matching(names, waitingFile)) {
      if (closing) return
      const ageMs = await ageOf(name)
      const isOld = ageMs >= MAX_AGE_MS
      if (ageMs < SETTLED_MS || (!isOld && (await goesOn(name, id!)) !== false)) continue
      // Whoever saw the end knows more.
      if (await isThere(`${id}.ended`)) continue
      await writeOnce(name, id!, { isUnsure: isOld }).catch(leave(id))
    }
  }

  async function sweepTalking(names: readonly string[], { goesOn }: Queries, most: number): Promise<void> {
    const all = matching(names, talkingFile)
    const behind = all.filter(([name]) => name > cursor)
    for (const [name, id] of [...behind, ...all.slice(0, all.length - behind.length)].slice(0, most)) {
      if (closing) return
      const ageMs = await ageOf(name)
      if (ageMs < SETTLED_MS) continue
      cursor = name
      const answer = await goesOn(name, id!)
      const isDue = answer === false || answer === 'unknowable' || ageMs >= MAX_AGE_MS
      if (!isDue || answer === 'left') continue
      await take(name, id!, { isUnsure: answer !== false }).catch((error: unknown) =>
        log.error({ err: error, id }, 'a record could not be completed'),
      )
    }
  }

  async function sweepLost(names: readonly string[], { settleLost }: Queries): Promise<void> {
    const lost = matching(names, lostFile)
    // A controller that went on with the call has left a record of its own, which says more.
    const others = new Set(
      [talkingFile, unfinishedFile, temporaryFile].flatMap((kind) =>
        matching(names, kind).map(([, id]) => id),
      ),
    )
    for (const [name, id, core] of lost) if (!closing && !others.has(id)) await settleLost(name, id!, core!)
  }

  return {
    async add(record, more = {}) {
      const { id } = record
      if (!UUID.test(id)) return journal.write(record)
      const call: LostCall = { record, missed: undefined, ...more }
      try {
        await put(`${id}.${call.watch ? 'watched' : 'json'}`, call)
      } catch (error) {
        log.error({ err: error, id }, 'a record cannot wait for its end and is written without')
        if (call.watch) untold.set(id, call)
        await journal.write(record)
      }
      const end = early.get(id)
      if (end !== undefined) await ended(end)
    },

    find: (id) => findPending(folder, id),

    ended,

    async addEnded(call) {
      if (UUID.test(call.record.id)) await put(`${call.record.id}.ended`, call)
    },
    async writeEnded(id) {
      await writeOnce(`${id}.ended`, id, { isClaimed: true })
      if (!closing && UUID.test(id)) await remove(`${id}.waiting`)
    },
    async dropEnded(id) {
      if (!UUID.test(id)) return
      await remove(`${id}.ended`)
      await remove(`${id}.waiting`)
    },

    async addWaiting(call) {
      const { id } = call.record
      await put(`${id}.waiting`, call).catch((error: unknown) =>
        log.error(
          { err: error, id },
          'the record of a call that comes back cannot be kept: its steps are lost',
        ),
      )
    },
    async findWaiting(id) {
      return UUID.test(id) ? read(path(`${id}.waiting`)).catch(unless('ENOENT')) : undefined
    },
    takeWaiting,

    async addLost(call, core) {
      if (UUID.test(call.record.id) && UUID.test(core)) await put(`${call.record.id}.lost-${core}`, call)
    },
    settleLost,

    async sweep(switches, { most = Infinity, without = new Set<Switch>() } = {}) {
      const names = (await readdir(folder)).sort()
      for (const [name, id] of matching(names, temporaryFile))
        if ((await ageOf(name, 'ctimeMs')) >= UNFINISHED_MS) await remove(name).catch(leave(id))
      for (const [name, id] of matching(names, unfinishedFile))
        await takeOver(name, id!).catch((error: unknown) => log.warn({ err: error, id }, 'claim left'))
      for (const [name, id] of matching(names, endedFile))
        if ((await ageOf(name)) >= SETTLED_MS) await writeOnce(name, id!).catch(leave(id))
      const queries = createQueries(switches, without)
      await sweepTalking(names, queries, most)
      await sweepWaiting(names, queries)
      await sweepLost(names, queries)
    },

    close: () => void (closing = true),
  }
}

/** Version 0.1.0 takes over what was claimed as it does itself, and would write into the journal what is to be told. */
const claimOf = (name: string, id: string): string =>
  name.includes('.watched') ? `${id}.watched` : `${id}.claimed`

/** Handles a file system's error with one of these codes, and throws any other. */
function unless(...codes: readonly string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error
    return undefined
  }
}

/** Undefined: it was cut short. Rejects with the file system's errors. */
async function read(file: string): Promise<LostCall | undefined> {
  return pendingCall(await readFile(file, 'utf8'))
}
