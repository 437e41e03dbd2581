/** Destinations to legs, by the operator's routes alone: what no route allows is never dialled. */
import type { RE2JS } from 're2js'
import { dialString, type DialString, type Leg, type LegVariables } from '../esl/index.ts'
import { BelplanError } from '../util/errors.ts'
import { type E164Of, toE164 } from '../plan/index.ts'
import { remembered } from '../util/remembered.ts'
import { legsLeft, nextRound, type Rounds } from './hops.ts'
import type { DenyRoute, Route } from './routes.ts'
import { readingsIn } from './taken-for.ts'

export interface Routing {
  readonly routes: readonly Route[]
  readonly country: string | undefined
  /** `toE164` unless given. */
  readonly e164Of?: E164Of
  /** Made of the same anew, unless given. */
  readonly screening?: Screening
  /** Fills `{domain}`. */
  readonly domain: string | undefined
  /** A destination must match one of them; undefined: no restriction but the routes. */
  readonly destinations?: readonly RE2JS[] | undefined
  /** The longest conversation that any route may allow, in seconds. */
  readonly maxSeconds: number
}

type Routed =
  { readonly leg: Leg; readonly maxSeconds: number } | { readonly refused: string; readonly cause: string }

/** What a destination is looked at for before it meets the routes that dial. */
export interface Screening {
  /** The reason of the first `deny` that it meets in any form that a network may take it for; empty: none. */
  denial(destination: string): string
  /** The numbers in international form that a network may take it for, if it is no valid one; blanks between them. */
  takenFor(destination: string): string
}

type Screened = Pick<Routing, 'routes' | 'country' | 'e164Of'>

/** `most`: so many results are kept, since the same destinations are dialled again and again. */
export function createScreening({ routes, country, e164Of }: Screened, most?: number): Screening {
  const denials = routes.filter((route) => route.kind === 'deny')
  const { takenFor, fromAbroad } = readingsIn(country)

  function meets({ match }: DenyRoute, destination: string, forms: readonly string[]): boolean {
    const finds = (text: string) => match.matcher(text).find()
    // `^00` forbids calls abroad: that a number at home can be dialled so says nothing of it.
    const home = fromAbroad.filter(finds)
    return forms.some((form) => finds(form) && (form === destination || !home.some((abroad) => form.startsWith(abroad)))) // prettier-ignore
  }

  const screening: Screening = {
    denial(destination) {
      if (denials.length === 0) return ''
      const forms = takenFor(destination, e164Of ? e164Of(destination) : toE164(destination, country))
      if (!forms) return TOO_MANY_NUMBERS
      return denials.find((denial) => meets(denial, destination, forms))?.deny ?? ''
    },
    takenFor: (destination) =>
      (takenFor(destination, undefined) ?? [TOO_MANY_NUMBERS])
        .filter((form) => form.startsWith('+') || form === TOO_MANY_NUMBERS)
        .join(' '),
  }
  return most === undefined
    ? screening
    : { denial: remembered(most, screening.denial), takenFor: remembered(most, screening.takenFor) }
}

const TOO_MANY_NUMBERS = 'it can be taken for too many numbers'

/** What is no valid number must not be one beside `destinations` in any form that a network may take it for. */
function isAmong(
  destinations: readonly RE2JS[],
  destination: string,
  valid: string | undefined,
  { takenFor }: Screening,
): boolean {
  const forms = valid === undefined ? `${destination} ${takenFor(destination)}`.trim().split(' ') : [valid]
  return forms.every((form) => destinations.some((pattern) => pattern.test(form)))
}

