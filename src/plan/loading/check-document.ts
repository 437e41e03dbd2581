/** One document: from its bytes to what is served, or to everything that is wrong with it. */
import canonicalize from 'canonicalize'
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
import type { PlanDocument } from '../document.ts'
import { createGrants } from '../grants.ts'
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
import type { ServedDocument } from '../revisions/index.ts'
import type { Finding } from './finding.ts'
import { withMore } from './plan-set-error.ts'
import { serve } from './served-document.ts'

/** In bytes. Smaller documents cannot cost much, whatever is in them. */
export const LARGE = 64 * 1024

/** Longer than any sentence; some of what it quotes may be as long as the file. */
const LONGEST_MESSAGE = 500

export interface CheckedDocument {
  readonly name: string
  readonly file: string
  /** RFC 8785 form of [name, document] in UTF-8, without `$schema`; undefined with errors. */
  readonly canonical?: Buffer
  /** Undefined with errors. */
  readonly served?: ServedDocument
  readonly domain?: string
  /** What leads to its plans, also where other things are wrong. */
  readonly uses: readonly NumberUse[]
  readonly locator: Locator
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
}

/** One without errors. */
export type ValidDocument = CheckedDocument & Required<Pick<CheckedDocument, 'canonical' | 'served'>>

export interface Checker {
  /** `file` is what findings call it. */
  check(name: string, file: string, bytes: Uint8Array): CheckedDocument
  /**
   * A document that was valid before: of the checks, only that of what it claims is made again. Undefined if this
   * program cannot read it, or it claims what is no longer granted to it.
   */
  restore(name: string, value: unknown): CheckedDocument | undefined
}

/** A document without a content to check: a file that cannot be read, a link that is not followed. */
export function refusedDocument(name: string, file: string, message: string): CheckedDocument {
  const error = { document: name, file, line: 1, column: 1, pointer: '', message }
  return { name, file, uses: [], locator: createLocator(new Uint8Array()), errors: [error], warnings: [] }
}

/** A document in its last valid form: without findings, since no file holds it any more. */
export function lastValid(
  document: Omit<CheckedDocument, 'file' | 'locator' | 'errors' | 'warnings'>,
): CheckedDocument {
  const file = `the last good form of ${document.name}`
  return { ...document, file, locator: createLocator(new Uint8Array()), errors: [], warnings: [] }
}

export function createChecker(options: LintOptions): Checker {
  const validator = createValidator()
  const { defaultCountry } = options
  const grants = options.grants && createGrants(options.grants, defaultCountry)

  return {
    check(name, file, bytes) {
      const read = readJson(bytes)
      if (read.value === undefined) {
        const errors = read.faults.map((fault) => ({ document: name, file, ...fault }))
        return { ...refusedDocument(name, file, ''), errors: withMore(errors, read.more) }
      }
      const { value, locator } = read
      const misnamed = testsFault(name, value)
      if (misnamed !== undefined) return refusedDocument(name, file, misnamed)
      const base = { name, file, locator, ...domainOf(value), warnings: [] }
      const located = (gathered: Gathered) => findingsOf(gathered, base)

      const tooMuch = gather((report) => capErrors(value, report))
      if (tooMuch.faults.length > 0) return { ...base, uses: [], errors: located(tooMuch) }

      // As in the file: validation fills in defaults in place.
      const canonical = canonicalOf(name, value)
      let uses: readonly NumberUse[] = []
      const wrong = gather((report) => {
        const reported = new Set<string>()
        uses = documentErrors(value, name, options, grants, (path, message, onKey) => {
          report(path, message, onKey)
          if (onKey !== true) reported.add(pointerOf(path))
        })
        if (validator.validate(value)) return
        // What was reported says more than the schema can.
        validator.explain(value, (path, message, onKey) => {
          if (onKey === true || !reported.has(pointerOf(path))) report(path, message, onKey)
        })
      })
      if (wrong.faults.length > 0) return { ...base, uses, errors: located(wrong) }

      const document = value as unknown as PlanDocument
      const served = serve(name, document, defaultCountry)
      const doubtful = gather((report) => documentWarnings(name, document, uses, options, report))
      return { ...base, canonical, served, uses, errors: [], warnings: located(doubtful) }
    },

    restore(name, value) {
      if (!isObject(value)) return undefined
      const canonical = canonicalOf(name, value)
      const uses = numberUses(value, options, () => undefined)
      // Grants may have changed since: it may hold what is now granted to another document.
      const claims = gather((report) => {
        if (grants) claimErrors(value, name, uses, grants, defaultCountry, report)
      })
      if (claims.faults.length > 0 || !validator.validate(value)) return undefined
      const served = serve(name, value as unknown as PlanDocument, defaultCountry)
      return lastValid({ name, canonical, served, ...domainOf(value), uses })
    },
  }
}

/** What tests are called that are not called as they must be: `acme.tests`, `acme-test`, `acme.spec`. */
const LIKE_TESTS = /[._-](tests?|specs?)$/i

/** Of tests that are read as a document, since the name of their file is not that of tests. */
function testsFault(name: string, value: JsonObject): string | undefined {
  if ('plans' in value || !('cases' in value || LIKE_TESTS.test(name))) return undefined
  const document = name.split('/').at(-1)!.replace(LIKE_TESTS, '')
  return `this has no plans, and looks like tests: tests are named ${document}.test.json, beside ${document}.json`
}

/** The RFC 8785 form that goes into the revision. */
export function canonicalOf(name: string, { $schema: _, ...document }: JsonObject): Buffer {
  return Buffer.from(canonicalize([name, document])!)
}

/** The document alone in `[name,document]`. */
export function formIn(name: string, canonical: Buffer): Buffer {
  return canonical.subarray(Buffer.byteLength(JSON.stringify(name)) + 2, -1)
}

function domainOf({ domain }: JsonObject): { domain?: string } {
  return typeof domain === 'string' ? { domain } : {}
}

/** In the order of the text. */
function findingsOf(
  { faults, more }: Gathered,
  { name, file, locator }: Pick<CheckedDocument, 'name' | 'file' | 'locator'>,
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
