/**
 * The plans of controllers on several machines: documents and revisions are in a database, a copy of them on each machine. What
 * serves is in memory, as ever; all else is asked of a process that knows both.
 */
import { extname } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import {
  createPlanSetBuilder,
  createSetJobs,
  type DocumentFile,
  etagOf,
  etagOfHash,
  type Finding,
  type LintOptions,
  type PlanSet,
  type PlanSetBuilder,
  PlanSetError,
  type PlanStore,
  type Replacement,
  type ReplaceResult,
  restoring,
  resultOf,
  type RollbackResult,
  type StoreOptions,
  type TestedDocument,
} from '../plan/index.ts'
import { BelplanError } from '../util/errors.ts'
import { createTurns } from '../util/in-turn.ts'
import { LateAnswer, supervise } from '../util/supervised-process.ts'
import { within } from '../util/within.ts'
import type { ChainRevision, Part } from './chain.ts'
import type {
  CompareAnswer,
  ContentPiece,
  OwnFromPlans,
  PinAnswer,
  PublishAnswer,
  Serving,
  SharedFile,
  ToPlans,
  Unpublished,
} from './messages.ts'
import { readLocalSet } from './read-local-set.ts'

export interface SharedStoreOptions
  extends
    Omit<LintOptions, 'refusal'>,
    Pick<StoreOptions, 'tests' | 'requireTests' | 'data' | 'log' | 'now'> {
  /** Of the database. */
  readonly url: string
  /** This controller's name, as in records. */
  readonly controller: () => string
  /** Another controller, or somebody at the database, has changed what serves. */
  readonly onServed: (served: ServedByOthers) => void
  /** For an answer of the process for plans [60,000]. */
  readonly answerMs?: number
}

export interface ServedByOthers {
  /** The revision that served before, and the one that serves now. */
  readonly from: string
  readonly to: string
  /** As the audit has it. */
  readonly what: string
  /** Absent: nobody wrote that down. */
  readonly author?: string
}

/** Plans are not in step with the database. */
export interface Behind {
  readonly since: Date
  readonly why: string
}

/** A revision of the chain. */
export interface PublishedRevision {
  readonly revision: string
  readonly at: string
  readonly what: string
  readonly by: string
  readonly controller: string
}

export interface SharedStore extends PlanStore {
  /** Undefined: they are in step with it. */
  behind(): Behind | undefined
  /** The newest first. Rejects where they cannot be read in time. */
  published(): Promise<readonly PublishedRevision[]>
  /** Waits `withinMs` for the process to end. */
  close(withinMs: number): Promise<void>
}

/** TypeScript beside the sources, JavaScript beside the build. */
const PROGRAM = new URL(`./plans-process${extname(import.meta.url)}`, import.meta.url)

/** A publication may wait for others, and for the database to say what became of it. */
const ANSWER_MS = 60_000
/** A call that comes from another machine waits so long for its revision. */
const BRING_MS = 2000
/** A controller without a copy waits so long for the database, and as long again after each piece of what it gets. */
const FIRST_MS = 10_000
/** Sets of earlier revisions kept in memory, besides those of calls in progress; and of those that are tried. */
const REMEMBERED = 4
const REMEMBERED_TO_TRY = 2
const MOST_TRIES = 5

/** A change of a set as it comes in: its steps are taken one after the other. */
interface Change {
  readonly inTurn: ReturnType<typeof createTurns>
  /** What it changes. */
  readonly base: () => PlanSet | undefined
  builder?: PlanSetBuilder | undefined
}

/** Of what serves. */
const SERVING = 0

/**
 * Serves what this machine has kept, and what is published from then on.
 * @throws BelplanError `store` where nothing is kept and the database cannot be used, or has no plans
 */
