/** What a destination is checked for before the routes that dial, in every form that a network may take it for. */
import type { RE2JS } from 're2js'
import type { E164Of } from '../plan/index.ts'
import { remembered } from '../util/remembered.ts'
import { interpretationsIn } from './interpretations.ts'
import type { DenyRoute, Route } from './routes.ts'

interface Screening {
  /** The reason of the first `deny` that the destination meets; undefined: none. */
  denial(destination: string): string | undefined
  /** Whether a destination matches one of `patterns`: by its E.164 form, or in all its forms where it has none. */
  isAmong(destination: string, patterns: readonly RE2JS[]): boolean
}

/** The same destinations are dialled again and again: so many results are kept, some 3 MB. */
const MOST_KEPT = 10_000

/** In place of the forms of what could be any number: only a pattern that matches anything matches it. */
const ANY_NUMBER = 'any-number'

/** `country`: where national numbers are dialled. */
export function createScreening(
  routes: readonly Route[],
  country: string | undefined,
  e164Of: E164Of,
): Screening {
  const denials = routes.filter((route) => route.kind === 'deny')
  const { interpret, fromAbroad } = interpretationsIn(country)

  function meets({ match }: DenyRoute, destination: string, forms: readonly string[]): boolean {
    const finds = (text: string) => match.matcher(text).find()
    // `^00` forbids calls abroad: that a number at home can be dialled so says nothing of it.
    const home = fromAbroad.filter(finds)
    return forms.some(
      (form) => finds(form) && (form === destination || !home.some((abroad) => form.startsWith(abroad))),
    )
  }

  /** Empty: none. */
  const denialOf = remembered(MOST_KEPT, (destination) => {
    const forms = interpret(destination, e164Of(destination))
    if (!forms) return 'it can be taken for too many numbers'
    return denials.find((denial) => meets(denial, destination, forms))?.deny ?? ''
  })

  /** Of a destination that has no E.164 form: itself and the international numbers, with blanks between them. */
  const formsOf = remembered(MOST_KEPT, (destination) => {
    const forms = interpret(destination, undefined)?.filter((form) => form.startsWith('+'))
    return [destination, ...(forms ?? [ANY_NUMBER])].join(' ')
  })

  return {
    denial: (destination) => (denials.length > 0 && denialOf(destination)) || undefined,
    isAmong(destination, patterns) {
      const e164 = e164Of(destination)
      const forms = e164 === undefined ? formsOf(destination).split(' ') : [e164]
      return forms.every((form) => patterns.some((pattern) => pattern.test(form)))
    },
  }
}
