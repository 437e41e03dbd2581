/** Dial strings from typed parts. `{`, `[`, `<` and `,` in one can run commands, and only this file writes them. */
import { DESTINATION, dialTemplateFault, fillDialTemplate } from '../syntax/index.ts'
import { type Checked, hangupAfter, matching, refused } from './guard.ts'

export type DialString = Checked<'DialString'>

/** What may be set on a new leg, or on the attempt as a whole. */
const LEG_VARIABLES = [
  'leg_timeout',
  'origination_privacy',
  'outbound_redirect_fatal',
  'sip_cid_type',
  'sip_h_Privacy',
  'sip_h_X-Belplan-Hops',
  'sip_h_X-Belplan-Legs',
] as const

export type LegVariables = Readonly<Partial<Record<(typeof LEG_VARIABLES)[number], string>>>

const legVariables: ReadonlySet<string> = new Set(LEG_VARIABLES)

/** The longest that the caller may talk: FreeSWITCH itself ends the call, whatever becomes of the controller. */
interface Longest {
  /** The caller's channel. */
  readonly call: string
  readonly seconds: number
}

export interface Leg {
  /** The operator's text, such as `user/{destination}@{domain}`; `{1}` … `{9}` are `groups`. */
  readonly template: string
  readonly destination: string
  readonly domain?: string | undefined
  /** Parts of the destination that the route's pattern matched: `groups[0]` is `{1}`. */
  readonly groups?: readonly (string | undefined)[]
  readonly variables?: LegVariables
}

const PART = /^[+0-9*#]{0,32}$/
const DOMAIN = /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/
const VALUE = /^[A-Za-z0-9_.:+#*-]{1,128}$/

/**
 * One dial string that rings all legs at the same time.
 *
 * @param variables of the whole attempt
 * @throws BelplanError `refused`
 */
export function dialString(
  legs: readonly Leg[],
  variables: LegVariables = {},
  longest?: Longest,
): DialString {
  if (legs.length === 0) throw refused('a dial string', 'must have at least one destination')
  const pairs = [...(longest ? [hangupOnAnswer(longest)] : []), ...assignments(variables)]
  const rung = legs.map((leg) => `${group('[', assignments(leg.variables ?? {}), ']')}${endpoint(leg)}`)
  return `${group('{', pairs, '}')}${rung.join(',')}` as DialString
}

/**
 * An API command that whichever leg is answered executes (switch_channel.c, switch_channel_perform_mark_answered):
 * early media is no answer. The one variable here that runs anything, so it is not among LEG_VARIABLES.
 */
function hangupOnAnswer({ call, seconds }: Longest): string {
  return `api_on_answer='sched_hangup ${hangupAfter(call, seconds)}'`
}

function endpoint({ template, destination, domain, groups }: Leg): string {
  const fault = dialTemplateFault(template)
  if (fault !== undefined) throw refused('a dial template', fault)
  matching('a destination', destination, DESTINATION, 'must be digits, * and # with or without a leading +')
  return fillDialTemplate(template, (placeholder) => {
    if (placeholder === 'destination') return destination
    if (placeholder !== 'domain') {
      const part = groups?.[Number(placeholder) - 1] ?? ''
      return matching('a part of a destination', part, PART, 'must be digits')
    }
    if (domain === undefined) throw refused('a dial template', 'needs {domain}, and there is none')
    return matching('a domain', domain, DOMAIN, 'must be a host name or address')
  })
}

function assignments(variables: LegVariables): string[] {
  return Object.entries(variables).map(([name, value]) => {
    if (!legVariables.has(name))
      throw refused('a leg variable', 'is not on the list of those that may be set')
    return `${name}=${matching(name, value, VALUE, 'must be letters, digits and _ . : + # * - only')}`
  })
}

function group(open: string, pairs: readonly string[], close: string): string {
  return pairs.length === 0 ? '' : `${open}${pairs.join(',')}${close}`
}
