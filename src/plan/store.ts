/** The plan set that serves, and those that calls in progress began with. */
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { BelplanError, errorFields } from '../util/errors.ts'
import { createTurns } from '../util/in-turn.ts'
import { singleFlight } from '../util/single-flight.ts'
import type { LintOptions } from './lint/index.ts'
import {
  type DocumentFile,
  formatFinding,
  openDocumentFiles,
  type Finding,
  type ReplacedDocument,
  type TestedDocument,
  type TestModule,
} from './loading/index.ts'
import { restoring } from './remembered-sets.ts'
import { openRevisions, type PlanSet } from './revisions/index.ts'
import { createSetJobs, type LoadedPlans, type SetJobs, type WouldChange } from './set-jobs.ts'

export interface StoreOptions extends Omit<LintOptions, 'refusal'> {
  /** `keepPrevious`: a document that does not validate keeps its last valid form. Default `refuseSet`. */
  readonly invalidDocuments?: 'refuseSet' | 'keepPrevious'
  /** Whoever runs tests; absent: nobody does. */
  readonly tests?: TestModule | undefined
  /** Tests are required to pass. */
  readonly requireTests?: boolean
  /** The plan set: a folder or a file. */
  readonly path: string
  /** Revisions are kept in `revisions` below it. */
  readonly data: string
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly now?: () => Date
}

/**
 * `current`: what serves was read from disk. `stale`: the set on disk does not validate, and the last valid one serves.
 * `rolledBack`: an earlier one serves, whatever is on disk, until the next reload.
 */
export type StoreState = 'current' | 'stale' | 'rolledBack'

export interface ReloadResult {
  readonly revision: string
  readonly previous: string
  readonly changed: boolean
  readonly documents: number
  readonly plans: number
  readonly numbers: number
  readonly warnings: readonly Finding[]
  /** Names of documents that do not validate: their last valid form serves, or nothing (`keepPrevious`). */
  readonly heldBack: readonly string[]
}

export type DryRunResult = ReloadResult & Pick<WouldChange, 'changes' | 'more'>

export type RollbackResult = Omit<ReloadResult, 'warnings' | 'heldBack'>

export interface Replacement {
  readonly name: string
  /** The document itself, or the tests beside it [document]. */
  readonly part?: 'document' | 'tests'
  /** Absent: it is removed. */
  readonly bytes?: Uint8Array
  /** Patterns of the documents that findings may name. */
  readonly visible: readonly string[]
  /** Whoever asks for it, for those who ask later who published it. */
  readonly author?: string
  /**
   * Throws where the file on disk, whose ETag it gets, or that there is none, is not what the client knows; asked
   * again right before it is written.
   */
  readonly check: (etag: string | undefined) => void
  /** Nobody waits for it: where it is not begun by then, it is not done. */
  readonly givenUp?: AbortSignal
}

export interface ReplaceResult extends ReloadResult {
  /** Of the file that is on disk now. */
  readonly etag?: string
  /** Of tests: what became of them. */
  readonly tested?: TestedDocument
  /** False: an earlier revision serves, which was rolled back to; the next reload serves the change. */
  readonly served: boolean
}

export interface PlanStore extends Pick<
  SetJobs,
  'compare' | 'compareDraft' | 'content' | 'draft' | 'runTests' | 'validate'
> {
  current(): PlanSet
  state(): StoreState
  /** The revision that was served last before this store was opened; undefined: none. */
  readonly lastServed: string | undefined
  /** Of the set that serves. */
  warnings(): readonly Finding[]
  heldBack(): ReloadResult['heldBack']
  /** For a call that waits, from memory or from disk; undefined when it is not known here. */
  byRevision(revision: string): Promise<PlanSet | undefined>
  /** The same for trials and replays: read behind all else, and in the place of none that calls need. */
  toTry(revision: string): Promise<PlanSet | undefined>
  /**
   * Reads the set from disk and swaps it in. A call while it is read gets the result of a reading that began later,
   * and earlier calls may get that, too.
   * @throws PlanSetError when it does not validate, BelplanError `plans` when it cannot be read, `overtaken` when a
   * rollback came meanwhile; what serves goes on serving
   */
  reload(): Promise<ReloadResult>
  /** What `reload` would do; nothing is changed. Throws as that does. */
  dryRun(): Promise<DryRunResult>
  /**
   * Serves a revision that was kept, also after a restart of this controller or of one that shares its data, until a
   * reload. Undefined: there is no such revision.
   * @throws BelplanError `notGranted` when it cannot serve any more, `plans` when it cannot be read or written down
   */
  rollback(revision: string): Promise<RollbackResult | undefined>
  /** Revisions that are kept. */
  kept(): Promise<readonly string[]>
  /** A document as it is on disk; undefined where there is none. */
  document(name: string): Promise<DocumentFile | undefined>
  /** The tests of a document as they are on disk; undefined where there are none. */
  tests(name: string): Promise<DocumentFile | undefined>
  /**
   * Puts a document into the set on disk, or takes it out, and serves the set, once all of it validates. The same of tests:
   * they have to fit their schema and a valid document, and where they are required to pass, the set has to validate with them.
   * @throws what `check` throws, the reason of `givenUp`, PlanSetError when it does not validate, BelplanError `plans` when it cannot
   * be written; nothing is changed then
   */
  replace(replacement: Replacement): Promise<ReplaceResult>
}

