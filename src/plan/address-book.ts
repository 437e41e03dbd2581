/** Names of callers by their numbers. In a document that serves, the entries are in the form in which they are compared. */
import type { PlanDocument } from './document.ts'
import { entryOf, readNumberPattern } from './numbers/index.ts'

type AddressBook = NonNullable<PlanDocument['addressBook']>

/** Entries by their numbers in E.164 where they are valid such numbers. */
export function normalised(book: AddressBook, country: string | undefined): AddressBook {
  return Object.fromEntries(
    Object.entries(book).map(([written, name]) => {
      const pattern = readNumberPattern(written, country)
      return [pattern ? entryOf(pattern) : written, name]
    }),
  )
}

/**
 * The name of a number, else of its longest prefix; undefined where there is none. One look for each of its digits,
 * however large the book is.
 */
export function nameIn(book: AddressBook, number: string): string | undefined {
  if (number === '') return undefined
  if (Object.hasOwn(book, number)) return book[number]
  for (let length = number.length; length > 0; length--) {
    const prefix = `${number.slice(0, length)}*`
    if (Object.hasOwn(book, prefix)) return book[prefix]
  }
  return undefined
}
