/** The jobs of the plan store, as it asks for them: each in a process of its own but for small ones. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { BelplanError } from '../util/errors.ts'
import { grantedEnv } from './grants.ts'
import type { LintOptions } from './lint/index.ts'
import {
  type Changes,
  type Counts,
  type Finding,
  type Job,
  type JobEnd,
  type JobOptions,
  type JobPart,
  type LoadJob,
  PlanSetError,
  type ReplacedDocument,
  readSlices,
  type RestoreJob,
  runHere,
  runInProcess,
  SMALL,
  type TestedDocument,
  type TestModule,
} from './loading/index.ts'
import { createPlanSetBuilder, openRevisions, type PlanSet } from './revisions/index.ts'

export interface SetJobsOptions extends Omit<LintOptions, 'refusal'> {
  /** The plan set: a folder or a file. */
  readonly path: string
  /** Revisions are kept in `revisions` below it. */
  readonly data: string
  readonly invalidDocuments: 'refuseSet' | 'keepPrevious'
  /** Whoever runs tests; absent: nobody does. */
  readonly tests?: TestModule | undefined
  /** Tests are required to pass. */
  readonly requireTests?: boolean
  readonly now: () => Date
}

export interface LoadedPlans {
  readonly set: PlanSet
  readonly warnings: readonly Finding[]
  readonly heldBack: readonly string[]
}

export interface WouldChange extends Counts, Changes {
  readonly revision: string
  readonly warnings: readonly Finding[]
  readonly heldBack: readonly string[]
}

interface LoadRequest {
  /** What serves now; it is the result when the set is still the same. */
  readonly serving?: PlanSet | undefined
  readonly replaced?: ReplacedDocument
  readonly givenUp?: AbortSignal
}

/** All throw BelplanError `plans` when the work cannot be done. */
export interface SetJobs {
  /** Reads the set on disk, and keeps its revision; throws PlanSetError when it does not validate. */
  load(request: LoadRequest): Promise<LoadedPlans>
  /** What `load` would change; nothing is kept. */
  dryRun(serving: PlanSet): Promise<WouldChange>
  /**
   * A revision that was kept; undefined when it is not here, or this program cannot read it. `isUrgent` (default): a call
   * may wait for it; else its content is read behind all else, and never in this process.
   */
  restore(
    revision: string,
    options: { readonly checkClaims: boolean; readonly isUrgent?: boolean },
  ): Promise<PlanSet | undefined>
  /** What is different in `to`, among the documents that `documents` hold for; `missing`: the one that is not here. */
  compare(from: string, to: string, documents: readonly string[]): Promise<Changes | { missing: string }>
  /** The documents of a revision as JSON, piece by piece to `onPiece`; false when it is not here. */
  content(
    revision: string,
    documents: readonly string[],
    onPiece: (piece: string) => Promise<void>,
    givenUp: AbortSignal,
  ): Promise<boolean>
  /**
   * Validates one document by itself; without a name, what it may claim is not checked. `hideOwners`: no finding says
   * whose it is instead. `tests`: they have to pass where tests are required to.
   */
  validate(
    bytes: Uint8Array,
    name?: string,
    options?: {
      readonly hideOwners?: boolean
      readonly givenUp?: AbortSignal
      readonly tests?: Uint8Array
    },
  ): Promise<{ errors: readonly Finding[]; warnings: readonly Finding[] }>
  /**
   * A set of one document that is not on disk; the rest as with `validate`.
   * @throws PlanSetError when it does not validate
   */
  draft(bytes: Uint8Array, name?: string, options?: { readonly hideOwners?: boolean }): Promise<PlanSet>
  /**
   * Runs the tests of one document by itself, by the operator's rules.
   * @throws PlanSetError when the document does not validate, or the file of tests cannot be used
   */
  runTests(request: TestsRequest): Promise<TestedDocument>
  /**
   * What is different in `bytes`; without `before` all of it is new.
   * @throws PlanSetError when it does not validate, BelplanError `plans` when that of before does not
   */
  compareDraft(request: DraftToCompare): Promise<Changes>
}

export interface TestsRequest {
  readonly name: string
  readonly document: Uint8Array
  readonly tests: Uint8Array
  readonly hideOwners?: boolean
  readonly givenUp?: AbortSignal
}

export interface DraftToCompare {
  readonly name: string
  readonly bytes: Uint8Array
  readonly before?: Uint8Array
  readonly givenUp?: AbortSignal
}

/** In bytes. So much is checked in some milliseconds. */
const SMALL_DRAFT = 16 * 1024

