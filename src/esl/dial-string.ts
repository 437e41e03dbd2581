/** Dial strings from typed parts. Whoever writes `{`, `[`, `<` or `,` into one can run commands: only this file does. */
import { type Checked, hangupAfter, matching, refused } from './guard.ts'

export type DialString = Checked<'DialString'>

/** What may be set on a new leg, or on the attempt as a whole. */
export type LegVariable =
  | 'absolute_codec_string'
  | 'call_timeout'
  | 'hangup_after_bridge'
  | 'ignore_early_media'
  | 'leg_delay_start'
  | 'leg_progress_timeout'
  | 'leg_timeout'
  | 'originate_timeout'
  | 'origination_privacy'
  | 'outbound_redirect_fatal'
  | 'sip_cid_type'
  | 'sip_copy_custom_headers'
  | 'sip_h_Privacy'
  | 'sip_h_X-Belplan-Hops'
  | 'sip_h_X-Belplan-Legs'

export type LegVariables = Readonly<Partial<Record<LegVariable, string>>>

const LEG_VARIABLES: Readonly<Record<LegVariable, true>> = {
  absolute_codec_string: true,
  call_timeout: true,
  hangup_after_bridge: true,
  ignore_early_media: true,
  leg_delay_start: true,
  leg_progress_timeout: true,
  leg_timeout: true,
  originate_timeout: true,
  origination_privacy: true,
  outbound_redirect_fatal: true,
  sip_cid_type: true,
  sip_copy_custom_headers: true,
  sip_h_Privacy: true,
  'sip_h_X-Belplan-Hops': true,
  'sip_h_X-Belplan-Legs': true,
}

/** The longest that the caller may talk: FreeSWITCH itself ends the call, whatever becomes of the controller. */
export interface Longest {
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

const DESTINATION = /^\+?[0-9*#]{1,32}$/
const PART = /^[+0-9*#]{0,32}$/
const DOMAIN = /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/
const VALUE = /^[A-Za-z0-9_.:+#*-]{1,128}$/
const PLACEHOLDER = /\{([a-z]+|[1-9])\}/g
/** What leads to telephones and trunks, and turning away; others run applications, or pick up calls of somebody else. */
const ENDPOINTS = ['sofia', 'user', 'group', 'verto.rtc', 'skinny', 'freetdm', 'error']
/**
 * `endpoint/rest`, without blanks, quotes, `$ \ , | < > [ ]`, or braces that are no placeholder. A loopback has an
 * extension and a context and no more: `app=` in place of the one runs applications, and so may a dialplan behind the
 * other (mod_loopback.c, channel_outgoing_channel).
 */
const TEMPLATE = new RegExp(
  `^(?:(?:${ENDPOINTS.join('|').replace('.', '\\.')})/[A-Za-z0-9_.:;=@/+*#~%-]{1,500}|loopback/[A-Za-z0-9_.+*#-]{1,64}/[A-Za-z0-9_.-]{1,64})$`,
)

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
 * early media is no answer. The one variable here that runs anything, so it is not among `LegVariable`.
 */
function hangupOnAnswer({ call, seconds }: Longest): string {
  return `api_on_answer='sched_hangup ${hangupAfter(call, seconds)}'`
}

/**
 * Checks an operator's template, at the start rather than with the first call.
 *
 * @throws BelplanError `refused` with what to write instead
 */
export function checkTemplate(template: string): void {
  const bare = template.replace(PLACEHOLDER, (text, name: string) => {
    if (name === 'destination' || name === 'domain' || /^[1-9]$/.test(name)) return '0'
    throw refused('a dial template', `must not hold ${text}: there is {destination}, {domain} and {1} to {9}`)
  })
  // `:_:` separates attempts of their own (switch_ivr_originate.c, switch_ivr_enterprise_originate).
  if (TEMPLATE.test(bare) && !bare.includes(':_:')) return
  throw refused(
    'a dial template',
    `must read like sofia/gateway/carrier/{destination}: one endpoint of ${ENDPOINTS.join(', ')} or loopback/EXTENSION/CONTEXT, no blanks, quotes, commas, brackets, $, | or \\`,
  )
}

function endpoint({ template, destination, domain, groups }: Leg): string {
  checkTemplate(template)
  matching('a destination', destination, DESTINATION, 'must be digits, * and # with or without a leading +')
  return template.replace(PLACEHOLDER, (_, name: string) => {
    if (name === 'destination') return destination
    if (name !== 'domain')
      return matching('a part of a destination', groups?.[Number(name) - 1] ?? '', PART, 'must be digits')
    if (domain === undefined) throw refused('a dial template', 'needs {domain}, and there is none')
    return matching('a domain', domain, DOMAIN, 'must be a host name or address')
  })
}

function assignments(variables: LegVariables): string[] {
  return Object.entries(variables).map(([name, value]) => {
    if (!Object.hasOwn(LEG_VARIABLES, name))
      throw refused('a leg variable', 'is not on the list of those that may be set')
    return `${name}=${matching(name, value, VALUE, 'must be letters, digits and _ . : + # * - only')}`
  })
}

function group(open: string, pairs: readonly string[], close: string): string {
  return pairs.length === 0 ? '' : `${open}${pairs.join(',')}${close}`
}
