/** One document: from its bytes to what is served, or to everything that is wrong with it. */
import canonicalize from 'canonicalize'
import type { PlanDocument } from '../document.ts'
import { withMore, type Finding } from './finding.ts'
import { createGrants } from '../grants.ts'
import {
  createLocator,
  gather,
  type Gathered,
  isObject,
  type JsonObject,
  locate,
  type Locator,
  pointerOf,
  readJson,
} from '../../json/index.ts'
import {
  capErrors,
  claimErrors,
  createValidator,
  documentErrors,
  documentWarnings,
  type LintOptions,
  numberUses,
  type NumberUse,
} from '../lint/index.ts'
import { withoutIgnored } from './strip.ts'

const NOTHING = new Uint8Array()

/** Smaller documents cannot cost much, whatever is in them. */
export const LARGE = 64 * 1024

/** Longer than any sentence; some of what it quotes may be as long as the file. */
const LONGEST_MESSAGE = 500

export interface CheckedDocument {
  readonly name: string
  readonly file: string
  /** RFC 8785 form of [name, document] in UTF-8, without `$schema`; undefined with errors. */
  readonly canonical?: Buffer
  /** What calls need, as JSON: defaults filled in, what is ignored and `numbers` gone; undefined with errors. */
  readonly text?: string
  readonly summary?: CheckedSummary
  readonly domain?: string
  /** What leads to its plans, also where other things are wrong. */
  readonly uses: readonly NumberUse[]
  readonly locator: Locator
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
}

/** What is told of a document without reading its text again. */
export interface CheckedSummary {
  readonly description?: string
  readonly plans: readonly (readonly [name: string, { readonly description?: string }])[]
}

export interface Checker {
  /** `file` is what findings call it. */
  check(name: string, file: string, bytes: Uint8Array): CheckedDocument
  /**
   * A document found good before: prepared, not judged again but for what it claims. Undefined if this program
   * cannot read it, or it claims what is not granted to it any more.
   */
  restore(name: string, value: unknown): CheckedDocument | undefined
}

/** A document that there is nothing to check of: a file that cannot be read, a link that is not followed. */
export function refusedDocument(name: string, file: string, message: string): CheckedDocument {
  const error = { document: name, file, line: 1, column: 1, pointer: '', message }
  return { name, file, uses: [], locator: createLocator(NOTHING), errors: [error], warnings: [] }
}

export function createChecker(options: LintOptions): Checker {
  const validator = createValidator()
  const { defaultCountry } = options
  const grants = options.grants && createGrants(options.grants, defaultCountry)

  return {
    check(name, file, bytes) {
      const base = { name, file }
      const read = readJson(bytes)
      if (read.value === undefined) {
        const errors = read.faults.map((fault) => ({ document: name, file, ...fault }))
        return { ...base, uses: [], locator: createLocator(NOTHING), errors: withMore(errors, read.more), warnings: [] } // prettier-ignore
      }
      const { value, locator } = read
      const located = (gathered: Gathered) => findingsOf(gathered, base, locator)
      const tooMuch = gather((report) => capErrors(value, report))
      if (tooMuch.faults.length > 0)
        return { ...base, uses: [], locator, errors: located(tooMuch), warnings: [] }

      let uses: readonly NumberUse[] = []
      let canonical: Buffer | undefined
      const wrong = gather((report) => {
        const told = new Set<string>()
        uses = documentErrors(value, name, options, grants, (path, message, onKey) => {
          report(path, message, onKey)
          if (onKey !== true) told.add(pointerOf(path))
        })
        canonical = canonicalOf(name, value)
        if (validator.validate(value)) return
        // What is known beyond the schema says more.
        validator.explain(value, (path, message, onKey) => {
          if (onKey === true || !told.has(pointerOf(path))) report(path, message, onKey)
        })
      })
      if (wrong.faults.length > 0)
        return { ...base, uses, locator, ...domainOf(value), errors: located(wrong), warnings: [] }

      const { document, ...form } = servedForm(value)
      const doubtful = gather((report) => documentWarnings(name, document, uses, options, report))
      return {
        ...base,
        canonical: canonical!,
        ...form,
        ...domainOf(value),
        uses,
        locator,
        errors: [],
        warnings: located(doubtful),
      }
    },

    restore(name, value) {
      if (!isObject(value)) return undefined
      const canonical = canonicalOf(name, value)
      const uses = numberUses(value, options, () => undefined)
      // Served last under other grants, perhaps: it may have what has since been given to somebody else.
      const claims = gather((report) => {
        if (grants) claimErrors(value, name, uses, grants, defaultCountry, report)
      })
      // Fills in its defaults in place: `value` is not needed any more as it was.
      if (claims.faults.length > 0 || !validator.validate(value)) return undefined
      const { document: _, ...form } = servedForm(value)
      return asLastGoodForm({ name, canonical, ...form, ...domainOf(value), uses })
    },
  }
}

/** Nothing is said of what is in it: no file has it any more. */
export function asLastGoodForm(
  good: Omit<CheckedDocument, 'file' | 'locator' | 'errors' | 'warnings'>,
): CheckedDocument {
  const file = `the last good form of ${good.name}`
  return { ...good, file, locator: createLocator(NOTHING), errors: [], warnings: [] }
}

/** The RFC 8785 form that goes into the revision. */
export function canonicalOf(name: string, { $schema: _, ...document }: JsonObject): Buffer {
  return Buffer.from(canonicalize([name, document])!)
}

/** Of a valid document; strips in place what is ignored. What it is called and described as is read before that. */
function servedForm(value: JsonObject): { document: PlanDocument; text: string; summary: CheckedSummary } {
  const summary = summaryOf(value as unknown as PlanDocument)
  const document = withoutIgnored(value as unknown as PlanDocument)
  return { document, text: servedText(document), summary }
}

/**
 * As text, since thousands of documents as objects would have to be copied at every garbage collection. Numbers
 * are looked up in the set's index and not here.
 */
function servedText(document: PlanDocument): string {
  const plans = Object.entries(document.plans).map(([name, plan]) => [name, { ...plan, numbers: [] }])
  return JSON.stringify({ ...document, plans: Object.fromEntries(plans) as PlanDocument['plans'] })
}

function summaryOf(document: PlanDocument): CheckedSummary {
  const plans = Object.entries(document.plans).map(([name, plan]) => [name, descriptionOf(plan)] as const)
  return { ...descriptionOf(document), plans }
}

function descriptionOf({ description }: { readonly description?: string }): { description?: string } {
  return description === undefined ? {} : { description }
}

function domainOf({ domain }: JsonObject): { domain?: string } {
  return typeof domain === 'string' ? { domain } : {}
}

/** In the order of the text. */
function findingsOf(
  { faults, more }: Gathered,
  { name, file }: { readonly name: string; readonly file: string },
  locator: Locator,
): Finding[] {
  const findings = locate(faults, locator).map(({ message, ...place }) => ({
    document: name,
    file,
    ...place,
    message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message,
  }))
  findings.sort((a, b) => a.line - b.line || a.column - b.column)
  return withMore(findings, more)
}
