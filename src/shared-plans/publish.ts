/** What makes the chain longer, and what serves of it, from a process that keeps a copy of it. */
import { setImmediate as turn } from 'node:timers/promises'
import { documentMatcher, type Finding } from '../plan/index.ts'
import { type Connection, isOutage } from '../postgres/index.ts'
import { asKept, catchUp, isThere, NO_PLANS } from './catch-up.ts'
import type { Part } from './chain.ts'
import {
  type ChainState,
  type FileChange,
  hashOf,
  type Published,
  readState,
  UnknownOutcome,
  withLock,
  writeBodies,
} from './database-chain.ts'
import type { LocalCopy } from './local-copy.ts'
import type { FileToPublish, PublishAnswer, Publisher, SharedFile, Unpublished } from './messages.ts'

/** Another one that publishes has this many ahead of it taken in under the lock; of more it is caught up before. */
const MOST_UNDER_LOCK = 20
const MOST_TRIES = 10
const LOCK_NOT_AVAILABLE = '55P03'

export function fileIn(copy: LocalCopy, part: Part, name: string): SharedFile | undefined {
  const found = copy.file(part, name)
  return found && { bytes: Buffer.from(found.body), hash: found.hash }
}

/**
 * Makes the chain longer by one file that is put or removed. It was validated by itself; its numbers are judged against those of
 * all others here, as they are when nobody else can publish.
 */
export async function publishFile(
  db: Connection,
  copy: LocalCopy,
  file: FileToPublish,
  by: Publisher,
): Promise<PublishAnswer> {
  const { part, name, bytes } = file
  const body = bytes && Buffer.from(bytes).toString()
  const hash = bytes && hashOf(bytes)
  const change: FileChange = { part, name, ...(hash !== undefined && { hash }) }

  async function inLock(): Promise<PublishAnswer | 'behind'> {
    let published: Published | undefined
    const answer = await withLock(db, async ({ trx, state, extend }) => {
      if (!isThere(copy, state)) {
        if (isFarBehind(copy, state)) return 'behind'
        await catchUp(trx, copy, state)
      }
      const refusal = refusalOf(copy, file)
      if (refusal) return refusal
      if (body !== undefined && hash !== undefined) await writeBodies(trx, new Map([[hash, body]]))
      const what = `${bytes ? 'put' : 'delete'}${part === 'tests' ? 'Tests' : ''}`
      const changed = part === 'tests' ? [] : [{ name, ...(body !== undefined && { body }) }]
      published = await extend({ ...{ revision: copy.nameWith(changed), what, ...by }, files: [change] })
      const previous = copy.state()?.revision ?? published.revision
      const isServed = state.pinned === undefined
      return { is: 'published', revision: published.revision, previous, isServed } as const
    })
    if (published) takeIn(published)
    return answer
  }

  /** It is published in any case: where the disk is full, it is fetched later. */
  function takeIn(published: Published): void {
    try {
      if (body !== undefined) copy.keep([{ part, body }])
      copy.append(asKept(published), [change])
    } catch {
      // Whoever follows the chain says so.
    }
  }

  for (let tries = 1; ; tries++) {
    const state = await readState(db)
    if (state.newest === undefined && copy.state()) return { is: 'away', why: NO_PLANS }
    await catchUp(db, copy, state)
    // What takes long is done while nobody waits for the lock.
    while (!copy.prepare()) await turn()
    const answer = await inLock()
    if (answer !== 'behind') return answer
    if (tries === MOST_TRIES) return { is: 'away', why: 'others publish all the time' }
  }
}

function isFarBehind(copy: LocalCopy, { newest }: ChainState): boolean {
  const here = copy.state()
  return here === undefined || newest === undefined || Math.abs(newest.seq - here.seq) > MOST_UNDER_LOCK
}

/** Why it cannot be published now; the copy is where the chain is, and nobody else changes it. */
function refusalOf(
  copy: LocalCopy,
  { part, name, bytes, expected, beside, visible }: FileToPublish,
): PublishAnswer | undefined {
  const there = fileIn(copy, part, name)
  if (there?.hash !== expected) return { is: 'changed', ...(there && { file: there }) }
  if (beside !== undefined) {
    const other = copy.file(part === 'document' ? 'tests' : 'document', name)?.hash ?? null
    if (other !== beside) return { is: 'besideChanged' }
  }
  if (part === 'tests') return undefined
  const errors = bytes ? conflictsOf(bytes) : copy.list('document').length === 1 ? [lastOne(name)] : []
  return errors.length > 0 ? { is: 'invalid', errors } : undefined

  function conflictsOf(file: Uint8Array): Finding[] {
    return copy.conflicts(name, Buffer.from(file).toString(), documentMatcher(visible))
  }
}

function lastOne(name: string): Finding {
  const message = 'this is the last document; a plan set without any cannot serve'
  return { document: name, file: `${name}.json`, line: 1, column: 1, pointer: '', message }
}

/** What it means that the database did not do `work`, which changes the chain. */
export async function answered<T>(work: () => Promise<T>): Promise<T | Unpublished> {
  try {
    return await work()
  } catch (error) {
    const { code, message: why } = error as { code?: string; message: string }
    if (error instanceof UnknownOutcome) return { is: 'unknown', why }
    if (code === LOCK_NOT_AVAILABLE) return { is: 'away', why: 'somebody else publishes for too long' }
    if (isOutage(error)) return { is: 'away', why }
    throw error
  }
}
