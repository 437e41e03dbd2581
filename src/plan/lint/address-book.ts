/** The address book of a document: entries that are no numbers, are there twice, or that no caller has. */
import { entriesOf, type JsonObject, objectAt, pointerOf, type Report } from '../../json/index.ts'
import { doubtOf, entryOf, readNumberPattern } from '../numbers/index.ts'

/** `document` may be wrong in any other way. */
export function addressBookErrors(document: JsonObject, country: string | undefined, report: Report): void {
  const known = new Map<string, string>()
  for (const [written] of entriesOf(objectAt(document, 'addressBook'))) {
    const pattern = readNumberPattern(written, country)
    if (pattern === undefined || pattern.kind === 'rest') {
      const message =
        pattern === undefined
          ? `"${written}" is no number; write one such as "+31612345678" or "215", or a prefix such as "+3150210*"`
          : '"*" would be the name of everybody; take it out, and use the mode "replace" of callername'
      report(['addressBook', written], message, true)
      continue
    }
    const entry = entryOf(pattern)
    const first = known.get(entry)
    if (first === undefined) known.set(entry, written)
    else
      report(
        ['addressBook', written],
        `"${written}" is in the address book twice, also as "${first}" at ${pointerOf(['addressBook', first])}; take one of the two out`,
        true,
      )
  }
}

/** `document` must be valid. */
export function addressBookWarnings(
  document: { readonly addressBook?: object },
  country: string | undefined,
  report: Report,
): void {
  for (const written of Object.keys(document.addressBook ?? {})) {
    const doubt = doubtOf(written, country)
    if (doubt !== undefined) report(['addressBook', written], doubt, true)
  }
}
