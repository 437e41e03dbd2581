/** Destinations to legs, by the operator's routes alone: what no route allows is never dialled. */
import type { RE2JS } from 're2js'
import { dialString, type DialString, type Greeting, type Leg, type LegVariables } from '../esl/index.ts'
import {
  type BridgeRequest,
  CONFIRM_SECONDS,
  type E164Of,
  type OwnTimes,
  type Refused,
  ringEndMs,
  transferGrant,
  type TransferGrant,
} from '../plan/index.ts'
import { BelplanError } from '../util/errors.ts'
import { legsLeft, nextHop, type HopCount } from './hops.ts'
import type { Route } from './routes.ts'
import { createScreening } from './screening.ts'

interface RouterOptions {
  readonly routes: readonly Route[]
  /** Where national numbers are dialled. */
  readonly country: string | undefined
  readonly e164Of: E164Of
  /** The longest conversation that any route may allow, in seconds. */
  readonly maxSeconds: number
}

export interface Router extends Pick<RouterOptions, 'country' | 'maxSeconds'> {
  /** Why no route would ring a destination, whatever the domain; undefined: one would. */
  refusal(destination: string): string | undefined
  /**
   * Where a transfer goes, of what the document was granted: to no destination that is denied, whatever the operator
   * granted.
   */
  transfer(
    extension: string,
    context: string | undefined,
    transfers: readonly TransferGrant[],
  ): TransferGrant | Refused
  /**
   * One dial string that rings the destinations that have a route, as many as may ring for the call; whoever answers
   * may talk as long as each of them allows.
   */
  dial(request: DialRequest): Dial | NoDial
}

/** What the document of a call may ring. */
export interface DialPermission {
  /** Fills `{domain}`. */
  readonly domain: string | undefined
  /** A destination must match one of them; undefined: no restriction but the routes. */
  readonly destinations: readonly RE2JS[] | undefined
}

interface DialRequest extends Pick<BridgeRequest, 'ringMs' | 'own' | 'audio'> {
  /** The caller's channel. */
  readonly call: string
  /** Where the call has been. */
  readonly hopCount: HopCount
  readonly permission: DialPermission
  /** Each is `+`, digits, `*`, `#`. */
  readonly destinations: readonly string[]
  /** How many of so many legs the document may ring now. */
  readonly admitLegs: (wanted: number) => number
  /** Of all legs. */
  readonly legVariables: LegVariables
}

export interface Dial {
  readonly dial: DialString
  /** Why a destination of the list is not rung, where one is not. */
  readonly reason?: string
}

interface NoDial {
  readonly dial?: undefined
  readonly reason: string
  readonly cause: string
}

interface Rung {
  readonly leg: Leg
  readonly maxSeconds: number
  /** As the plan has it. */
  readonly destination: string
}

type Routed = Rung | { readonly refused: string; readonly cause: string }

const TOO_MANY_LEGS = 'the document rings more than limits.legsPerSecond'