export function createSetJobs({
  path,
  data,
  invalidDocuments,
  tests: module,
  requireTests = false,
  now,
  envIsSet,
  ...lint
}: SetJobsOptions): SetJobs {
  const revisions = join(data, 'revisions')
  const run = randomUUID()

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

  function loadJob(serving: PlanSet | undefined): LoadJob {
    return {
      ...{ kind: 'load', path, revisions, options: jobOptions(), nowMs: now().getTime() },
      keepPrevious: invalidDocuments === 'keepPrevious',
      ...(requireTests && { judge: module }),
      // A controller that starts over and over leaves nothing behind.
      ...(serving !== undefined && { serving: serving.revision, run }),
    }
  }

  /** Builds a set of the slices that come. */
  function builder() {
    const { add, build } = createPlanSetBuilder(lint.defaultCountry)
    return {
      onPart: (part: JobPart) => {
        if (part.kind === 'slice') add(part.slice)
      },
      build: (revision: string) => build(revision, now()),
    }
  }

  async function fromSlices(job: RestoreJob): Promise<PlanSet | undefined> {
    const { onPart, build } = builder()
    try {
      const isWhole = await readSlices(job, (slice) => onPart({ kind: 'slice', slice }))
      return isWhole ? build(job.revision) : undefined
    } catch {
      // What another program wrote may be of any form: its content is read.
      return undefined
    }
  }

  return {
    async load({ serving, replaced, givenUp }) {
      const { onPart, build } = builder()
      const job: Job = { ...loadJob(serving), ...(replaced && { replaced }) }
      const end = await runInProcess(job, { onPart, ...(givenUp && { givenUp }) })
      givenUp?.throwIfAborted()
      if (end.kind === 'findings') throw new PlanSetError(path, end.errors, end.warnings)
      if (end.kind !== 'set' && end.kind !== 'same') throw failed(end)
      const { warnings, heldBack } = end
      return { set: end.kind === 'same' ? serving! : build(end.revision), warnings, heldBack }
    },

    async dryRun(serving) {
      const end = await runInProcess({ ...loadJob(serving), dryRun: true })
      if (end.kind === 'findings') throw new PlanSetError(path, end.errors, end.warnings)
      if (end.kind !== 'wouldChange') throw failed(end)
      const { kind: _, ...would } = end
      return would
    },

    async restore(revision, { checkClaims, isUrgent = true }) {
      const options = jobOptions()
      const job: RestoreJob = { kind: 'restore', revisions, revision, options, checkClaims, isUrgent }
      const size = await openRevisions(revisions).size(revision)
      if (size === 0) return undefined
      const isSmall = size <= SMALL
      const kept = isSmall ? undefined : await fromSlices(job)
      if (kept !== undefined) return kept
      const { onPart, build } = builder()
      const end = await (isSmall && isUrgent ? runHere(job, onPart) : runInProcess(job, { onPart }))
      if (end.kind === 'none') return undefined
      if (end.kind !== 'set') throw failed(end)
      return build(end.revision)
    },

    async compare(from, to, documents) {
      const end = await runInProcess({
        ...{ kind: 'compare', revisions, from, to, documents, options: jobOptions() },
      })
      if (end.kind === 'none') return { missing: end.revision }
      if (end.kind !== 'compared') throw failed(end)
      return { changes: end.changes, more: end.more }
    },

    async content(revision, documents, onPiece, givenUp) {
      const end = await runInProcess(
        { kind: 'content', revisions, revision, documents },
        { onPart: (part) => (part.kind === 'piece' ? onPiece(part.piece) : undefined), givenUp },
      )
      if (end.kind !== 'end' && end.kind !== 'none') throw failed(end)
      return end.kind === 'end'
    },

    async validate(bytes, name, { givenUp, tests, ...hiding } = {}) {
      const judged = tests && requireTests && module ? { bytes: tests, judge: module } : undefined
      const job: Job = {
        ...{ kind: 'validate', name: name ?? 'document', bytes },
        ...{ options: optionsFor(name, hiding), tests: judged },
      }
      // How long its tests take, their size does not say.
      const size = judged ? Infinity : bytes.byteLength
      const end = await runDraft(job, size, { givenUp })
      if (end.kind !== 'findings') throw failed(end)
      return { errors: end.errors, warnings: end.warnings }
    },

    async draft(bytes, name, hiding) {
      const file = name ?? 'document'
      const { onPart, build } = builder()
      const job: Job = { kind: 'draft', name: file, bytes, options: optionsFor(name, hiding) }
      const end = await runDraft(job, bytes.byteLength, { onPart })
      if (end.kind === 'findings') throw new PlanSetError(file, end.errors, end.warnings)
      if (end.kind !== 'set') throw failed(end)
      return build(end.revision)
    },

    async runTests({ name, document, tests, givenUp, ...hiding }) {
      if (module === undefined) throw new BelplanError('plans', 'nobody runs tests here')
      const options = optionsFor(name, hiding)
      const job: Job = { kind: 'tests', name, document, tests, options, module }
      const end = await runInProcess(job, { ...(givenUp && { givenUp }) })
      if (end.kind === 'findings') throw new PlanSetError(name, end.errors, end.warnings)
      if (end.kind !== 'tested') throw failed(end)
      return end.tested
    },

    async compareDraft({ givenUp, ...draft }) {
      const job: Job = { kind: 'compareDraft', ...draft, options: optionsFor(undefined) }
      const size = draft.bytes.byteLength + (draft.before?.byteLength ?? 0)
      const end = await runDraft(job, size, { givenUp })
      if (end.kind === 'findings') throw new PlanSetError(draft.name, end.errors, end.warnings)
      if (end.kind !== 'compared') throw failed(end)
      return { changes: end.changes, more: end.more }
    },
  }
}

/** Small ones in this process, since another one takes longer to start than they take. */
function runDraft(
  job: Job,
  bytes: number,
  {
    onPart = () => undefined,
    givenUp,
  }: { readonly onPart?: (part: JobPart) => void; readonly givenUp?: AbortSignal | undefined },
): Promise<JobEnd> {
  return bytes <= SMALL_DRAFT
    ? runHere(job, onPart)
    : runInProcess(job, { onPart, ...(givenUp && { givenUp }) })
}

/** A revision that was kept in `data`, as `restore` has it, for commands. */
export function restoreSet(
  data: string,
  revision: string,
  { defaultCountry }: { readonly defaultCountry?: LintOptions['defaultCountry'] },
): Promise<PlanSet | undefined> {
  const jobs = createSetJobs({
    ...{ path: data, data, invalidDocuments: 'refuseSet', now: () => new Date() },
    ...(defaultCountry !== undefined && { defaultCountry }),
  })
  return jobs.restore(revision, { checkClaims: false })
}

function failed(end: JobEnd): BelplanError {
  return end.kind === 'error'
    ? new BelplanError(end.code, end.message)
    : new BelplanError('plans', 'the plan set could not be read')
}
