/** Why a dialled number finds its plan, or finds none: for people who look for a wrong digit. */
import type { Includes, PatternPlace, Match, NumberIndex } from './number-index.ts'

/** A pattern that did not win, and why. */
interface Near extends PatternPlace {
  readonly why: string
}

export interface Explanation {
  /** The forms tried, in order. */
  readonly forms: readonly string[]
  /** The domain it was looked up in. */
  readonly domain?: string
  /** The pattern that matched. */
  readonly match?: Match
  /** At most ten. */
  readonly near: readonly Near[]
}

const MOST = 10

type Lookup = Pick<NumberIndex, 'findAll' | 'exact'>

/**
 * `domains` are those of the set's documents. Nothing is scanned: what is near is looked up like a number. What
 * `includes` leaves out neither matches nor is near.
 */
export function explain(
  whole: NumberIndex,
  forms: readonly string[],
  domain: string | undefined,
  domains: Iterable<string>,
  includes?: Includes,
): Explanation {
  const index: Lookup = {
    findAll: (numbers, within) => whole.findAll(numbers, within, includes),
    exact: (number, within) => whole.exact(number, within, includes),
  }
  const [match, ...lost] = index.findAll(forms, domain)
  const near = [
    ...lost.map((place) => ({ ...strip(place), why: whyLost(place) })),
    ...elsewhere(index, forms, domain, domains),
    ...oneDigitOff(index, forms, domain),
  ]
  const unique = [...new Map(near.map((one) => [`${one.document}\n${one.plan}\n${one.entry}`, one])).values()]
  const shown = unique.filter((one) => !match || one.document !== match.document || one.entry !== match.entry)
  return {
    forms,
    ...(domain === undefined ? {} : { domain }),
    ...(match === undefined ? {} : { match }),
    near: shown.slice(0, MOST),
  }
}

function strip({ document, plan, entry }: PatternPlace): PatternPlace {
  return { document, plan, entry }
}

function whyLost({ kind }: Match): string {
  if (kind === 'rest') return 'for everything else, and something else matched'
  return kind === 'prefix' ? 'a shorter prefix' : 'another form of the number, tried later'
}

function elsewhere(
  index: Lookup,
  forms: readonly string[],
  domain: string | undefined,
  domains: Iterable<string>,
): Near[] {
  const internal = forms.filter((form) => !form.startsWith('+'))
  return [...domains]
    .filter((other) => other.toLowerCase() !== domain?.toLowerCase())
    .flatMap((other) =>
      internal.flatMap((form) => {
        const place = index.exact(form, other)
        return place ? [{ ...place, why: `belongs to the domain ${other}` }] : []
      }),
    )
}

function oneDigitOff(index: Lookup, forms: readonly string[], domain: string | undefined): Near[] {
  return forms.flatMap((form) =>
    neighbours(form).flatMap(([number, why]) => {
      const place = index.exact(number, domain) ?? index.exact(number)
      return place ? [{ ...place, why }] : []
    }),
  )
}

/** Every number that is one slip away. */
function* slips(number: string): Generator<[string, string]> {
  for (let i = number.startsWith('+') ? 1 : 0; i <= number.length; i++) {
    const before = number.slice(0, i)
    const after = number.slice(i)
    if (after.length > 1) yield [before + after[1]! + after[0]! + after.slice(2), 'two digits are swapped']
    if (after.length > 0) yield [before + after.slice(1), 'has one digit less']
    for (const digit of '0123456789') {
      if (after.length > 0) yield [before + digit + after.slice(1), 'differs in one digit']
      yield [before + digit + after, 'has one digit more']
    }
  }
}

function neighbours(number: string): [string, string][] {
  return /^\+?[0-9]{2,20}$/.test(number) ? [...slips(number)].filter(([other]) => other !== number) : []
}
