/**
 * Keeps the copies of a controller's events in the database that machines share, and takes over those of a machine that is
 * lost. No event waits for it but one whose holder, or whose order, another machine may know better, and that not for long.
 */
import { isOutage } from '../postgres/index.ts'
import { within } from '../util/within.ts'
import { createBatches } from './batches.ts'
import type { Changed, Copies } from './copies.ts'
import { type ListQuery, listed, type Row, type StoredEvent, TRIED_MS, type Waiting } from './event-list.ts'
import type { Elsewhere, EventStore } from './event-store.ts'
import type { ListedEvent } from './listed-event.ts'
import { type Answer, type Holding, openSharedEvents, type Question } from './shared-events.ts'

export interface CopyingOptions {
  /** Of the database. */
  readonly url: string
  /** Of the controller, such as `pbx1:8084`. */
  readonly controller: string
  /** Of the store; no other has it. */
  readonly name: string
  /** Its events are copied, as its `copies` say. */
  readonly store: EventStore
  readonly copies: Copies
  /** Reads what the controller has appended to its log. */
  readonly readLog: () => Promise<void>
  readonly isSending: (id: string) => boolean
  /** Events of this webhook may be due. */
  readonly onAdded: (event: Waiting) => void
  readonly log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void
  /** Whoever was not seen for so long is lost [15,000]. */
  readonly lostMs?: number
}

export interface Copying {
  /** Undefined: nobody else has it, or earlier ones of its call. Never rejects. */
  elsewhere(event: StoredEvent): Promise<Elsewhere> | undefined
  /** Those of other holders, the oldest first; undefined: the database does not answer. */
  list(query: ListQuery): Promise<readonly ListedEvent[] | undefined>
  /** That have events in the list; undefined: the database does not answer. */
  documents(): Promise<readonly string[] | undefined>
  /** Of one that another holder gave up; undefined: there is none. Rejects where the database does not answer. */
  retry(id: string): Promise<ListedEvent | undefined>
  /** Files of controllers that have ended were taken over. */
  tookOver(): void
  counts(): { readonly uncopied: number; readonly adopted: number }
  /** Copies what there is, and waits `withinMs` for that. */
  close(withinMs: number): Promise<void>
}

/** A question that hangs, and a new connection, take half of it. */
const LOST_MS = 15_000
/** Whoever lives says so so often within that time. */
const SEEN_TIMES = 15
const COPY_MS = 200
/** Most are delivered before. */
const YOUNG_MS = 150
/** What was kept before is in the log by now. */
const SETTLED_MS = 1000
/** A controller that is busy is not to be taken for lost. */
const READ_MS = 200
/** After failures, twice as long each time. */
const [SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS] = [500, 2000]
const BATCH = 500
/** Of one question. Most events have 1 KB; those of calls that rang many telephones, ten and more. */
const BATCH_BYTES = 1_000_000
/** Ids that are asked for in one go. */
const PAGE = 1000
/** What others took over is looked at again, for those who were slow to say so. */
const OVERLAP_MS = 10_000
/** One that lives and copies nothing holds up nobody any longer. */
const HIDDEN_MS = 60_000
const TIDY_MS = 10 * 60_000

