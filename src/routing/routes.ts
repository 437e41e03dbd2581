/**
 * Routes: the operator's table from a destination to what FreeSWITCH dials. Patterns run on RE2, whose time
 * is linear in its input, so no pattern and no destination can hold the event loop.
 */
import { RE2JS } from 're2js'
import { groupsIn } from '../syntax/index.ts'

interface RouteBase {
  /** Found anywhere in the destination: anchor with `^` and `$`. */
  readonly match: RE2JS
}

interface DialRoute extends RouteBase {
  readonly kind: 'dial'
  /** Dial string with `{destination}`, `{domain}`, `{1}`…`{9}`. */
  readonly dial: string
  /** Longest conversation over this route, in seconds. */
  readonly maxSeconds: number | undefined
}

export interface DenyRoute extends RouteBase {
  readonly kind: 'deny'
  /** Why, in the operator's words. */
  readonly deny: string
}

export type Route = DialRoute | DenyRoute

/** A route as it stands in the configuration file. */
export interface RouteEntry {
  readonly match: string
  readonly dial?: string
  readonly deny?: string
  readonly maxSeconds?: number
}

/** What is wrong with a pattern, or undefined. */
export function patternFault(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'unknown'
    return `cannot be matched in linear time, or is no pattern: ${reason}; write it without look-around and back-references`
  }
}

/** The first `{n}` of a template that the pattern has no group for, or undefined. */
export function missingGroup(entry: RouteEntry): number | undefined {
  const groups = RE2JS.compile(entry.match).groupCount()
  return groupsIn(entry.dial ?? '').find((number) => number > groups)
}

export function compileRoute(entry: RouteEntry): Route {
  const match = RE2JS.compile(entry.match)
  return Object.freeze(
    entry.deny === undefined
      ? { match, kind: 'dial', dial: entry.dial ?? '', maxSeconds: entry.maxSeconds }
      : { match, kind: 'deny', deny: entry.deny },
  )
}
