/** What is asked of calls, and whether one is meant. Lists have the newest call first, and a place in them is a time and an id. */
import { bareNumber, documentMatcher, prefixInE164, toE164 } from '../plan/index.ts'
import { type CallLine, type Ending, ENDINGS, MISSED } from '../records/index.ts'

/** A number in each form in which it may stand in records, or how one begins. */
export type NumberFilter =
  { readonly forms: readonly string[]; readonly prefix?: undefined } | { readonly prefix: string }

/** Of a page: its last call. The next page begins behind it. */
export interface Place {
  /** When it came in; milliseconds since 1970. */
  readonly ms: number
  readonly id: string
}

export const WANTED_ENDINGS = [...ENDINGS, 'missed'] as const
export type WantedEnding = (typeof WANTED_ENDINGS)[number]

export interface CallFilter {
  /** How its id begins. */
  readonly id?: string
  /** The number that was called. */
  readonly number?: NumberFilter
  readonly caller?: NumberFilter
  /** A document (`north/acme`), or one of its plans (`north/acme/main`). */
  readonly plan?: string
  /** `missed`: any of those in which nobody talked to the caller. */
  readonly ending?: WantedEnding
  /** Calls that came in then or later, and before; milliseconds since 1970. */
  readonly sinceMs?: number
  readonly untilMs?: number
  /** Patterns of documents (`acme`, `north/*`, `*`); absent: also calls of none. */
  readonly documents?: readonly string[]
}

export interface CallQuery extends CallFilter {
  readonly after?: Place
  /** How many. */
  readonly most: number
}

/**
 * `written` as people write a number: national, with punctuation, or the beginning of one with `*` behind it. `country`
 * reads national ones. Empty: of callers who withheld theirs.
 */
export function numberFilter(written: string, country: string | undefined): NumberFilter {
  const bare = bareNumber(written)
  if (bare.endsWith('*')) {
    const prefix = bare.slice(0, -1)
    return { prefix: prefixInE164(prefix, country) ?? prefix }
  }
  return { forms: [...new Set([written.trim(), bare, toE164(bare, country) ?? bare])] }
}

/** Calls as people ask for them. */
export interface AskedCalls extends Pick<CallFilter, 'plan' | 'ending'> {
  readonly number?: string | undefined
  readonly caller?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** `country` reads national numbers; `msOf` throws for what is no time, of which field. */
export function callFilter(
  { number, caller, plan, ending, since, until }: AskedCalls,
  country: string | undefined,
  msOf: (field: 'since' | 'until', written: string) => number,
): CallFilter {
  return {
    ...(number !== undefined && { number: numberFilter(number, country) }),
    ...(caller !== undefined && { caller: numberFilter(caller, country) }),
    ...(plan !== undefined && { plan }),
    ...(ending && { ending }),
    ...(since !== undefined && { sinceMs: msOf('since', since) }),
    ...(until !== undefined && { untilMs: msOf('until', until) }),
  }
}

/** `acme/main` may be a document of that name, or the plan `main` of `acme`. */
export function planParts(plan: string): { readonly document: string; readonly plan: string } | undefined {
  const slash = plan.lastIndexOf('/')
  return slash < 0 ? undefined : { document: plan.slice(0, slash), plan: plan.slice(slash + 1) }
}

/** The endings of the calls that are wanted. */
export const endingsOf = (ending: WantedEnding): readonly Ending[] =>
  ending === 'missed' ? MISSED : [ending]

/** As the index does in SQL. */
export function callMatcher(filter: CallFilter): (call: CallLine) => boolean {
  const { id = '', number, caller, plan, ending, sinceMs = -Infinity, untilMs = Infinity, documents } = filter
  const parts = plan === undefined ? undefined : planParts(plan)
  const mayUse = documents && documentMatcher(documents)
  return (call) => {
    const { document } = call
    if (!call.id.startsWith(id)) return false
    if (number && !isNumber(call.did, number)) return false
    if (caller && !isNumber(call.caller, caller)) return false
    const isOfPlan = parts && document === parts.document && call.plan === parts.plan
    if (plan !== undefined && document !== plan && !isOfPlan) return false
    if (ending !== undefined && !(call.ending && endingsOf(ending).includes(call.ending))) return false
    if (mayUse && (document === undefined || !mayUse(document))) return false
    const ms = Date.parse(call.at)
    return ms >= sinceMs && ms < untilMs
  }
}

function isNumber(text: string, { prefix, ...filter }: NumberFilter): boolean {
  return prefix === undefined
    ? (filter as { forms: readonly string[] }).forms.includes(text)
    : text.startsWith(prefix)
}

export const placeOf = ({ at, id }: CallLine): Place => ({ ms: Date.parse(at), id })

/** Above zero: `a` comes behind `b` in a list. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.ms !== b.ms) return b.ms - a.ms
  return a.id === b.id ? 0 : a.id < b.id ? 1 : -1
}

/** The first `most` of several lists that are in order, behind `after`. */
export function firstCalls(calls: readonly CallLine[], { after, most }: Pick<CallQuery, 'after' | 'most'>) {
  return calls
    .map((call) => ({ call, place: placeOf(call) }))
    .filter(({ place }) => after === undefined || comparePlaces(place, after) > 0)
    .sort((a, b) => comparePlaces(a.place, b.place))
    .slice(0, most)
    .map(({ call }) => call)
}

/** Each call once, as it stands last: it may be held on two connections for a moment, and have two records. */
export const once = (calls: readonly CallLine[]): CallLine[] => [
  ...new Map(calls.map((call) => [call.id, call])).values(),
]

/** Opaque to clients. */
export const cursorOf = ({ ms, id }: Place): string => Buffer.from(`${ms} ${id}`).toString('base64url')

/** Undefined: it is no cursor. */
export function placeAt(cursor: string): Place | undefined {
  const [, ms, id] = /^(-?\d{1,16}) (.{1,256})$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  return ms === undefined || id === undefined ? undefined : { ms: Number(ms), id }
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/

/** A day, or a time, in UTC unless it says otherwise, in milliseconds since 1970; undefined: it is none. */
export function timeOf(written: string): number | undefined {
  const [, day, time = '00:00', zone = 'Z'] = TIME.exec(written) ?? []
  const ms = day === undefined ? NaN : Date.parse(`${day}T${time}${zone}`)
  // `2026-02-31` is read as a day in March.
  if (Number.isNaN(ms) || new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day) return undefined
  return ms
}
