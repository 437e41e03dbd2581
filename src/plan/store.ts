/** The plan set that serves, and those that calls in progress began with. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { BelplanError, errorFields } from '../util/errors.ts'
import { singleFlight } from '../util/single-flight.ts'
import { grantedEnv } from './grants.ts'
import type { LintOptions } from './lint/index.ts'
import {
  formatFinding,
  PlanSetError,
  runHere,
  runInProcess,
  type Finding,
  type JobOptions,
  type LoadJob,
  type RestoreJob,
} from './loading/index.ts'
import { createPlanSetBuilder, openRevisions, type PlanSet } from './revisions/index.ts'

export interface StoreOptions extends Omit<LintOptions, 'refusal'> {
  /** `keepPrevious`: a document that does not validate keeps its last valid form. Default `refuseSet`. */
  readonly invalidDocuments?: 'refuseSet' | 'keepPrevious'
  /** The plan set: a folder or a file. */
  readonly path: string
  /** Revisions are kept in `revisions` below it. */
  readonly data: string
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly now?: () => Date
}

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

export interface PlanStore {
  /** The revision that was served last before this store was opened; undefined: none. */
  readonly lastServed: string | undefined
  current(): PlanSet
  /** `stale`: the set on disk does not validate, and the last valid one serves. */
  state(): 'current' | 'stale'
  /** Of the set that serves. */
  warnings(): readonly Finding[]
  heldBack(): ReloadResult['heldBack']
  /** From memory or from disk; undefined when it is not known here. */
  byRevision(revision: string): Promise<PlanSet | undefined>
  /**
   * Reads the set from disk and swaps it in. A call while it is read gets the result of a reading that began later,
   * and earlier calls may get that, too.
   * @throws PlanSetError when it does not validate, BelplanError `plans` when it cannot be read; the old set serves on
   */
  reload(): Promise<ReloadResult>
  /**
   * Validates one document by itself; without a name, what it may claim is not checked. `hideOwners`: no finding says
   * whose it is instead.
   */
  validate(
    bytes: Uint8Array,
    name?: string,
    options?: { readonly hideOwners?: boolean },
  ): Promise<{ errors: readonly Finding[]; warnings: readonly Finding[] }>
  /**
   * A set of one document that is not on disk; the rest as with `validate`.
   * @throws PlanSetError when it does not validate
   */
  draft(bytes: Uint8Array, name?: string, options?: { readonly hideOwners?: boolean }): Promise<PlanSet>
}

/** In bytes. So much is restored in 0.1 s at most, where a process of its own takes a second to start. */
const SMALL = 128 * 1024

/** In bytes. So much is checked in some milliseconds. */
const SMALL_DRAFT = 16 * 1024

/** A reading of the set starts anew for a reload that is asked for so soon after it began. */
const SOON_MS = 2000

/** Sets of earlier revisions kept in memory, besides those of calls in progress. */
const REMEMBERED = 4

/**
 * Loads the set. When it does not validate, the revision served last takes its place.
 * @throws PlanSetError or BelplanError `plans` when there is none
 */
