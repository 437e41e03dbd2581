/** A plan set as calls see it: one revision, which never changes. */
import { compile } from '../compile.ts'
import type { CompiledDocument } from '../step.ts'
import type { PlanDocument } from '../document.ts'
import { deepFreeze } from '../../util/freeze.ts'
import {
  createNumberIndex,
  dialledForms,
  explain,
  type Explanation,
  type Includes,
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
}

/** Takes a set slice by slice. */
interface PlanSetBuilder {
  add(slice: SetSlice): void
  /** Ends the building. */
  build(revision: string, since: Date): PlanSet
}

export function createPlanSetBuilder(defaultCountry: string | undefined): PlanSetBuilder {
  const documents = new Map<string, DocumentSummary>()
  const numbers = new Map<string, string[]>()
  // Kept as text until a call comes: thousands of documents as objects would cost every garbage collection.
  const texts = new Map<string, string>()
  const compiled = new Map<string, CompiledDocument>()
  const domains = new Set<string>()
  const modules = new Set<string>()
  const index = createNumberIndex()
  let plans = 0

  function addDocument({ name, text, description, domain, plans: described }: ServedDocument): void {
    const summaries = described.map(([plan, summary]) => {
      const list: string[] = []
      numbers.set(`${name} ${plan}`, list)
      return [plan, { ...summary, numbers: list }] as const
    })
    const about = {
      ...(description === undefined ? {} : { description }),
      ...(domain === undefined ? {} : { domain }),
    }
    documents.set(name, { ...about, plans: new Map(summaries) })
    if (domain !== undefined) domains.add(domain)
    texts.set(name, text)
    for (const module of optionalModulesIn(text)) modules.add(module)
    plans += described.length
  }

  function addNumber({ document, plan, written, pattern }: PlanNumber): void {
    numbers.get(`${document} ${plan}`)!.push(written)
    index.add(pattern, documents.get(document)!.domain, { document, plan, entry: written })
  }

  function compiledOf(name: string): CompiledDocument | undefined {
    const text = texts.get(name)
    if (text !== undefined) {
      compiled.set(name, compile(name, deepFreeze(JSON.parse(text) as PlanDocument)))
      texts.delete(name)
    }
    return compiled.get(name)
  }

  return {
    add(slice) {
      slice.documents.forEach(addDocument)
      slice.numbers.forEach(addNumber)
    },
    build: (revision, since) =>
      Object.freeze({
        revision,
        since,
        documents,
        modules,
        counts: Object.freeze({ documents: documents.size, plans, numbers: index.size }),
        compiled: compiledOf,
        find(did: string, domain?: string, forms = dialledForms(did, defaultCountry), includes?: Includes) {
          const match = index.find(forms, domain, includes)
          if (match === undefined) return { forms }
          const { document, plan, entry } = match
          return { document, plan, entry, forms }
        },
        explain: (did: string, domain?: string, includes?: Includes) =>
          explain(index, dialledForms(did, defaultCountry), domain, domains, includes),
      }),
  }
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
