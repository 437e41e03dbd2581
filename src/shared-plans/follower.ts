/**
 * Follows the chain of revisions for a controller: keeps a copy of it on this machine, tells the controller what serves, publishes,
 * and answers what is asked of plans. It goes on with the copy while the database is away.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { createChecker, type GrantEntries, type LintOptions, type SetChange } from '../plan/index.ts'
import { type Connection, isOutage, watchSchema } from '../postgres/index.ts'
import { createTurns } from '../util/in-turn.ts'
import { listed } from '../util/listed.ts'
import { within } from '../util/within.ts'
import { asKept, catchUp, isThere, NO_PLANS } from './catch-up.ts'
import type { ChainRevision, Part } from './chain.ts'
import { readChanged, readNewest, readRevisionNamed, readState, withLock } from './database-chain.ts'
import type { LocalCopy } from './local-copy.ts'
import type {
  CompareAnswer,
  ContentPiece,
  FileToPublish,
  OwnFromPlans,
  PinAnswer,
  PublishAnswer,
  Publisher,
  SharedFile,
} from './messages.ts'
import { answered, fileIn, publishFile } from './publish.ts'
import {
  compareRevisions,
  contentOf,
  differenceInDatabase,
  eachBody,
  findRevision,
  type KeptRevision,
  namesByHash,
} from './read-plans.ts'

export interface FollowerOptions {
  readonly db: Connection
  /** Both throw while the disk does not let them be opened. */
  readonly copy: () => LocalCopy
  /** The same copy, opened another time: it is read while the first one is written. */
  readonly reader: () => LocalCopy
  /** What the controller serves already. */
  readonly serving: number | undefined
  readonly defaultCountry: LintOptions['defaultCountry']
  readonly grants: GrantEntries | undefined
  readonly tell: (message: OwnFromPlans) => void
  readonly log: (level: 'info' | 'error', fields: object, message: string) => void
}

export interface Follower {
  /** The controller has taken a slice of this change. */
  took(id: number): void
  /** Of the newest revision, as far as the database says in time which that is. */
  file(part: Part, name: string): Promise<SharedFile | undefined>
  publish(file: FileToPublish, by: Publisher): Promise<PublishAnswer>
  rollback(revision: string): Promise<PinAnswer>
  reload(): Promise<PinAnswer>
  /** The name of the newest revision, as far as that is known here. */
  newest(): Promise<string | undefined>
  /** Sends a revision, as what is different from `base`; false: it is not known. */
  bring(id: number, revision: string, base: number): Promise<boolean>
  /** The newest first, as far as anybody reads. */
  revisions(): Promise<ChainRevision[]>
  compare(from: string, to: string, documents: readonly string[]): Promise<CompareAnswer>
  /** Undefined: there is no such revision, or it is not here while the database is away. */
  content(revision: string, documents: readonly string[], after: string): Promise<ContentPiece | undefined>
  close(): void
}

/** How often the end of the chain is looked at. */
const POLL_MS = 300
/** After failures the pause grows up to this. */
const LONGEST_PAUSE_MS = 2000
/** Whoever asks for a file waits so long for the database to say which one is the newest. */
const FRESH_MS = 1000

const MOST_NAMED = 5
/** Of the chain, that are told. */
const MOST_REVISIONS = 1000
/** A revision that is read is asked for piece by piece. */
const READ_MS = 60_000

const PRUNE_MS = 3600_000

