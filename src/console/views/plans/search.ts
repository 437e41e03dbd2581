/** Searching thousands of documents as somebody types: by number, name, domain and description. */
import type { DocumentSummary } from '../../api/plans.ts'

export interface Searched {
  readonly document: DocumentSummary
  /** In small letters. */
  readonly text: string
  /** Digits alone, without what stands before them at home or from abroad. */
  readonly numbers: readonly string[]
}

export function prepare(documents: readonly DocumentSummary[]): Searched[] {
  return documents.map((document) => {
    const { name, domain = '', description = '', plans } = document
    const ofPlans = plans.flatMap(({ name, description = '' }) => [name, description])
    return {
      document,
      text: [name, domain, description, ...ofPlans].join('\n').toLowerCase(),
      numbers: plans.flatMap(({ numbers }) => numbers.map((number) => withoutPrefix(digitsOf(number)))),
    }
  })
}

/** All words that were asked for are in it, or what was asked for is in one of its numbers, or ends as one does. */
export function search(searched: readonly Searched[], asked: string): DocumentSummary[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return searched.map(({ document }) => document)
  const number = numberIn(asked)
  const bare = number && withoutPrefix(number)
  return searched
    .filter(
      ({ text, numbers }) =>
        (bare &&
          numbers.some((one) => one.includes(bare) || (one.length >= LEAST_DIGITS && bare.endsWith(one)))) ||
        words.every((word) => text.includes(word)),
    )
    .map(({ document }) => document)
}

/** A number as people write them, `050 - 210 00 00`, with its digits alone; undefined: it is none. */
export function numberIn(asked: string): string | undefined {
  return /^\s*[+\d][\d\s().*/-]*$/.test(asked) ? digitsOf(asked) : undefined
}

/** So long that it is no accident when another number ends with it. */
const LEAST_DIGITS = 7

/** Without what stands before a number at home or from abroad. */
const withoutPrefix = (number: string) => number.replace(/^(?:\+|00?)/, '')

const digitsOf = (number: string) => number.replace(/[^\d+]/g, '')
