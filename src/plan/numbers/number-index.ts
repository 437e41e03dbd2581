/** From a dialled number to its plan: the number itself, then the longest prefix, then `*`. */
import { createForkableMap, type ForkableMap } from '../../util/forkable-map.ts'
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

/** An index of number patterns. It changes by one pattern at a time, so that filling it can be spread over time. */
export interface NumberIndex {
  readonly size: number
  /** `domain` is that of the document. It takes the place of an equal pattern that is there already. */
  add(pattern: NumberPattern, domain: string | undefined, place: PatternPlace): void
  /** Takes the pattern out where it is `document`'s; what another one has taken meanwhile stays. */
  remove(pattern: NumberPattern, domain: string | undefined, document: string): void
  /** `forms` are those of one dialled number (`dialledForms`), `domain` is the one it was dialled in. */
  find(forms: readonly string[], domain?: string, includes?: Includes): Match | undefined
  /** Every pattern that matches, the winner first. */
  findAll(forms: readonly string[], domain?: string, includes?: Includes): Match[]
  /** The pattern for exactly this number in exactly this domain. */
  exact(number: string, domain?: string, includes?: Includes): PatternPlace | undefined
  /** Another index with the same patterns, in no time: what changes in one of the two does not in the other. */
  fork(): NumberIndex
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

/** Where a number stands. Without an entry it is written as it is looked up: then all numbers of a plan have the same one. */
type Held = Omit<PatternPlace, 'entry'> & Partial<Pick<PatternPlace, 'entry'>>

export function createNumberIndex(): NumberIndex {
  return indexOver({
    exact: createForkableMap(),
    prefixes: createForkableMap(),
    prefixLengths: new Map(),
    rest: undefined,
  })
}

interface Patterns {
  readonly exact: ForkableMap<Held>
  readonly prefixes: ForkableMap<PatternPlace>
  /** How many prefixes there are of each length. */
  readonly prefixLengths: Map<number, number>
  rest: PatternPlace | undefined
}

function indexOver(patterns: Patterns): NumberIndex {
  const { exact, prefixes, prefixLengths } = patterns
  /** The longest first. */
  let lengths = lengthsOf(prefixLengths)
  /** Of the plan whose numbers were added last. */
  let last: Held | undefined

  function count(length: number, more: 1 | -1): void {
    const before = prefixLengths.get(length) ?? 0
    if (before + more === 0) prefixLengths.delete(length)
    else prefixLengths.set(length, before + more)
    if (before === 0 || before + more === 0) lengths = lengthsOf(prefixLengths)
  }

  function add(pattern: NumberPattern, domain: string | undefined, place: PatternPlace): void {
    const { kind, value } = pattern
    if (kind === 'rest') {
      patterns.rest = place
      return
    }
    const key = scoped(value, isInternal(pattern) ? domain : undefined)
    if (kind === 'exact') {
      // One text for the key and for the entry, where they are the same.
      if (key === place.entry) exact.set(place.entry, shared(place))
      else exact.set(key, place)
      return
    }
    if (prefixes.get(key) === undefined) count(value.length, 1)
    prefixes.set(key, place)
  }

  function shared({ document, plan }: PatternPlace): Held {
    if (last?.document !== document || last.plan !== plan) last = { document, plan }
    return last
  }

  function remove(pattern: NumberPattern, domain: string | undefined, document: string): void {
    const { kind, value } = pattern
    if (kind === 'rest') {
      if (patterns.rest?.document === document) patterns.rest = undefined
      return
    }
    const key = scoped(value, isInternal(pattern) ? domain : undefined)
    const map = kind === 'exact' ? exact : prefixes
    if (map.get(key)?.document !== document) return
    map.delete(key)
    if (kind === 'prefix') count(value.length, -1)
  }

  function placeAt(map: ForkableMap<Held>, key: string, includes: Includes): PatternPlace | undefined {
    const place = map.get(key)
    if (place === undefined || !includes(place.document)) return undefined
    const { document, plan, entry = key } = place
    return { document, plan, entry }
  }

  /** A pattern of one domain wins over one that holds everywhere. */
  function lookUp(
    map: ForkableMap<Held>,
    value: string,
    domain: string | undefined,
    includes: Includes,
  ): PatternPlace | undefined {
    const own =
      domain !== undefined && !value.startsWith('+')
        ? placeAt(map, scoped(value, domain), includes)
        : undefined
    return own ?? placeAt(map, value, includes)
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
    const { rest } = patterns
    if (rest !== undefined && includes(rest.document)) yield { ...rest, kind: 'rest' }
  }

  return {
    get size() {
      return exact.size + prefixes.size + (patterns.rest === undefined ? 0 : 1)
    },
    add,
    remove,
    find: (forms, domain, includes) => {
      const first = matches(forms, domain, includes).next()
      return first.done === true ? undefined : first.value
    },
    findAll: (forms, domain, includes) => [...matches(forms, domain, includes)],
    exact: (number, domain, includes = all) => placeAt(exact, scoped(number, domain), includes),
    fork: () =>
      indexOver({
        exact: exact.fork(),
        prefixes: prefixes.fork(),
        prefixLengths: new Map(prefixLengths),
        rest: patterns.rest,
      }),
  }
}

const lengthsOf = (counts: ReadonlyMap<number, number>): number[] => [...counts.keys()].sort((a, b) => b - a)