export function openCopying(options: CopyingOptions): Copying {
  const { url, controller, name, store, copies, readLog, isSending, onAdded, log } = options
  const { lostMs = LOST_MS } = options
  const seenMs = lostMs / SEEN_TIMES
  const shared = openSharedEvents({ url, name, controller, takenOver: copies.takenOver, lostMs })
  /** Since when the database does not answer, as no clock shows it that can be put back. */
  let awaySinceMs: number | undefined = performance.now()
  let isAwayLogged = false
  let pauseMs = 0
  /** As it was last told by the database; undefined: others may have taken events over, or a standby may lack some. */
  let steadySinceMs: number | undefined
  /** The clocks of the database and of this machine, as it last answered. */
  let answered: { readonly atMs: number; readonly receivedMs: number } | undefined
  /** All that was in the log then is in the store. */
  let readMs = 0
  /** There may be events in the name of this holder that are not in its store. */
  let mustRead = false
  let failing = false
  let lookedMs = -Infinity
  let tidiedMs = performance.now()
  /** The last of those whose files were taken over, and whether all are signed off. */
  let lastTaken: string | undefined
  let isLeft = true
  let adopted = 0
  /** Settles when what was just taken over is in the store. */
  let adopting: Promise<unknown> = Promise.resolve()
  let unaskedSinceMs: number | undefined
  let closing = false
  let seeing: NodeJS.Timeout | undefined
  let waking: NodeJS.Timeout | undefined
  let working = Promise.resolve()
  const inCopies = createBatches(BATCH)
  const inReads = createBatches(BATCH)
  const inTakeovers = createBatches(BATCH)

  function away(error: unknown): void {
    steadySinceMs = undefined
    shared.schema.doubt()
    awaySinceMs ??= performance.now()
    pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, 2 * pauseMs))
    if (!isAwayLogged)
      log('warn', { err: error }, 'the shared database cannot be used: events are told by this machine alone')
    isAwayLogged = true
  }

  function back(): void {
    if (isAwayLogged)
      log('info', { uncopied: copies.waiting() }, 'events are copied to the shared database again')
    isAwayLogged = false
    awaySinceMs = undefined
    pauseMs = 0
  }

  /** All that was kept before is copied, by the clock of the database: it answered after it was asked. */
  function copiedUntil(): Date {
    if (!answered) return new Date(0)
    return new Date(answered.atMs + Math.min(copies.oldestMs(), readMs - SETTLED_MS) - answered.receivedMs)
  }

  async function read(): Promise<void> {
    const beganMs = Date.now()
    await readLog()
    readMs = beganMs
  }

  async function see(): Promise<void> {
    try {
      await within(READ_MS, read())
      await shared.schema.require()
      const { atMs, steadySinceMs: since } = await shared.seen(copiedUntil())
      answered = { atMs, receivedMs: Date.now() }
      if (since !== steadySinceMs) {
        copies.doubtAll()
        mustRead = true
      }
      steadySinceMs = since
      back()
    } catch (error) {
      away(error)
    }
    if (!closing) seeing = setTimeout(() => void see(), pauseMs || seenMs)
  }

  async function work(): Promise<void> {
    let isMore = false
    try {
      if (steadySinceMs !== undefined) {
        await settle()
        if (mustRead) await readHeld()
        isMore = await copy()
        if (performance.now() - lookedMs >= seenMs) isMore = (await lookAround()) || isMore
        failing = false
      }
    } catch (error) {
      // It may have been done all the same.
      steadySinceMs = undefined
      if (!isOutage(error) && !failing) {
        failing = true
        log('error', { err: error }, 'events cannot be copied to the shared database')
      }
    }
    if (!closing) waking = setTimeout(wake, isMore ? 0 : failing ? LONGEST_PAUSE_MS : COPY_MS)
  }

  function wake(): void {
    working = work()
  }

  /** Whose holder is not known for sure: others may have taken them over, or told them. */
  async function settle(): Promise<void> {
    for (let after = ''; ;) {
      const ids = copies.doubtful(after, PAGE)
      if (ids.length === 0) return
      after = ids.at(-1)!
      const found = await shared.holdings(ids)
      const those = (holding: Holding | undefined) => ids.filter((id) => found.get(id) === holding)
      copies.sure(those('here'), true)
      // A standby that took over may lack what was copied last.
      copies.sure(those(undefined), false)
      store.delivered(those('told'))
      // What is being sent may be told now, which its new holder is then told.
      store.drop(those('elsewhere').filter((id) => !isSending(id)))
    }
  }

  /** What was taken over for this store as the process before, or the connection, was lost. */
  async function readHeld(): Promise<void> {
    for (
      let page = await shared.held(undefined, PAGE);
      page.length > 0;
      page = await shared.held(page.at(-1), PAGE)
    ) {
      const unknown = copies.unknown(page.map(({ id }) => id))
      for (let at = 0; at < unknown.length;)
        await inReads(async (most) => {
          const ids = unknown.slice(at, at + most)
          adopt(await shared.read(ids))
          at += ids.length
          return ids.length
        })
    }
    mustRead = false
  }

  function adopt(rows: readonly Row[]): void {
    store.adopt(rows)
    for (const row of rows) onAdded(row)
  }

  /** Whether there may be more. */
  const copy = (youngMs = YOUNG_MS): Promise<boolean> =>
    inCopies(async (most) => {
      const changed = copies.changed(Date.now() - youngMs, most)
      const these = firstOf(changed, BATCH_BYTES)
      if (these.length > 0) await copyThese(these)
      return these.length < changed.length ? most : changed.length
    })

  async function copyThese(changed: readonly Changed[]): Promise<void> {
    copies.sent(changed)
    const kept = changed.filter(({ row }) => row)
    if (kept.length > 0) {
      const held = await shared.copy(kept.map(({ row }) => row!))
      copies.done(kept.filter(({ id }) => held.has(id)))
      copies.doubt(kept.map(({ id }) => id).filter((id) => !held.has(id)))
    }
    const gone = changed.filter(({ row }) => !row)
    if (gone.length > 0) {
      await shared.remove(gone)
      copies.done(gone)
    }
  }

  /** Whether there may be more. */
  async function lookAround(): Promise<boolean> {
    const beganMs = performance.now()
    if (!isLeft) {
      isLeft = true
      await shared.leave(copies.takenOver())
    }
    const lost = await shared.takenSince(answered!.atMs - OVERLAP_MS, PAGE)
    if (lost.length < PAGE) copies.doubt(lost)
    else copies.doubtAll()
    const taking = inTakeovers(takeOver)
    adopting = taking.catch(() => undefined)
    const isMore = await taking
    if (beganMs - tidiedMs > TIDY_MS) {
      tidiedMs = beganMs
      await shared.tidy()
    }
    if (!isMore) lookedMs = beganMs
    return isMore
  }

  /** Resolves with how many. */
  async function takeOver(most: number): Promise<number> {
    // What a neighbour holds lies in this folder: it is taken over from there.
    const lost = await shared.adopt(most, store.neighbours())
    if (!lost) return 0
    const { controller, rows } = lost
    adopt(rows)
    adopted += rows.length
    log('info', { controller, events: rows.length }, 'events of a machine that is lost are taken over')
    return rows.length
  }

  /** Those of many events go together. */
  const asked: { readonly question: Question; readonly answer: (answer: Answer | undefined) => void }[] = []
  let asking = false

  /** Undefined: the database did not answer. */
  function ask(question: Question): Promise<Answer | undefined> {
    return new Promise((answer) => {
      asked.push({ question, answer })
      if (!asking) void askAll()
    })
  }

  async function askAll(): Promise<void> {
    asking = true
    await new Promise(setImmediate)
    while (asked.length > 0) {
      const some = asked.splice(0, BATCH)
      const answers = await shared.elsewhere(some.map(({ question }) => question)).catch(() => undefined)
      for (const { question, answer } of some) answer(answers?.get(question.id))
    }
    asking = false
  }

  /** Of what cannot be asked for: there is time enough for a short outage, and a long one holds up nothing. */
  const unknown = (sinceMs: number): Elsewhere =>
    performance.now() - sinceMs < lostMs ? 'earlier' : 'nothing'

  async function ofOthers({ id, call, webhook, place, since }: StoredEvent): Promise<Elsewhere> {
    if (awaySinceMs !== undefined) return unknown(awaySinceMs)
    const ageMs = Date.now() - since
    const before = adopted
    const answer = await ask({ id, call, webhook, place, ageMs })
    await adopting
    // By the database earlier ones are held here that were not in the store as it was asked for.
    if (adopted !== before) return 'earlier'
    if (answer === undefined || steadySinceMs === undefined || mustRead)
      return unknown((unaskedSinceMs ??= performance.now()))
    unaskedSinceMs = undefined
    if (answer === 'hidden') return ageMs < HIDDEN_MS ? 'earlier' : 'nothing'
    return answer === 'earlier' && ageMs > TRIED_MS ? 'nothing' : answer
  }

  /** Undefined: the database does not answer. */
  async function answerOf<T>(question: () => Promise<T>): Promise<T | undefined> {
    if (awaySinceMs !== undefined) return undefined
    return question().catch(() => undefined)
  }

  void see()
  wake()

  return {
    elsewhere(event) {
      try {
        return event.shared || !copies.isSure(event.id) ? ofOthers(event) : undefined
      } catch {
        return Promise.resolve('earlier')
      }
    },
    list: (query) => answerOf(async () => (await shared.list(query)).map(listed)),
    documents: () => answerOf(shared.documents),
    async retry(id) {
      const row = await shared.retry(id, Date.now())
      if (!row) return undefined
      adopt([row])
      return listed(row)
    },
    tookOver() {
      const last = copies.takenOver().at(-1)
      if (last !== lastTaken) isLeft = false
      lastTaken = last
    },
    counts: () => ({ uncopied: copies.waiting(), adopted }),
    async close(withinMs) {
      closing = true
      clearTimeout(seeing)
      clearTimeout(waking)
      await within(withinMs, finish()).catch(() => false)
      await within(withinMs, shared.close())
    },
  }

  async function finish(): Promise<void> {
    await working
    if (steadySinceMs === undefined) return
    while (await copy(0));
    if (store.count('waiting') === 0 && store.count('givenUp') === 0) await shared.leave([name])
  }
}

/** The first ones that have so many bytes together, one at least, and all that have none. */
function firstOf(changed: readonly Changed[], bytes: number): readonly Changed[] {
  let sum = 0
  return changed.filter(({ row }, index) => {
    sum += row ? Buffer.byteLength(row.body) : 0
    return index === 0 || !row || sum <= bytes
  })
}