export function createRouter({ routes, country, e164Of, maxSeconds }: RouterOptions): Router {
  const dialRoutes = routes.filter((route) => route.kind === 'dial')
  const screening = createScreening(routes, country, e164Of)

  /** Every `deny` is tried first, then the first match dials; none: denied. */
  function route(destination: string, { domain, destinations }: DialPermission): Routed {
    const denied = screening.denial(destination)
    if (denied !== undefined) return { refused: denied, cause: 'OUTGOING_CALL_BARRED' }
    if (destinations && !screening.isAmong(destination, destinations)) {
      return { refused: "not among its owner's destinations", cause: 'OUTGOING_CALL_BARRED' }
    }
    const number = e164Of(destination) ?? destination
    for (const { match: pattern, dial, maxSeconds: longest = maxSeconds } of dialRoutes) {
      const match = pattern.matcher(number)
      if (!match.find()) continue
      if (dial.includes('{domain}') && domain === undefined) {
        return { refused: 'the route needs a domain, and there is none', cause: 'NO_ROUTE_DESTINATION' }
      }
      const groups = Array.from({ length: match.groupCount() }, (_, i) => match.group(i + 1) ?? undefined)
      return {
        leg: { template: dial, destination: number, domain, groups },
        maxSeconds: Math.min(longest, maxSeconds),
        destination,
      }
    }
    return { refused: 'no route', cause: 'NO_ROUTE_DESTINATION' }
  }

  return {
    country,
    maxSeconds,
    refusal(destination) {
      const found = route(destination, { domain: '', destinations: undefined })
      return 'refused' in found ? found.refused : undefined
    },
    transfer(extension, context, transfers) {
      const denied = screening.denial(extension)
      const grant = denied === undefined ? transferGrant(extension, context, transfers) : { refused: denied }
      return 'refused' in grant ? { reason: grant.refused, cause: 'OUTGOING_CALL_BARRED' } : grant
    },
    dial(request) {
      const { destinations, hopCount, permission, admitLegs } = request
      const routed = destinations.map((destination) => route(destination, permission))
      const allowed = routed.filter((found) => 'leg' in found)
      const refused = routed.find((found) => 'refused' in found)
      if (allowed.length === 0) {
        return {
          reason: refused?.refused ?? 'no destination',
          cause: refused?.cause ?? 'NO_ROUTE_DESTINATION',
        }
      }
      const left = Math.min(allowed.length, legsLeft(hopCount))
      const rung = allowed.slice(0, admitLegs(left))
      if (rung.length === 0) return { reason: TOO_MANY_LEGS, cause: 'NORMAL_CIRCUIT_CONGESTION' }
      const short =
        rung.length < left ? TOO_MANY_LEGS : `${hopCount.legs} legs have been rung for the call already`
      const reason =
        rung.length < allowed.length
          ? `the first ${rung.length} of ${allowed.length}: ${short}`
          : refused?.refused
      try {
        return { dial: ringAll(rung, request), ...(reason !== undefined && { reason }) }
      } catch (error) {
        if (error instanceof BelplanError && error.code === 'refused')
          return { reason: error.message, cause: 'NO_ROUTE_DESTINATION' }
        throw error
      }
    },
  }
}

/** Where no other time is set, FreeSWITCH ends an attempt after so long (SWITCH_DEFAULT_TIMEOUT). */
const LONGEST_ATTEMPT_SECONDS = 60

/** Longer than anybody listens to before they talk. */
const ANNOUNCE_SECONDS = 60

/** FreeSWITCH counts whole seconds: a leg ends up to one late, and the attempt up to one early. */
const SLACK_SECONDS = 2

/** @throws BelplanError `refused` for what fits no dial string, such as a domain that is no host name */
function ringAll(rung: readonly Rung[], request: DialRequest): DialString {
  const { call, hopCount, ringMs, own, audio, legVariables } = request
  const legs = rung.map(({ leg, destination }) => ({
    ...leg,
    variables: ringVariables({ ringMs, ...own?.[destination] }),
  }))
  const destinations = rung.map(({ destination }) => destination)
  const greeting = greetingOf(audio)
  const attemptSeconds = inSeconds(ringEndMs({ ...request, destinations })) + (greeting?.seconds ?? 0)
  const all = {
    ...legVariables,
    ...nextHop(hopCount, rung.length),
    // A callee's redirect would take the caller where no route allows, and out of the walk.
    outbound_redirect_fatal: 'true',
    ...((greeting || attemptSeconds >= LONGEST_ATTEMPT_SECONDS) && {
      originate_timeout: String(attemptSeconds + SLACK_SECONDS),
    }),
  }
  const seconds = Math.min(...rung.map((found) => found.maxSeconds))
  return dialString(legs, all, { call, seconds }, { ringback: audio?.ringback, greeting })
}

function greetingOf(audio: BridgeRequest['audio']): Greeting | undefined {
  const announce = audio?.announce
  const confirm = audio?.confirm === true
  if (announce === undefined && !confirm) return undefined
  return { announce, confirm, seconds: confirm ? CONFIRM_SECONDS : ANNOUNCE_SECONDS }
}

function ringVariables({ delayMs = 0, ringMs }: OwnTimes & Pick<DialRequest, 'ringMs'>): LegVariables {
  return {
    leg_timeout: String(inSeconds(ringMs)),
    ...(delayMs > 0 && { leg_delay_start: String(inSeconds(delayMs)) }),
  }
}

const inSeconds = (ms: number): number => Math.round(ms / 1000)