export function createFollower(options: FollowerOptions): Follower {
  const { db, copy, reader, defaultCountry, grants, tell, log } = options
  /** What changes the copy, or is sent of it. */
  const inTurn = createTurns()
  const bringing = createTurns()
  /** id of a change → goes on with its next slice. */
  const sending = new Map<number, () => void>()
  /** What the controller serves; without `key` it has that of the copy at its start. */
  let shown: { readonly seq: number; readonly key?: string } | undefined =
    options.serving === undefined ? undefined : { seq: options.serving }
  let trouble: string | undefined
  let isKnown = false
  /** Where the copy was when the controller was told. */
  let told: string | undefined
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let pause = POLL_MS
  let pruned = performance.now()
  const schema = watchSchema(db)

  /** `why`: the database cannot be used; undefined: it is. */
  function note(why: string | undefined): void {
    if (isKnown && why === trouble) return
    if (why !== undefined && trouble === undefined)
      log('error', { why }, 'the database with the plans cannot be used; those kept here serve')
    if (why === undefined && isKnown) log('info', {}, 'the database with the plans is there again')
    isKnown = true
    trouble = why
    tell({ say: 'inStep', ...(why !== undefined && { why }) })
  }

  async function send(id: number, base: number | undefined, { removed, slices }: SetChange): Promise<void> {
    tell({ say: 'change', id, removed: [...removed], ...(base !== undefined && { base }) })
    for (const slice of slices) {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      sending.set(id, () => resolve(undefined))
      tell({ say: 'slice', id, slice })
      await promise
    }
    sending.delete(id)
  }

  /** What the controller serves, where the copy still has it: one that began anew may have another revision in its place. */
  function baseIn(of: LocalCopy): number | undefined {
    if (shown === undefined) return undefined
    const { seq, key } = shown
    const there = revisionIn(of, seq)
    return there && (key === undefined || keyOf(there) === key) ? seq : undefined
  }

  async function sendFrom(of: LocalCopy, id: number, base: number | undefined, seq: number): Promise<void> {
    if (base === undefined) await send(id, undefined, { removed: [], slices: of.slices(seq) })
    else await send(id, base, of.difference(base, seq))
  }

  /** Has the controller serve what the copy says. */
  async function show(): Promise<void> {
    const here = copy().state()
    if (here === undefined) return
    const place = `${keyOf(revisionIn(copy(), here.seq)!)} ${here.pinned}`
    if (place === told) return
    for (const isFirst = told === undefined; !copy().prepare(); await turn())
      if (isFirst) tell({ say: 'filling' })
    // Of a large set it takes a moment the first time: whoever publishes next does not wait for it.
    if (told === undefined) copy().nameWith([])
    const { pinned } = here
    const seq = pinned ?? here.seq
    const serving = revisionIn(copy(), seq)!
    const base = baseIn(copy())
    if (seq !== base) await sendFrom(copy(), 0, base, seq)
    shown = { seq, key: keyOf(serving) }
    const { revision, what, author = '', controller = '' } = serving
    const published = { what, author, controller }
    const isPinned = pinned !== undefined
    told = place
    tell({ say: 'serve', serving: { seq, revision, isPinned, heldBack: copy().heldBack(seq), published } })
  }

  /** In turn: nothing else changes the copy, or the chain from here. */
  async function takeIn(): Promise<void> {
    const state = await readState(db)
    if (state.newest === undefined) throw new Error(NO_PLANS)
    if (!isThere(copy(), state)) await catchUp(db, copy(), state, () => tell({ say: 'filling' }))
    await show()
  }

  /** What was changed here is so on all machines, whatever becomes of it on this one: where that fails it is told by the next look. */
  async function takeInLater(): Promise<void> {
    await takeIn().catch(() => undefined)
  }

  /** What nobody served for long goes; what serves here is spared, whatever the chain says. */
  async function prune(): Promise<void> {
    if (performance.now() < pruned + PRUNE_MS) return
    while (!copy().prune(Date.now(), shown ? [shown.seq] : [])) await turn()
    pruned = performance.now()
  }

  async function look(): Promise<void> {
    await schema.require()
    await inTurn(takeIn)
    await inTurn(prune)
  }

  async function follow(): Promise<void> {
    try {
      // The database may be away for long.
      await inTurn(show)
      await look()
      note(undefined)
      pause = POLL_MS
    } catch (error) {
      if (isClosed) return
      schema.doubt()
      note((error as Error).message)
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
    }
    if (!isClosed) timer = setTimeout(() => void follow(), pause)
  }
  void follow()

  /** Documents of a revision that may not claim any more what they claim, among those that do not serve already. */
  async function ungranted(seq: number): Promise<string[]> {
    const checker = createChecker({
      ...(defaultCountry !== undefined && { defaultCountry }),
      ...(grants && { grants }),
    })
    const changed = await readChanged(db, shown?.seq ?? 0, seq)
    const names = namesByHash(changed)
    const refused: string[] = []
    for await (const [hash, body] of eachBody(db, names.keys()))
      for (const name of names.get(hash)!)
        if (checker.restore(name, JSON.parse(body)) === undefined) refused.push(name)
    return refused.sort()
  }

  async function rollBack(revision: string): Promise<PinAnswer> {
    await takeIn()
    const seq = copy().seqOf(revision) ?? (await readRevisionNamed(db, revision))
    if (seq === undefined) return { is: 'none' }
    const refused = await ungranted(seq)
    if (refused.length > 0) {
      const names = listed(refused, { most: MOST_NAMED })
      const why = `what is in ${names} is not granted now, or of an earlier version`
      return { is: 'notGranted', message: `revision ${revision} cannot serve any more: ${why}` }
    }
    const previous = nameShown()
    await withLock(db, ({ pin }) => pin(seq))
    await takeInLater()
    return { is: 'serves', revision, previous }
  }

  /** Read piece by piece, and compared one with another. */
  const read = new LRUCache<string, KeptRevision>({ max: 2, ttl: READ_MS })

  async function kept(revision: string): Promise<KeptRevision | undefined> {
    const known = read.get(revision)
    if (known) return known
    const found = await unlessAway(findRevision(reader(), db, revision))
    if (found) read.set(revision, found)
    return found
  }

  const nameShown = (): string => (shown && copy().nameOf(shown.seq)) ?? ''

  const change = <T>(work: () => Promise<T>) => inTurn(() => answered(work))

  return {
    took(id) {
      sending.get(id)?.()
    },
    async file(part, name) {
      if (trouble === undefined) await within(FRESH_MS, inTurn(takeIn)).catch(() => false)
      return fileIn(reader(), part, name)
    },
    publish: (file, by) =>
      change(async () => {
        const answer = await publishFile(db, copy(), file, by)
        // What others published is taken in by now, too. Where that fails it is told by the next look.
        await show().catch(() => undefined)
        return answer
      }),
    rollback: (revision) => change(() => rollBack(revision)),
    reload: () =>
      change(async () => {
        const previous = nameShown()
        const { pinned } = await readState(db)
        if (pinned === undefined) {
          await takeIn()
          return { is: 'serves', revision: nameShown(), previous }
        }
        const newest = await withLock(db, async ({ state, pin }) => {
          await pin(undefined)
          return state.newest!
        })
        await takeInLater()
        return { is: 'serves', revision: newest.revision, previous }
      }),
    async newest() {
      if (trouble === undefined) await within(FRESH_MS, inTurn(takeIn)).catch(() => false)
      return reader().state()?.revision
    },
    bring: (id, revision, base) =>
      bringing(async () => {
        const seq = reader().seqOf(revision)
        const isKnown = base === baseIn(reader())
        if (seq !== undefined) {
          await sendFrom(reader(), id, isKnown ? base : undefined, seq)
          return true
        }
        if (!isKnown) return false
        const difference = await unlessAway(differenceInDatabase(db, base, revision, defaultCountry))
        if (difference) await send(id, base, difference)
        return difference !== undefined
      }),
    async revisions() {
      const here = () => [...firstOf(reader().revisions(), MOST_REVISIONS)]
      if (trouble !== undefined) return here()
      // A machine that came later does not have them all.
      return readNewest(db, MOST_REVISIONS).then((all) => all.map(asKept), here)
    },
    async compare(from, to, documents) {
      const before = await kept(from)
      if (before === undefined) return { missing: from }
      const after = await kept(to)
      if (after === undefined) return { missing: to }
      return compareRevisions(before, after, { documents, defaultCountry })
    },
    async content(revision, documents, after) {
      const found = await kept(revision)
      return found && contentOf(found, { documents, after })
    },
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

/** Another one for each that was ever published, also where two have one place in two chains. */
const keyOf = ({ seq, revision, atMs, controller }: ChainRevision): string =>
  `${seq} ${revision} ${atMs} ${controller}`

async function unlessAway<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isOutage(error)) return undefined
    throw error
  }
}

function* firstOf<T>(all: Iterable<T>, most: number): Generator<T> {
  let count = 0
  for (const one of all) {
    if (count++ === most) return
    yield one
  }
}

function revisionIn(copy: LocalCopy, wanted: number): ChainRevision | undefined {
  for (const revision of copy.revisions()) if (revision.seq === wanted) return revision
  return undefined
}
