/**
 * A plan set as calls see it: one revision, which never changes. One that comes after it shares with it what is the same, so that
 * it takes the time and the memory of what changed.
 */
import { compile } from '../compile.ts'
import type { CompiledDocument } from '../step.ts'
import type { PlanDocument } from '../document.ts'
import { createForkableSortedMap, type ForkableSortedMap } from '../../util/forkable-sorted-map.ts'
import { deepFreeze } from '../../util/freeze.ts'
import {
  createNumberIndex,
  dialledForms,
  explain,
  type Explanation,
  type Includes,
  type NumberIndex,
  type NumberPattern,
} from '../numbers/index.ts'
import { optionalModulesIn } from '../step-definitions.ts'
import { slicesOf, type PlanNumber, type ServedDocument, type SetSlice } from './slices.ts'

export interface PlanSummary {
  readonly description?: string
  /** As written. */
  readonly numbers: readonly string[]
}

export interface DocumentSummary {
  readonly description?: string
  readonly domain?: string
  readonly plans: ReadonlyMap<string, PlanSummary>
}

export interface Found {
  readonly document: string
  readonly plan: string
  /** The entry that matched, as written. */
  readonly entry: string
  readonly forms: readonly string[]
}

interface NotFound {
  readonly document?: undefined
  /** The forms that were tried. */
  readonly forms: readonly string[]
}

export interface PlanSet {
  readonly revision: string
  /** Since when this controller has it. */
  readonly since: Date
  readonly documents: ReadonlyMap<string, DocumentSummary>
  readonly counts: { readonly documents: number; readonly plans: number; readonly numbers: number }
  /** What FreeSWITCH must have loaded for its steps, besides what all calls need. */
  readonly modules: ReadonlySet<string>
  /** A document ready for the walk; undefined when the set has none of that name. */
  compiled(name: string): CompiledDocument | undefined
  /**
   * `did` as delivered; `domain` is the one that it was dialled in; `forms` are those of `did` (`dialledForms`), for
   * callers that have them already; `includes`: the documents to look at, where that is not all of them.
   */
  find(did: string, domain?: string, forms?: readonly string[], includes?: Includes): Found | NotFound
  explain(did: string, domain?: string, includes?: Includes): Explanation
  /** Begins the set that comes after this one, in no time. This one stays as it is. */
  change(): PlanSetBuilder
}

/** Takes a set, or what changes of one, slice by slice. Documents may come in any order: a number may go from one to another. */
export interface PlanSetBuilder {
  /** Those that are not there are left out. Yields after each millisecond's work, for a turn of the event loop. */
  remove(names: Iterable<string>): Generator<undefined, void>
  /** A document takes the place of the one of its name. One with many numbers should be removed before, which takes its time. */
  add(slice: SetSlice): void
  /** Ends the building. */
  build(revision: string, since: Date): PlanSet
}

/** A document as it serves, for all sets that have it so. */
interface HeldDocument {
  readonly summary: DocumentSummary
  readonly plans: ReadonlyMap<string, PlanSummary & { readonly numbers: string[] }>
  readonly modules: readonly string[]
  /** By numbers as they are written: how they were read, where that is otherwise. */
  patterns: Map<string, NumberPattern> | undefined
  /** Kept as text until a call comes: thousands of documents as objects would cost every garbage collection. */
  text: string
  compiled: CompiledDocument | undefined
}

interface SetParts {
  readonly documents: ForkableSortedMap<HeldDocument>
  readonly index: NumberIndex
  /** With how many documents have each. */
  readonly domains: ForkableSortedMap<number>
  readonly modules: Map<string, number>
  readonly plans: number
}

const NO_MODULES: readonly string[] = []
/** Removed in less than a millisecond. */
const NUMBERS_AT_ONCE = 500

export function createPlanSetBuilder(defaultCountry: string | undefined): PlanSetBuilder {
  return builderOn(defaultCountry, {
    documents: createForkableSortedMap(),
    index: createNumberIndex(),
    domains: createForkableSortedMap(),
    modules: new Map(),
    plans: 0,
  })
}