/** Every `deny` is tried first, then the first match dials; none: denied. `destination` is `+`, digits, `*`, `#`. */
function route(destination: string, routing: Routing): Routed {
  const { routes, country, domain, destinations, maxSeconds, e164Of } = routing
  const { screening = createScreening(routing) } = routing
  const valid = e164Of ? e164Of(destination) : toE164(destination, country)
  const number = valid ?? destination
  const refused = screening.denial(destination)
  if (refused !== '') return { refused, cause: 'OUTGOING_CALL_BARRED' }
  if (destinations && !isAmong(destinations, destination, valid, screening)) {
    return { refused: "not among its owner's destinations", cause: 'OUTGOING_CALL_BARRED' }
  }
  for (const candidate of routes) {
    if (candidate.kind === 'deny') continue
    const match = candidate.match.matcher(number)
    if (!match.find()) continue
    if (candidate.dial.includes('{domain}') && domain === undefined) {
      return { refused: 'the route needs a domain, and there is none', cause: 'NO_ROUTE_DESTINATION' }
    }
    const groups = Array.from({ length: match.groupCount() }, (_, i) => match.group(i + 1) ?? undefined)
    return {
      leg: { template: candidate.dial, destination: number, domain, groups },
      maxSeconds: Math.min(candidate.maxSeconds ?? maxSeconds, maxSeconds),
    }
  }
  return { refused: 'no route', cause: 'NO_ROUTE_DESTINATION' }
}

/** Why a destination would not be rung, whatever the domain; undefined where a route lets it out. */
export function refusalOf(
  destination: string,
  routing: Pick<Routing, 'routes' | 'country'>,
): string | undefined {
  const found = route(destination, { ...routing, domain: '', maxSeconds: Infinity })
  return 'refused' in found ? found.refused : undefined
}

export interface Dial {
  readonly dial: DialString
  /** Why a destination of the list is not rung, where one is not. */
  readonly reason?: string
}

export interface NoDial {
  readonly dial?: undefined
  readonly reason: string
  readonly cause: string
}

export interface Dialling {
  /** The caller's channel. */
  readonly call: string
  /** Where the call has been. */
  readonly rounds: Rounds
  readonly destinations: readonly string[]
  readonly ringMs: number
  /** How many of so many legs the document may ring now. */
  readonly admitLegs: (wanted: number) => number
  /** Of all legs. */
  readonly legVariables: LegVariables
}

const TOO_MANY_LEGS = 'the document rings more than limits.legsPerSecond'

/**
 * One dial string that rings the destinations that have a route, as many as may ring for the call; whoever answers may
 * talk as long as each of them allows.
 */
export function dialFor(
  { call, rounds, destinations, ringMs, admitLegs, legVariables }: Dialling,
  routing: Routing,
): Dial | NoDial {
  const routed = destinations.map((destination) => route(destination, routing))
  const allowed = routed.filter((found) => 'leg' in found)
  const refused = routed.find((found) => 'refused' in found)
  if (allowed.length === 0) {
    return { reason: refused?.refused ?? 'no destination', cause: refused?.cause ?? 'NO_ROUTE_DESTINATION' }
  }
  const left = Math.min(allowed.length, legsLeft(rounds))
  const rung = allowed.slice(0, admitLegs(left))
  if (rung.length === 0) return { reason: TOO_MANY_LEGS, cause: 'NORMAL_CIRCUIT_CONGESTION' }
  const short = rung.length < left ? TOO_MANY_LEGS : `${rounds.legs} legs have been rung for the call already`
  const reason =
    rung.length < allowed.length
      ? `the first ${rung.length} of ${allowed.length}: ${short}`
      : refused?.refused
  const ring = { leg_timeout: String(Math.round(ringMs / 1000)) }
  const longest = { call, seconds: Math.min(...rung.map((found) => found.maxSeconds)) }
  try {
    const legs = rung.map(({ leg }) => ({ ...leg, variables: ring }))
    // A callee's redirect would take the caller where no route allows, and out of the walk.
    const all = { ...legVariables, ...nextRound(rounds, rung.length), outbound_redirect_fatal: 'true' }
    return { dial: dialString(legs, all, longest), ...(reason !== undefined && { reason }) }
  } catch (error) {
    if (error instanceof BelplanError && error.code === 'refused') {
      return { reason: error.message, cause: 'NO_ROUTE_DESTINATION' }
    }
    throw error
  }
}