/** A reading of the set starts anew for a reload that is asked for so soon after it began. */
const SOON_MS = 2000

/** Sets of earlier revisions kept in memory, besides those of calls in progress. */
const REMEMBERED = 4

/** The same of those that are tried: a replay has two. */
const REMEMBERED_TO_TRY = 2

/**
 * Loads the set, or restores the revision that was rolled back to. When the set does not validate, the revision served
 * last takes its place.
 * @throws PlanSetError or BelplanError `plans` when there is none
 */
export async function openStore({
  path,
  data,
  log,
  now = () => new Date(),
  invalidDocuments = 'refuseSet',
  tests,
  requireTests = false,
  ...lint
}: StoreOptions): Promise<PlanStore> {
  const revisions = openRevisions(join(data, 'revisions'))
  const jobs = createSetJobs({ path, data, now, invalidDocuments, tests, requireTests, ...lint })
  const remembered = new LRUCache<string, PlanSet>({ max: REMEMBERED })
  const byRevision = restoring(remembered, (revision) => jobs.restore(revision, { checkClaims: false }))
  const toTry = restoring(new LRUCache<string, PlanSet>({ max: REMEMBERED_TO_TRY }), (revision) =>
    jobs.restore(revision, { checkClaims: false, isUrgent: false }),
  )
  /** Those whose documents were checked against what is granted to them. */
  const granted = new WeakSet<PlanSet>()
  const files = openDocumentFiles(path)
  const testFiles = openDocumentFiles(path, 'tests')
  /** Readings of the set that end in a change, one after the other. */
  const afterReadings = createTurns()
  /** What changes which set serves, one after the other: each takes moments. */
  const inTurn = createTurns()
  let rollbacks = 0
  let state: StoreState = 'current'
  let warnings: readonly Finding[] = []
  let heldBack: readonly string[] = []
  let serving: PlanSet

  function remember(set: PlanSet): PlanSet {
    remembered.set(set.revision, set)
    return set
  }

  function serve(loaded: LoadedPlans, as: StoreState): void {
    ;({ warnings, heldBack } = loaded)
    serving = remember(loaded.set)
    if (as !== 'stale') granted.add(serving)
    state = as
  }

  const withoutFindings = (set: PlanSet): LoadedPlans => ({ set, warnings: [], heldBack: [] })

  /** The revision that was rolled back to before this start. */
  async function restorePinned(): Promise<boolean> {
    const pinned = await revisions.pinned().catch(() => undefined)
    if (pinned === undefined) return false
    try {
      const set = await jobs.restore(pinned, { checkClaims: true })
      if (set === undefined) throw new BelplanError('plans', `revision ${pinned} is not in ${data} any more`)
      serve(withoutFindings(set), 'rolledBack')
      log.warn(
        { revision: pinned },
        'the revision that was rolled back to serves, until the plans are reloaded',
      )
      return true
    } catch (error) {
      log.error(errorFields(error), 'the revision that was rolled back to cannot serve; the set on disk does')
      return false
    }
  }

  async function loadOrRestore(): Promise<void> {
    try {
      serve(await jobs.load({}), 'current')
      await setCurrent(serving.revision)
    } catch (error) {
      const set =
        lastServed === undefined ? undefined : await jobs.restore(lastServed, { checkClaims: false })
      if (set === undefined) throw error
      serve(withoutFindings(set), 'stale')
      log.error(
        { ...errorFields(error), revision: set.revision },
        'the plan set on disk cannot serve; the revision served last does',
      )
    }
  }

  /** Before it serves. */
  function setCurrent(revision: string, options?: { readonly pinned: boolean }): Promise<void> {
    return revisions.setCurrent(revision, options).catch((error: unknown) => {
      const why = (error as NodeJS.ErrnoException).code ?? String(error)
      const advice = 'make the folder writable and free some space'
      throw new BelplanError('plans', `cannot write into ${data}: ${why}; ${advice}`, [], error)
    })
  }

  const reloadOnce = (givenUp: AbortSignal) => afterReadings(() => readAndSwap(givenUp))

  async function readAndSwap(givenUp: AbortSignal): Promise<ReloadResult> {
    givenUp.throwIfAborted()
    const began = rollbacks
    try {
      const loaded = await jobs.load({ serving, givenUp })
      return await inTurn(() => swapIn(loaded, began))
    } catch (error) {
      if (!givenUp.aborted && state === 'current') state = 'stale'
      throw error
    }
  }

  async function swapIn(loaded: LoadedPlans, began: number): Promise<ReloadResult> {
    if (began !== rollbacks)
      throw new BelplanError(
        'overtaken',
        `revision ${serving.revision} was rolled back to meanwhile; reload again`,
      )
    const previous = serving
    await setCurrent(loaded.set.revision, { pinned: false })
    serve(loaded, 'current')
    const result = resultOf(serving, previous)
    log.info(result, 'plans reloaded')
    logWarnings()
    return { ...result, warnings, heldBack }
  }

  async function rollback(revision: string): Promise<RollbackResult | undefined> {
    const known = remembered.get(revision)
    const set = known && granted.has(known) ? known : await jobs.restore(revision, { checkClaims: true })
    if (set === undefined) return undefined
    return inTurn(async () => {
      const previous = serving
      await revisions.touch(revision)
      await setCurrent(revision, { pinned: true })
      rollbacks++
      serve(withoutFindings({ ...set, since: now() }), 'rolledBack')
      const result = resultOf(serving, previous)
      log.warn(result, 'plans rolled back; disk and service differ until they are reloaded')
      return result
    })
  }

  async function replace(replacement: Replacement): Promise<ReplaceResult> {
    const { name, part = 'document', bytes, check, givenUp } = replacement
    const own = part === 'tests' ? testFiles : files
    const ask = async () => check((await own.read(name))?.etag)
    return afterReadings(async () => {
      givenUp?.throwIfAborted()
      await ask()
      const began = rollbacks
      const { loaded, tested } =
        part === 'tests' ? await withTests(replacement) : { loaded: await loadWith(replacement) }
      return inTurn(async () => {
        await ask()
        const written = bytes ? await own.write(name, bytes) : await own.remove(name)
        const previous = serving
        const served = began === rollbacks && state !== 'rolledBack'
        if (served && loaded) {
          // It is on disk: a restart serves it in any case.
          await setCurrent(loaded.set.revision).catch((error: unknown) => log.error(errorFields(error)))
          serve(loaded, 'current')
        }
        const result = { ...resultOf(serving, previous), served }
        log.info({ document: name, removed: !bytes, ...result }, `${part} replaced`)
        const { warnings, heldBack } = loaded ?? { warnings: [], heldBack: [] }
        return {
          ...result,
          warnings,
          heldBack,
          ...(written && { etag: written.etag }),
          ...(tested && { tested }),
        }
      })
    })
  }

  /** `more`: the document on disk, where its tests are replaced. */
  function loadWith({ name, visible, bytes }: Replacement, more?: Pick<ReplacedDocument, 'bytes' | 'tests'>) {
    return jobs.load({ serving, replaced: { name, visible, ...(bytes && { bytes }), ...more } })
  }

  /** Tests are no part of the set: it is loaded with them where they may keep it from serving, or their document. */
  async function withTests(replacement: Replacement) {
    const { name, visible, bytes, givenUp } = replacement
    const document = (await files.read(name))?.bytes
    if (document === undefined) {
      if (bytes) throw new BelplanError('plans', `there is no document ${name} that these could be tests of`)
      return {}
    }
    const hideOwners = !visible.includes('*')
    const tested =
      bytes &&
      (await jobs.runTests({ name, document, tests: bytes, hideOwners, ...(givenUp && { givenUp }) }))
    const loaded = requireTests
      ? await loadWith(replacement, { bytes: document, tests: bytes ?? 'none' })
      : undefined
    return { loaded, tested }
  }

  function logWarnings(): void {
    for (const finding of warnings) log.warn({ finding }, formatFinding(finding))
    if (heldBack.length > 0) log.warn({ heldBack }, 'documents that do not validate are held back')
  }

  const lastServed = await revisions.current().catch(() => undefined)
  if (!(await restorePinned())) await loadOrRestore()
  logWarnings()

  return {
    ...jobs,
    current: () => serving,
    state: () => state,
    lastServed,
    warnings: () => warnings,
    heldBack: () => heldBack,
    byRevision,
    toTry(revision) {
      const known = remembered.peek(revision)
      return known === undefined ? toTry(revision) : Promise.resolve(known)
    },
    reload: singleFlight(reloadOnce, SOON_MS),
    async dryRun() {
      const previous = serving.revision
      const would = await jobs.dryRun(serving)
      return { previous, changed: would.revision !== previous, ...would }
    },
    rollback,
    kept: revisions.list,
    document: files.read,
    tests: testFiles.read,
    replace,
  }
}

export function resultOf({ revision, counts }: PlanSet, { revision: previous }: PlanSet): RollbackResult {
  return { revision, previous, changed: revision !== previous, ...counts }
}