function builderOn(defaultCountry: string | undefined, before: SetParts): PlanSetBuilder {
  const documents = before.documents.fork()
  const index = before.index.fork()
  const domains = before.domains.fork()
  const modules = new Map(before.modules)
  let { plans } = before
  let removed = 0

  function addDocument({ name, text, description, domain, plans: described }: ServedDocument): void {
    const there = documents.get(name)
    if (there) for (const _ of takeOut(name, there));
    const own = new Map(described.map(([plan, about]) => [plan, { ...about, numbers: [] }]))
    const about = {
      ...(description === undefined ? {} : { description }),
      ...(domain === undefined ? {} : { domain }),
    }
    const needed = optionalModulesIn(text)
    documents.set(name, {
      ...{ summary: { ...about, plans: own }, plans: own, text, compiled: undefined, patterns: undefined },
      modules: needed.length === 0 ? NO_MODULES : needed,
    })
    count(own.size, domain, needed, 1)
  }

  function count(own: number, domain: string | undefined, needed: readonly string[], more: 1 | -1): void {
    plans += more * own
    if (domain !== undefined) counted(domains, domain, more)
    for (const module of needed) counted(modules, module, more)
  }

  function addNumber({ document, plan, written, pattern }: PlanNumber): void {
    const held = documents.get(document)!
    held.plans.get(plan)!.numbers.push(written)
    index.add(pattern, held.summary.domain, { document, plan, entry: written })
    if (pattern.kind === 'exact' && pattern.value === written) return
    held.patterns ??= new Map()
    held.patterns.set(written, pattern)
  }

  function* takeOut(
    name: string,
    { summary: { domain }, plans: own, patterns, modules: needed }: HeldDocument,
  ): Generator<undefined, void> {
    documents.delete(name)
    count(own.size, domain, needed, -1)
    for (const { numbers } of own.values()) {
      for (const written of numbers) {
        index.remove(patterns?.get(written) ?? { kind: 'exact', value: written }, domain, name)
        if (++removed % NUMBERS_AT_ONCE === 0) yield
      }
    }
  }

  return {
    *remove(names) {
      for (const name of names) {
        const held = documents.get(name)
        if (held) yield* takeOut(name, held)
      }
    },
    add(slice) {
      slice.documents.forEach(addDocument)
      slice.numbers.forEach(addNumber)
    },
    build: (revision, since) =>
      setOf(defaultCountry, { documents, index, domains, modules, plans }, revision, since),
  }
}

interface Counts extends Pick<ReadonlyMap<string, number>, 'get'> {
  set(key: string, count: number): unknown
  delete(key: string): unknown
}

function counted(counts: Counts, key: string, more: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + more
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

function setOf(defaultCountry: string | undefined, parts: SetParts, revision: string, since: Date): PlanSet {
  const { documents, index, domains, modules, plans } = parts

  return Object.freeze({
    revision,
    since,
    documents: summariesOf(documents),
    modules: new Set(modules.keys()),
    counts: Object.freeze({ documents: documents.size, plans, numbers: index.size }),
    compiled(name: string) {
      const held = documents.get(name)
      return held && compiledOf(name, held)
    },
    find(did: string, domain?: string, forms = dialledForms(did, defaultCountry), includes?: Includes) {
      const match = index.find(forms, domain, includes)
      if (match === undefined) return { forms }
      const { document, plan, entry } = match
      return { document, plan, entry, forms }
    },
    explain: (did: string, domain?: string, includes?: Includes) =>
      explain(index, dialledForms(did, defaultCountry), domain, domains.keys(), includes),
    change: () => builderOn(defaultCountry, parts),
  })
}

/** Once for all sets that have it. */
function compiledOf(name: string, held: HeldDocument): CompiledDocument {
  if (held.compiled === undefined) {
    held.compiled = compile(name, deepFreeze(JSON.parse(held.text) as PlanDocument))
    held.text = ''
  }
  return held.compiled
}

/** A view of the documents: a map of its own would take time and memory for each set. */
function summariesOf(documents: ReadonlyMap<string, HeldDocument>): ReadonlyMap<string, DocumentSummary> {
  function* entries(): Generator<[string, DocumentSummary], undefined> {
    for (const [name, { summary }] of documents) yield [name, summary]
  }
  function* values(): Generator<DocumentSummary, undefined> {
    for (const { summary } of documents.values()) yield summary
  }
  const summaries: ReadonlyMap<string, DocumentSummary> = {
    get size() {
      return documents.size
    },
    get: (name) => documents.get(name)?.summary,
    has: (name) => documents.has(name),
    keys: () => documents.keys(),
    entries,
    values,
    [Symbol.iterator]: entries,
    forEach(callback, thisArgument) {
      for (const [name, summary] of entries()) callback.call(thisArgument, summary, name, summaries)
    },
  }
  return summaries
}

/** A set of valid documents, all at once: for commands, which keep no call waiting. */
export function planSetOf(
  { documents, revision }: { readonly documents: Parameters<typeof slicesOf>[0]; readonly revision: string },
  defaultCountry: string | undefined,
): PlanSet {
  const builder = createPlanSetBuilder(defaultCountry)
  for (const slice of slicesOf(documents)) builder.add(slice)
  return builder.build(revision, new Date())
}
