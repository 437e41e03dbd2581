/** From a dialled number to its plan: exact entries, then the longest prefix, then `*`. */
import { isInternal, type NumberEntry } from './numbers.ts'

/** Where an entry of `numbers` stands. */
export interface EntryPlace {
  readonly document: string
  readonly plan: string
  /** The entry as written. */
  readonly entry: string
}

/** How an entry matched. */
export interface Match extends EntryPlace {
  readonly kind: NumberEntry['kind']
}

/** An index of number entries. It grows one entry at a time, so that filling it can be spread over time. */
export interface NumberIndex {
  readonly size: number
  /** `domain` is that of the document. Returns the entry that stands there already, and changes nothing then. */
  add(entry: NumberEntry, domain: string | undefined, place: EntryPlace): EntryPlace | undefined
  /** `forms` are those of one dialled number (`dialledForms`), `domain` is the one it was dialled in. */
  find(forms: readonly string[], domain?: string): Match | undefined
  /** Every entry that matches, the winner first. */
  findAll(forms: readonly string[], domain?: string): Match[]
  /** The entry for exactly this number in exactly this domain. */
  exact(number: string, domain?: string): EntryPlace | undefined
}

/** `@` cannot stand in a number, so a scoped key never meets an unscoped one. */
function scoped(value: string, domain: string | undefined): string {
  return domain === undefined ? value : `${value}@${domain.toLowerCase()}`
}

/** Two entries with the same key are the same entry; `domain` is that of the entry's document. */
export function entryKey(entry: NumberEntry, domain: string | undefined): string {
  const value = scoped(entry.value, isInternal(entry) ? domain : undefined)
  return entry.kind === 'exact' ? value : `${value} *`
}

export function createNumberIndex(): NumberIndex {
  const exact = new Map<string, EntryPlace>()
  const prefixes = new Map<string, EntryPlace>()
  const lengthCounts = new Map<number, number>()
  let lengths: number[] = []
  let rest: EntryPlace | undefined
  let size = 0

  function put(entry: NumberEntry, domain: string | undefined, place: EntryPlace): EntryPlace | undefined {
    if (entry.kind === 'rest') {
      if (rest !== undefined) return rest
      rest = place
      return undefined
    }
    const map = entry.kind === 'exact' ? exact : prefixes
    const key = scoped(entry.value, isInternal(entry) ? domain : undefined)
    const there = map.get(key)
    if (there !== undefined) return there
    map.set(key, place)
    if (entry.kind === 'prefix') noteLength(entry.value.length)
    return undefined
  }

  function noteLength(length: number): void {
    const count = lengthCounts.get(length) ?? 0
    lengthCounts.set(length, count + 1)
    if (count === 0) lengths = [...lengthCounts.keys()].sort((a, b) => b - a)
  }

  /** The entry of one domain wins over one that holds everywhere. */
  function lookUp(
    map: Map<string, EntryPlace>,
    value: string,
    domain: string | undefined,
  ): EntryPlace | undefined {
    if (domain !== undefined && !value.startsWith('+')) {
      const place = map.get(scoped(value, domain))
      if (place !== undefined) return place
    }
    return map.get(value)
  }

  function* matches(forms: readonly string[], domain: string | undefined): Generator<Match> {
    // With an @ in it, what a caller dials would be read as a number scoped to a domain of the caller's choice.
    const numbers = forms.filter((form) => !form.includes('@'))
    for (const form of numbers) {
      const place = lookUp(exact, form, domain)
      if (place !== undefined) yield { ...place, kind: 'exact' }
    }
    // A number's own prefixes before those of how it was delivered, which may lie in anybody's.
    for (const form of numbers.toReversed()) {
      for (const length of lengths) {
        if (form.length < length) continue
        const place = lookUp(prefixes, form.slice(0, length), domain)
        if (place !== undefined) yield { ...place, kind: 'prefix' }
      }
    }
    if (rest !== undefined) yield { ...rest, kind: 'rest' }
  }

  return {
    get size() {
      return size
    },
    add(entry, domain, place) {
      const there = put(entry, domain, place)
      if (there === undefined) size++
      return there
    },
    find: (forms, domain) => {
      const first = matches(forms, domain).next()
      return first.done === true ? undefined : first.value
    },
    findAll: (forms, domain) => [...matches(forms, domain)],
    exact: (number, domain) => exact.get(scoped(number, domain)),
  }
}
