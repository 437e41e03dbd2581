/** One document of a set whose documents are kept one by one: what it is known by, and how it serves. */
import { createHash } from 'node:crypto'
import { createLocator, isObject, type JsonObject, MOST_FINDINGS } from '../../json/index.ts'
import { type LintOptions, numberUses, type NumberUse } from '../lint/index.ts'
import { patternKey } from '../numbers/index.ts'
import type { ServedDocument } from '../revisions/index.ts'
import { planSchema } from '../schema.ts'
import { canonicalOf, type CheckedDocument, createChecker, formIn } from './check-document.ts'
import { findDuplicates, type MayName } from './duplicate-numbers.ts'
import type { Finding } from './finding.ts'

export interface DocumentForm {
  /** Documents with the same one are the same document: SHA-256 in hex over the RFC 8785 form without `$schema`. */
  readonly hash: string
  /** Undefined: this program cannot read it. */
  readonly serves: { readonly served: ServedDocument; readonly uses: readonly NumberUse[] } | undefined
}

export interface FormReader {
  /** What serves of a document depends on this, besides its text. */
  readonly key: string
  /** `text` is a document that was valid when it was published, also by another release. What it may claim is not checked. */
  read(name: string, text: string): DocumentForm
  /**
   * Which numbers of a document are in it twice, or in others of a set, as the check of the whole set has it. `text` may be wrong
   * in any way. `claimedBy` says which document of the set has a number (`patternKey`), and `textOf` its text.
   */
  conflicts(name: string, text: string, set: ClaimsOfSet, mayName?: MayName): Finding[]
  /** The numbers of a document (`patternKey`), also of one that this program cannot read. */
  numbersIn(name: string, text: string): string[]
}

export interface ClaimsOfSet {
  claimedBy(key: string): string | undefined
  textOf(document: string): string
}

export function createFormReader(options: Pick<LintOptions, 'defaultCountry'>): FormReader {
  const { defaultCountry } = options

  function claimantOf(name: string, text: string): CheckedDocument {
    const value = objectIn(text)
    return {
      ...{ name, file: `${name}.json`, errors: [], warnings: [] },
      ...(typeof value.domain === 'string' && { domain: value.domain }),
      uses: numberUses(value, options, () => undefined),
      locator: createLocator(Buffer.from(text)),
    }
  }

  const checker = createChecker(options)
  return {
    key: formKey([defaultCountry]),
    read(name, text) {
      const value = objectIn(text)
      const restored = checker.restore(name, value)
      const canonical = restored?.canonical ?? canonicalOf(name, objectIn(text))
      const serves = restored?.served && { served: restored.served, uses: restored.uses }
      return { hash: createHash('sha256').update(formIn(name, canonical)).digest('hex'), serves }
    },
    numbersIn(name, text) {
      const { uses, domain } = claimantOf(name, text)
      return uses.map(({ pattern }) => patternKey(pattern, domain))
    },
    conflicts(name, text, { claimedBy, textOf }, mayName) {
      const own = claimantOf(name, text)
      const others = new Set<string>()
      let count = 0
      for (const { pattern } of own.uses) {
        const other = claimedBy(patternKey(pattern, own.domain))
        if (other === undefined || other === name) continue
        others.add(other)
        // More are not told.
        if (++count > MOST_FINDINGS) break
      }
      const claimants = [...others].map((other) => claimantOf(other, textOf(other)))
      return findDuplicates([...claimants, own], mayName)
    },
  }
}

function objectIn(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** Counted where the schema does not show that documents serve otherwise than before. */
const FORM = 1

/** Of this program, and of what served documents depend on besides. */
export function formKey(options: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([FORM, planSchema, ...options]))
    .digest('hex')
}
