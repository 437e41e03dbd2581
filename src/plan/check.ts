/** One document: from its bytes to what is served, or to everything that is wrong with it. */
import canonicalize from 'canonicalize'
import type { PlanDocument } from './document.ts'
import type { Finding } from './finding.ts'
import { createGrants } from './grants.ts'
import { readJson } from './json.ts'
import { claimErrors } from './lint/claims.ts'
import { documentErrors, numberUses, type NumberUse } from './lint/document.ts'
import { isObject, pointerOf, type Fault, type JsonObject, type Report } from './lint/fault.ts'
import type { LintOptions } from './lint/options.ts'
import { createValidator } from './lint/validator.ts'
import { documentWarnings } from './lint/warnings.ts'
import { createLocator, type Locator } from './locate.ts'
import { withoutIgnored } from './strip.ts'

const NOTHING = new Uint8Array()

/** More errors than anybody reads in one go. */
const MOST_FINDINGS = 1000

export interface CheckedDocument {
  readonly name: string
  readonly file: string
  /** RFC 8785 form of [name, document] in UTF-8, without `$schema`; undefined for what is no JSON. */
  readonly canonical?: Buffer
  /** What is served: JSON with defaults filled in and `x-` fields gone; undefined with errors. */
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
  const validate = createValidator()
  const { defaultCountry } = options
  const grants = options.grants && createGrants(options.grants, defaultCountry)

  /** Fills in and strips in place: `value` must not be needed any more as it was. */
  function prepare(value: JsonObject, objects: number): { document: PlanDocument } | { faults: Fault[] } {
    const faults = validate(value, objects)
    return faults.length > 0 ? { faults } : { document: withoutIgnored(value as unknown as PlanDocument) }
  }

  return {
    check(name, file, bytes) {
      const base = { name, file }
      const read = readJson(bytes)
      if (read.value === undefined) {
        const errors = read.faults.map((fault) => ({ document: name, file, ...fault }))
        return { ...base, uses: [], locator: createLocator(NOTHING), errors, warnings: [] }
      }
      const { value, objects, locator } = read
      const locate = ({ path, message, onKey }: Fault): Finding => ({
        document: name,
        file,
        ...locator.at(path, onKey),
        pointer: pointerOf(path),
        message,
      })
      const faults: Fault[] = []
      const canonical = canonicalOf(name, value)
      const uses = documentErrors(value, name, options, grants, collectInto(faults))
      const prepared = prepare(value, objects)
      // One by one: there may be more than a function takes.
      if ('faults' in prepared) for (const fault of besides(faults, prepared.faults)) faults.push(fault)
      const common = { ...base, canonical, uses, locator, ...domainOf(value) }
      if (!('document' in prepared) || faults.length > 0) {
        return { ...common, errors: located(faults, locate), warnings: [] }
      }
      const warnings: Fault[] = []
      documentWarnings(name, prepared.document, uses, options, collectInto(warnings))
      return { ...common, ...served(prepared.document), errors: [], warnings: located(warnings, locate) }
    },

    restore(name, value) {
      if (!isObject(value)) return undefined
      const canonical = canonicalOf(name, value)
      const uses = numberUses(value, options, () => undefined)
      // Served last under other grants, perhaps: it may have what has since been given to somebody else.
      const claims: Fault[] = []
      if (grants) claimErrors(value, name, uses, grants, defaultCountry, collectInto(claims))
      const prepared = prepare(value, Infinity)
      if ('faults' in prepared || claims.length > 0) return undefined
      const file = `the last good form of ${name}`
      return {
        name,
        file,
        canonical,
        ...served(prepared.document),
        ...domainOf(value),
        uses,
        locator: createLocator(NOTHING),
        errors: [],
        warnings: [],
      }
    },
  }
}

function collectInto(faults: Fault[]): Report {
  return (path, message, onKey = false) => faults.push({ path, message, onKey })
}

/** Those of `more` about values that nothing was said of yet: what is known beyond the schema says more. */
function besides(faults: readonly Fault[], more: readonly Fault[]): Fault[] {
  const told = new Set(faults.filter(({ onKey }) => !onKey).map(({ path }) => pointerOf(path)))
  return more.filter(({ path, onKey }) => onKey || !told.has(pointerOf(path)))
}

/** The RFC 8785 form that goes into the revision. */
export function canonicalOf(name: string, { $schema: _, ...document }: JsonObject): Buffer {
  return Buffer.from(canonicalize([name, document])!)
}

/** As text, since thousands of documents as objects would have to be copied at every garbage collection. */
function served(document: PlanDocument): { text: string; summary: CheckedSummary } {
  const plans = Object.entries(document.plans).map(([name, plan]) => [name, descriptionOf(plan)] as const)
  return { text: JSON.stringify(document), summary: { ...descriptionOf(document), plans } }
}

function descriptionOf({ description }: { readonly description?: string }): { description?: string } {
  return description === undefined ? {} : { description }
}

function domainOf({ domain }: JsonObject): { domain?: string } {
  return typeof domain === 'string' ? { domain } : {}
}

/** In the order of the text. Only those that are shown are looked up in it. */
function located(faults: readonly Fault[], locate: (fault: Fault) => Finding): Finding[] {
  const findings = faults.slice(0, MOST_FINDINGS).map(locate)
  findings.sort((a, b) => a.line - b.line || a.column - b.column)
  const more = faults.length - findings.length
  return more === 0
    ? findings
    : [...findings, { ...findings.at(-1)!, message: `and ${more} more like these` }]
}
