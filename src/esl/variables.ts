/** Channel variables that the controller sets, and how their values travel in `uuid_setvar_multi`. */
import { EVENT_SOCKET_MODULE } from '../syntax/index.ts'
import { refused, unexpandable } from './guard.ts'

/** Every variable that may be set. Some run commands (`execute_on_*`, `api_*`): none of those is ever added. */
export const VARIABLES = [
  // the controller's own
  'belplan_ckpt',
  'belplan_digits',
  'belplan_digits_invalid',
  'belplan_node',
  // results, cleared before the application that gives them
  'read_result',
  'read_terminator_used',
  'originate_disposition',
  'last_bridge_proto_specific_hangup_cause',
  // what becomes of the call
  'socket_resume',
  'hangup_after_bridge',
  'continue_on_fail',
  'ignore_early_media',
  'call_timeout',
  'export_vars',
  'transfer_ringback',
  'ringback',
  'sensitive_dtmf',
  'playback_terminators',
  'sound_prefix',
  // what the called party sees
  'effective_caller_id_name',
  'effective_caller_id_number',
  'sip_copy_custom_headers',
  'sip_h_Privacy',
  'sip_h_X-Belplan-Hops',
  'sip_h_X-Belplan-Legs',
  'origination_privacy',
  'sip_cid_type',
] as const

export type VariableName = (typeof VARIABLES)[number]

/** A value per variable; undefined or '' unsets. */
export type VariableValues = Readonly<Partial<Record<VariableName, string | undefined>>>

const known: ReadonlySet<string> = new Set(VARIABLES)

/** FreeSWITCH reads commands byte by byte: what is longer is a mistake. A checkpoint with long names is half of it. */
const MAX_VALUE_LENGTH = 8192

/**
 * `name=value` for uuid_setvar_multi, which splits at `;`, drops quotes, reads `\` escapes and cuts trailing
 * blanks (switch_utils.c, cleanup_separated_string); what arrives is the value as it was given.
 *
 * @throws BelplanError `refused`
 */
export function assignment(name: string, value: string | undefined): string {
  if (!known.has(name)) throw refused('a variable name', 'is not on the list of those that may be set')
  if (value === undefined) return `${name}=`
  if (value.length > MAX_VALUE_LENGTH)
    throw refused(name, `must not be longer than ${MAX_VALUE_LENGTH} characters`)
  // With `$` and `{` in it FreeSWITCH drops the value and answers +OK all the same.
  return `${name}=${escape(unexpandable(name, value))}`
}

function escape(value: string): string {
  return value
    .replace(/[\\;']/g, '\\$&')
    .replace(/ +$/, (blanks) => '\\s'.repeat(blanks.length))
    .replace(EVENT_SOCKET_MODULE, "$1''$2") // an empty pair of quotes goes when it is read
}