export async function openStore({
  path,
  data,
  log,
  now = () => new Date(),
  invalidDocuments = 'refuseSet',
  envIsSet,
  ...lint
}: StoreOptions): Promise<PlanStore> {
  const revisions = join(data, 'revisions')
  const remembered = new LRUCache<string, PlanSet>({ max: REMEMBERED })
  const run = randomUUID()
  const restoring = new Map<string, Promise<PlanSet | undefined>>()
  let state: 'current' | 'stale' = 'current'
  let warnings: readonly Finding[] = []
  let heldBack: readonly string[] = []
  let serving: PlanSet | undefined

  const jobOptions = (): JobOptions => ({
    ...lint,
    envSet: [...(lint.grants ? grantedEnv(lint.grants) : [])].filter((name) => envIsSet?.(name) ?? true),
  })

  /** Without a name, what a document may claim is not checked. */
  function optionsFor(name: string | undefined, { hideOwners = false } = {}): JobOptions {
    const { grants, ...ungranted } = jobOptions()
    if (name === undefined || grants === undefined) return ungranted
    return { ...ungranted, grants: { ...grants, hideOwners } }
  }

  async function load(givenUp?: AbortSignal): Promise<PlanSet> {
    const builder = createPlanSetBuilder(lint.defaultCountry)
    const job: LoadJob = {
      kind: 'load',
      path,
      revisions,
      options: jobOptions(),
      keepPrevious: invalidDocuments === 'keepPrevious',
      // A controller that starts over and over leaves nothing behind.
      ...(serving === undefined ? {} : { serving: serving.revision, run }),
      nowMs: now().getTime(),
    }
    const end = await runInProcess(job, { onSlice: builder.add, ...(givenUp && { givenUp }) })
    givenUp?.throwIfAborted()
    if (end.kind === 'findings') throw new PlanSetError(path, end.errors, end.warnings)
    if (end.kind === 'error') throw new BelplanError(end.code, end.message)
    if (end.kind === 'none') throw new BelplanError('plans', `the plan set ${path} could not be read`)
    ;({ warnings, heldBack } = end)
    return end.kind === 'same' ? serving! : builder.build(end.revision, now())
  }

  async function restore(revision: string): Promise<PlanSet | undefined> {
    const builder = createPlanSetBuilder(lint.defaultCountry)
    const country = lint.defaultCountry === undefined ? {} : { defaultCountry: lint.defaultCountry }
    // A caller waits for it.
    const job: RestoreJob = { kind: 'restore', revisions, revision, ...country }
    const isSmall = (await openRevisions(revisions).size(revision)) <= SMALL
    const end = await (isSmall ? runHere(job, builder.add) : runInProcess(job, { onSlice: builder.add }))
    if (end.kind === 'error') throw new BelplanError(end.code, end.message)
    return end.kind === 'set' ? builder.build(end.revision, now()) : undefined
  }

  function remember(set: PlanSet): PlanSet {
    remembered.set(set.revision, set)
    return set
  }

  async function loadOrRestore(): Promise<PlanSet> {
    try {
      return await load()
    } catch (error) {
      const set = lastServed === undefined ? undefined : await restore(lastServed)
      if (set === undefined) throw error
      state = 'stale'
      log.error(
        { ...errorFields(error), revision: set.revision },
        'the plan set on disk cannot serve; the revision served last does',
      )
      return set
    }
  }

  async function reloadOnce(givenUp: AbortSignal): Promise<ReloadResult> {
    const previous = current()
    const set = await load(givenUp).catch((error: unknown) => {
      if (!givenUp.aborted) state = 'stale'
      throw error
    })
    state = 'current'
    serving = remember(set)
    const changed = set !== previous
    log.info(
      { revision: set.revision, previous: previous.revision, changed, ...set.counts },
      'plans reloaded',
    )
    logWarnings()
    return { revision: set.revision, previous: previous.revision, changed, ...set.counts, warnings, heldBack }
  }

  function logWarnings(): void {
    for (const finding of warnings) log.warn({ finding }, formatFinding(finding))
    if (heldBack.length > 0) log.warn({ heldBack }, 'documents that do not validate are held back')
  }

  const lastServed = await openRevisions(revisions)
    .current()
    .catch(() => undefined)
  serving = remember(await loadOrRestore())
  const current = () => serving!
  logWarnings()

  return {
    lastServed,
    current,
    state: () => state,
    warnings: () => warnings,
    heldBack: () => heldBack,
    async byRevision(revision) {
      const known = remembered.get(revision)
      if (known !== undefined) return known
      const running = restoring.get(revision) ?? restore(revision).finally(() => restoring.delete(revision))
      restoring.set(revision, running)
      const set = await running
      return set && remember(set)
    },
    reload: singleFlight(reloadOnce, SOON_MS),
    async validate(bytes, name, hiding) {
      const options = optionsFor(name, hiding)
      const end = await runInProcess({ kind: 'validate', name: name ?? 'document', bytes, options })
      if (end.kind !== 'findings') throw new BelplanError('plans', 'the document could not be validated')
      return { errors: end.errors, warnings: end.warnings }
    },
    async draft(bytes, name, hiding) {
      const builder = createPlanSetBuilder(lint.defaultCountry)
      const job = {
        kind: 'draft',
        name: name ?? 'document',
        bytes,
        options: optionsFor(name, hiding),
      } as const
      const isSmall = bytes.byteLength <= SMALL_DRAFT
      const end = await (isSmall ? runHere(job, builder.add) : runInProcess(job, { onSlice: builder.add }))
      if (end.kind === 'findings') throw new PlanSetError(job.name, end.errors, end.warnings)
      if (end.kind === 'error') throw new BelplanError(end.code, end.message)
      if (end.kind !== 'set') throw new BelplanError('plans', 'the draft could not be read')
      return builder.build(end.revision, now())
    },
  }
}
