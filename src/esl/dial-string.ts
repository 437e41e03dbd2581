/** Dial strings from typed parts. `{`, `[`, `<` and `,` in one can run commands, and only this file writes them. */
import { DESTINATION, dialTemplateFault, DOMAIN, fillDialTemplate } from '../syntax/index.ts'
import { type Audio, audio } from './applications.ts'
import { type Checked, hangupAfter, matching, refused, whole } from './guard.ts'

export type DialString = Checked<'DialString'>

/** What may be set on a new leg, or on the attempt as a whole. */
const LEG_VARIABLES = [
  'leg_delay_start',
  'leg_timeout',
  'originate_timeout',
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

/** What is played during the attempt; each is checked as audio of a plan is. */
interface DialAudio {
  /** To the caller, in place of ringing, from the first moment on and again and again. */
  readonly ringback?: string | undefined
  readonly greeting?: Greeting | undefined
}

/** What whoever answers goes through before they talk; the attempt goes on meanwhile. */
export interface Greeting {
  /** Played to them; where they confirm, again and again. */
  readonly announce?: string | undefined
  /** They have to press 1 for the conversation to begin. */
  readonly confirm: boolean
  /** From the answer on: who is not through by then is hung up. */
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
  { ringback, greeting }: DialAudio = {},
): DialString {
  if (legs.length === 0) throw refused('a dial string', 'must have at least one destination')
  const pairs = [
    ...(longest ? [hangupWhenTalking(longest, greeting)] : []),
    ...(ringback === undefined ? [] : ['instant_ringback=true']),
    ...(greeting ? greetingVariables(greeting) : []),
    ...assignments(variables),
  ]
  const rung = legs.map((leg) => `${group('[', assignments(leg.variables ?? {}), ']')}${endpoint(leg)}`)
  const scope = ringback === undefined ? '' : ringbackScope(audio(ringback))
  return `${scope}${group('{', pairs, '}')}${rung.join(',')}` as DialString
}

/**
 * An API command that whichever leg is answered executes (switch_channel.c, switch_channel_perform_mark_answered):
 * early media is no answer. A leg that is answered and never put through must not limit what comes after it: where
 * there is a greeting, the leg executes it as the conversation begins (switch_ivr_bridge.c, audio_bridge_thread).
 * With those of a greeting the variables here that run anything, so they are not among LEG_VARIABLES.
 */
function hangupWhenTalking({ call, seconds }: Longest, greeting: Greeting | undefined): string {
  const moment = greeting ? 'api_before_bridge' : 'api_on_answer'
  return `${moment}='sched_hangup ${hangupAfter(call, seconds)}'`
}

/**
 * FreeSWITCH runs it on the legs before it takes one of them for the caller (switch_ivr_originate.c, collect_thread_run
 * and check_channel_status): so the caller is not answered by who does not confirm, the ringback goes on, and with
 * several legs the first that is through talks. With the key `exec` the application alone decides when it is.
 *
 * A prompt that cannot be played would end the leg: a file that is followed by another, in a list, is only passed over.
 */
function greetingVariables({ announce, confirm, seconds }: Greeting): string[] {
  const played = announce === undefined ? undefined : audio(announce)
  const timeout = `group_confirm_timeout=${whole('the time to confirm', seconds, 1, 600)}`
  if (!confirm)
    return ['group_confirm_key=exec', `group_confirm_file='playback ${played ?? SILENCE}'`, timeout]
  return [
    'group_confirm_key=1',
    ...(played === undefined ? [] : [`group_confirm_file='file_string://${played}!${SILENCE}'`]),
    timeout,
  ]
}

const SILENCE: Audio = audio('silence_stream://500')

/**
 * Variables that the caller's channel has while the application runs (switch_core_session.c,
 * switch_core_session_exec): nothing of them is there for the next one. As the only entry of a list of files, audio is
 * found below the sounds folder, and begins again where it ends; else FreeSWITCH would take a path for a tone, and the
 * end of a tone for the end of the attempt.
 */
function ringbackScope(ringback: Audio): string {
  const list = `'file_string://${ringback}'`
  return `%[ringback=${list},transfer_ringback=${list}]`
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