export async function openSharedStore({
  url,
  data,
  controller,
  onServed,
  log,
  tests,
  requireTests = false,
  now = () => new Date(),
  answerMs = ANSWER_MS,
  ...lint
}: SharedStoreOptions): Promise<SharedStore> {
  const { defaultCountry, grants } = lint
  const { validate, draft, runTests, compareDraft } = createSetJobs({
    ...{ path: data, data, now, invalidDocuments: 'refuseSet', tests, requireTests, ...lint },
  })
  const remembered = new LRUCache<string, PlanSet>({ max: REMEMBERED })
  const byRevision = restoring(remembered, bring)
  const toTry = restoring(new LRUCache<string, PlanSet>({ max: REMEMBERED_TO_TRY }), bring)
  /** Files that are put in place here. */
  const afterOthers = createTurns()
  const ofServing: Change = { inTurn: createTurns(), base: () => set }
  const changes = new Map<number, Change>([[SERVING, ofServing]])
  const first = Promise.withResolvers<undefined>()
  let lastId = SERVING
  /** Pieces that came in. */
  let pieces = 0
  /** Rollbacks and reloads that were asked for here, and have not ended. */
  let pinning = 0
  let set: PlanSet | undefined
  let serving: Pick<Serving, 'seq' | 'isPinned' | 'heldBack'> | undefined
  let behind: Behind | undefined = { since: now(), why: 'the database was not asked yet' }

  const background = supervise<ToPlans, OwnFromPlans>({
    ...{ program: PROGRAM, place: 'apart', name: 'the process for plans', log, answerMs },
    failing: 'plans cannot be read',
    start: () => ({ say: 'start', url, data, defaultCountry, grants, serving: serving?.seq }),
    onMessage: take,
    onExit: () => note('the process for plans ended'),
  })

  async function ask<T>(question: (n: number) => ToPlans): Promise<T> {
    try {
      return await background.ask<T>(question)
    } catch (error) {
      throw new BelplanError('store', (error as Error).message, [], error)
    }
  }

  /** Asks for a change of the chain: whoever waits no longer does not know whether it is made. */
  async function askToChange<T>(question: (n: number) => ToPlans): Promise<T | Unpublished> {
    try {
      return await ask<T>(question)
    } catch (error) {
      if ((error as BelplanError).cause instanceof LateAnswer)
        return { is: 'unknown', why: 'no answer in time' }
      throw error
    }
  }

  function note(why: string | undefined): void {
    behind = why === undefined ? undefined : { since: behind?.since ?? now(), why }
  }

  function take(message: OwnFromPlans): void {
    switch (message.say) {
      case 'change':
        return begin(changes.get(message.id), message)
      case 'slice':
        return add(changes.get(message.id), message)
      case 'serve':
        return void ofServing.inTurn(() => Promise.resolve(serve(message.serving)))
      case 'filling':
        pieces++
        return
      case 'inStep':
        return note(message.why)
    }
  }

  function begin(
    change: Change | undefined,
    { base, removed }: OwnFromPlans & { readonly say: 'change' },
  ): void {
    void change?.inTurn(async () => {
      change.builder = base === undefined ? createPlanSetBuilder(defaultCountry) : change.base()!.change()
      for (const _ of change.builder.remove(removed)) await turn()
    })
  }

  /** The next one is asked for once it is taken. */
  function add(change: Change | undefined, { id, slice }: OwnFromPlans & { readonly say: 'slice' }): void {
    pieces++
    const take = async () => {
      change?.builder?.add(slice)
      await turn()
      background.post({ say: 'took', id })
    }
    void (change ? change.inTurn(take) : take())
  }

  function serve({ seq, revision, isPinned, heldBack, published }: Serving): void {
    const { builder } = ofServing
    const [previous, before] = [set, serving]
    ofServing.builder = undefined
    if (builder && revision !== previous?.revision) set = builder.build(revision, now())
    if (set === undefined) return
    for (const known of [previous, set]) if (known) remembered.set(known.revision, known)
    serving = { seq, isPinned, heldBack }
    first.resolve(undefined)
    if (heldBack.length > 0 && heldBack.join() !== before?.heldBack.join())
      log.error({ heldBack }, 'documents that this release cannot read are held back')
    if (previous === undefined || before === undefined || (seq === before.seq && set === previous)) return
    const { what, author } =
      isPinned === before.isPinned ? published : { what: isPinned ? 'rollback' : 'reload' }
    log.info({ ...resultOf(set, previous), what, author, seq }, 'plans changed')
    const isOwn = isPinned === before.isPinned ? published.controller === controller() : pinning > 0
    if (isOwn || set === previous) return
    onServed({ from: previous.revision, to: revision, what, ...(author !== undefined && { author }) })
  }

  /** What was said before has been taken in. */
  const settled = (): Promise<void> => ofServing.inTurn(() => Promise.resolve())

  /** A revision that may be of another machine; undefined where it is not known, or not in time. */
  async function bring(revision: string): Promise<PlanSet | undefined> {
    const id = ++lastId
    const base = current()
    const { seq } = serving!
    const change: Change = { inTurn: createTurns(), base: () => base }
    changes.set(id, change)
    const found = { isKnown: false }
    const asked = ask<boolean>((n) => ({ say: 'bring', n, id, revision, base: seq })).then(
      (isKnown) => (found.isKnown = isKnown),
    )
    try {
      await within(BRING_MS, asked).catch(() => false)
      if (!found.isKnown) return undefined
      return await change.inTurn(() => Promise.resolve(change.builder!.build(revision, now())))
    } finally {
      changes.delete(id)
    }
  }

  const current = (): PlanSet => set!

  function file(part: Part, name: string): Promise<SharedFile | undefined> {
    return ask((n) => ({ say: 'file', n, part, name }))
  }

  async function documentFile(part: Part, name: string): Promise<DocumentFile | undefined> {
    const found = await file(part, name)
    return found && { bytes: found.bytes, etag: etagOfHash(found.hash) }
  }

  function replace(replacement: Replacement): Promise<ReplaceResult> {
    const { name, part = 'document', bytes, visible, check, givenUp } = replacement
    return afterOthers(async () => {
      for (let tries = 1; tries <= MOST_TRIES; tries++) {
        givenUp?.throwIfAborted()
        const there = await file(part, name)
        check(there && etagOfHash(there.hash))
        const { beside, warnings = [], tested } = await validated(replacement)
        const answer = await askToChange<PublishAnswer>((n) => ({
          ...{ say: 'publish', n, by: { controller: controller(), author: replacement.author ?? '' } },
          file: {
            ...{ part, name, visible },
            ...(bytes && { bytes }),
            ...(there && { expected: there.hash }),
            ...(beside !== undefined && { beside }),
          },
        }))
        if (answer.is === 'invalid') throw new PlanSetError(name, answer.errors, warnings)
        // Whoever takes any form of it for the right one has it put in the place of that.
        if (answer.is === 'changed') check(answer.file && etagOfHash(answer.file.hash))
        if (answer.is === 'changed' || answer.is === 'besideChanged') continue
        if (answer.is !== 'published') throw notPublished(answer)
        await settled()
        const { isServed: served, revision, previous } = answer
        const own = served
          ? { revision, previous }
          : { revision: current().revision, previous: current().revision }
        const result = { ...own, changed: own.revision !== own.previous, ...current().counts, served }
        log.info({ document: name, removed: !bytes, ...result }, `${part} published`)
        return {
          ...result,
          ...{ warnings, heldBack: [] },
          ...(bytes && { etag: etagOf(bytes) }),
          ...(tested && { tested }),
        }
      }
      throw notPublished({ is: 'away', why: 'others publish it all the time' })
    })
  }

  interface Validated {
    readonly beside?: string | null
    readonly warnings?: readonly Finding[]
    readonly tested?: TestedDocument
  }

  /** By itself. @throws PlanSetError */
  async function validated({
    name,
    part = 'document',
    bytes,
    visible,
    givenUp,
  }: Replacement): Promise<Validated> {
    if (bytes === undefined) return {}
    const options = { hideOwners: !visible.includes('*'), ...(givenUp && { givenUp }) }
    if (part === 'document') {
      const own = requireTests ? await file('tests', name) : undefined
      const { errors, warnings } = await validate(bytes, name, {
        ...options,
        ...(own && { tests: own.bytes }),
      })
      if (errors.length > 0) throw new PlanSetError(name, errors, warnings)
      return { warnings, ...(requireTests && { beside: own?.hash ?? null }) }
    }
    const document = await file('document', name)
    if (document === undefined)
      throw new BelplanError('plans', `there is no document ${name} that these could be tests of`)
    const tested = await runTests({ name, document: document.bytes, tests: bytes, ...options })
    if (requireTests) {
      const { errors, warnings } = await validate(document.bytes, name, { ...options, tests: bytes })
      if (errors.length > 0) throw new PlanSetError(name, errors, warnings)
    }
    return { beside: document.hash, tested }
  }

  /** Rolls back, or ends that; undefined: there is no such revision. */
  async function pin(question: (n: number) => ToPlans): Promise<RollbackResult | undefined> {
    pinning++
    try {
      const answer = await askToChange<PinAnswer>(question)
      await settled()
      if (answer.is === 'none') return undefined
      if (answer.is === 'notGranted') throw new BelplanError('notGranted', answer.message)
      if (answer.is !== 'serves') throw notPublished(answer)
      const { revision, previous } = answer
      return { revision, previous, changed: revision !== previous, ...current().counts }
    } finally {
      pinning--
    }
  }

  function revisions(): Promise<readonly ChainRevision[]> {
    return ask((n) => ({ say: 'revisions', n }))
  }

  function compare(from: string, to: string, documents: readonly string[]): Promise<CompareAnswer> {
    return ask((n) => ({ say: 'compare', n, from, to, documents }))
  }

  const warnings = (): readonly Finding[] => []
  const heldBack = (): readonly string[] => serving?.heldBack ?? []

  async function openLocal(): Promise<string | undefined> {
    const options = { ...(defaultCountry !== undefined && { defaultCountry }) }
    const local = await readLocalSet({ data, options, now })
    if (local === undefined) return undefined
    set = local.set
    remembered.set(set.revision, set)
    serving = { seq: local.seq, isPinned: local.isPinned, heldBack: [] }
    return set.revision
  }

  async function waitForFirst(): Promise<void> {
    for (;;) {
      const before = pieces
      if (await within(FIRST_MS, first.promise)) return
      if (pieces > before) continue
      await background.close(0)
      const why = behind?.why ?? 'it does not answer in time'
      throw new BelplanError(
        'store',
        `no plans are kept in ${data} yet, and the database cannot be used: ${why}`,
      )
    }
  }

  const lastServed = await openLocal()
  background.ensure()
  if (set === undefined) await waitForFirst()

  return {
    ...{ validate, draft, runTests, compareDraft, compare, replace, lastServed, current, warnings, heldBack },
    state: () => (serving!.isPinned ? 'rolledBack' : heldBack().length > 0 ? 'stale' : 'current'),
    byRevision,
    toTry(revision) {
      const known = remembered.peek(revision)
      return known === undefined ? toTry(revision) : Promise.resolve(known)
    },
    async reload() {
      const result = (await pin((n) => ({ say: 'reload', n })))!
      return { ...result, warnings: [], heldBack: heldBack() }
    },
    rollback: (revision) => pin((n) => ({ say: 'rollback', n, revision })),
    async dryRun() {
      const { revision: previous } = current()
      const revision = (await ask<string | undefined>((n) => ({ say: 'newest', n }))) ?? previous
      const to = (await toTry(revision)) ?? current()
      const different = await compare(previous, revision, ['*'])
      if ('missing' in different) throw new BelplanError('plans', `revision ${different.missing} is not here`)
      return { ...resultOf(to, current()), warnings: [], heldBack: heldBack(), ...different }
    },
    kept: async () => [...new Set((await revisions()).map(({ revision }) => revision))],
    async published() {
      return (await revisions()).map(({ revision, atMs, what, author = '', controller = '' }) => ({
        ...{ revision, at: new Date(atMs).toISOString(), what, by: author, controller },
      }))
    },
    document: (name) => documentFile('document', name),
    tests: (name) => documentFile('tests', name),
    async content(revision, documents, onPiece, givenUp) {
      let opening = '['
      for (let after = ''; ;) {
        givenUp.throwIfAborted()
        const from = after
        const piece = await ask<ContentPiece | undefined>((n) => ({
          ...{ say: 'content', n, revision, documents, after: from },
        }))
        if (piece === undefined) return false
        const { pairs, next } = piece
        await onPiece(`${opening}${pairs.join(',')}${next === undefined ? ']' : ''}`)
        if (next === undefined) return true
        after = next
        opening = ','
      }
    },
    behind: () => behind,
    close: background.close,
  }
}

function notPublished({ is, why }: Unpublished): BelplanError {
  return is === 'away'
    ? new BelplanError('store', `nothing is changed, since the database cannot be used: ${why}`)
    : new BelplanError(
        'store',
        `whether it was changed in the database is not known (${why}); GET says whether it was`,
      )
}
