/** From a dialled number to its plan: the number itself, then the longest prefix, then `*`. */
import { isInternal, type NumberPattern } from './number-pattern.ts'

/** Where a number pattern stands. */
export interface PatternPlace {
  readonly document: string
  readonly plan: string
  /** The pattern as written. */
  readonly entry: string
}

/** How a pattern matched. */
export interface Match extends PatternPlace {
  readonly kind: NumberPattern['kind']
}

/** Whether patterns of a document are looked at; the others are as if they were not there. */
export type Includes = (document: string) => boolean

/** An index of number patterns. It grows by one pattern at a time, so that filling it can be spread over time. */
export interface NumberIndex {
  readonly size: number
  /** `domain` is that of the document. Returns the place of an equal pattern that is there already, and changes nothing then. */
  add(pattern: NumberPattern, domain: string | undefined, place: PatternPlace): PatternPlace | undefined
  /** `forms` are those of one dialled number (`dialledForms`), `domain` is the one it was dialled in. */
  find(forms: readonly string[], domain?: string, includes?: Includes): Match | undefined
  /** Every pattern that matches, the winner first. */
  findAll(forms: readonly string[], domain?: string, includes?: Includes): Match[]
  /** The pattern for exactly this number in exactly this domain. */
  exact(number: string, domain?: string, includes?: Includes): PatternPlace | undefined
}

/** `@` cannot stand in a number, so a scoped key never meets an unscoped one. */
function scoped(value: string, domain: string | undefined): string {
  return domain === undefined ? value : `${value}@${domain.toLowerCase()}`
}

/** Two patterns with the same key are the same pattern; `domain` is that of the pattern's document. */
export function patternKey(pattern: NumberPattern, domain: string | undefined): string {
  const value = scoped(pattern.value, isInternal(pattern) ? domain : undefined)
  return pattern.kind === 'exact' ? value : `${value} *`
}

const all: Includes = () => true

export function createNumberIndex(): NumberIndex {
  const exact = new Map<string, PatternPlace>()
  const prefixes = new Map<string, PatternPlace>()
  const lengthCounts = new Map<number, number>()
  let lengths: number[] = []
  let rest: PatternPlace | undefined
  let size = 0

  function put(
    pattern: NumberPattern,
    domain: string | undefined,
    place: PatternPlace,
  ): PatternPlace | undefined {
    if (pattern.kind === 'rest') {
      if (rest !== undefined) return rest
      rest = place
      return undefined
    }
    const map = pattern.kind === 'exact' ? exact : prefixes
    const key = scoped(pattern.value, isInternal(pattern) ? domain : undefined)
    const there = map.get(key)
    if (there !== undefined) return there
    map.set(key, place)
    if (pattern.kind === 'prefix') noteLength(pattern.value.length)
    return undefined
  }

  function noteLength(length: number): void {
    const count = lengthCounts.get(length) ?? 0
    lengthCounts.set(length, count + 1)
    if (count === 0) lengths = [...lengthCounts.keys()].sort((a, b) => b - a)
  }

  /** A pattern of one domain wins over one that holds everywhere. */
  function lookUp(
    map: Map<string, PatternPlace>,
    value: string,
    domain: string | undefined,
    includes: Includes,
  ): PatternPlace | undefined {
    if (domain !== undefined && !value.startsWith('+')) {
      const place = map.get(scoped(value, domain))
      if (place !== undefined && includes(place.document)) return place
    }
    const place = map.get(value)
    return place !== undefined && includes(place.document) ? place : undefined
  }

  function* matches(forms: readonly string[], domain: string | undefined, includes = all): Generator<Match> {
    // With an @ in it, what a caller dials would be read as a number scoped to a domain of the caller's choice.
    const numbers = forms.filter((form) => !form.includes('@'))
    for (const form of numbers) {
      const place = lookUp(exact, form, domain, includes)
      if (place !== undefined) yield { ...place, kind: 'exact' }
    }
    // A number's own prefixes before those of how it was delivered, which may lie in anybody's.
    for (const form of numbers.toReversed()) {
      for (const length of lengths) {
        if (form.length < length) continue
        const place = lookUp(prefixes, form.slice(0, length), domain, includes)
        if (place !== undefined) yield { ...place, kind: 'prefix' }
      }
    }
    if (rest !== undefined && includes(rest.document)) yield { ...rest, kind: 'rest' }
  }

  return {
    get size() {
      return size
    },
    add(pattern, domain, place) {
      const there = put(pattern, domain, place)
      if (there === undefined) size++
      return there
    },
    find: (forms, domain, includes) => {
      const first = matches(forms, domain, includes).next()
      return first.done === true ? undefined : first.value
    },
    findAll: (forms, domain, includes) => [...matches(forms, domain, includes)],
    exact(number, domain, includes = all) {
      const place = exact.get(scoped(number, domain))
      return place !== undefined && includes(place.document) ? place : undefined
    },
  }
}
