/** Every command that FreeSWITCH is ever sent, as pure builders. Each of them throws BelplanError `refused`. */
import { EVENT_SOCKET_MODULE, LONGEST_CALL_SECONDS } from '../syntax/index.ts'
import { type Applications, APPLICATIONS, queueArg } from './applications.ts'
import {
  callId,
  type Command,
  command,
  commandWithBody,
  hangupAfter,
  matching,
  refused,
  unexpandable,
  whole,
} from './guard.ts'
import { recordingAssignments, type RecordingChange } from './recording.ts'

/** Events that a call's socket may carry (mod_event_socket.c, parse_command, `myevents`). */
type EventName =
  | 'CHANNEL_PARK'
  | 'CHANNEL_EXECUTE'
  | 'CHANNEL_EXECUTE_COMPLETE'
  | 'CHANNEL_BRIDGE'
  | 'CHANNEL_HANGUP_COMPLETE'
  | 'ALL'

/** Hands the call over; the answer holds all that FreeSWITCH knows of it. */
export const connect = (): Command => command('connect')

/** This call's own events, some twenty kinds, and those of no other. */
export const myEvents = (): Command => command('myevents')

export const nixEvents = (names: readonly EventName[]): Command => command(`nixevent ${eventNames(names)}`)

export const events = (names: readonly EventName[]): Command => command(`event ${eventNames(names)}`)

/** Keeps the socket after a hang-up, long enough for CHANNEL_HANGUP_COMPLETE. */
export const linger = (seconds: number): Command => command(`linger ${whole('linger', seconds, 1, 60)}`)

/** When the socket ends, the dialplan goes on with its next action. The one such setting that needs no `full`. */
export const resume = (): Command => command('resume')

export const exit = (): Command => command('exit')

interface Run {
  /** Comes back as `Application-UUID` of the CHANNEL_EXECUTE_COMPLETE. */
  readonly id: string
  /** Runs the application that many times, or until it is stopped. */
  readonly loops?: number
  /** Others are queued with it: `event-lock` keeps them in order. */
  readonly locked?: boolean
}

/** An application to run, its argument typed by its name. */
export type Execution = {
  [App in keyof Applications]: Applications[App] extends undefined
    ? Run & { readonly app: App; readonly arg?: undefined }
    : Run & { readonly app: App; readonly arg: Applications[App] }
}[keyof Applications]

/** From here on a body is fewer single bytes than a header. */
const LONG_ARG = 28

/** Queues an application. */
export function execute({ app, arg, id, loops, locked = false }: Execution): Command {
  if (!Object.hasOwn(APPLICATIONS, app))
    throw refused('an application', 'is not on the list of those that may be run')
  matching(
    'the id of an application',
    id,
    /^[A-Za-z0-9._:-]{1,64}$/,
    'must be letters, digits and . _ : - only',
  )
  const lines = [
    'sendmsg',
    'call-command: execute',
    `execute-app-name: ${app}`,
    ...(locked ? ['event-lock: true'] : []),
    `Event-UUID: ${id}`,
    ...(loops === undefined ? [] : [`loops: ${whole('loops', loops, 1, 1000)}`]),
  ]
  if (arg === undefined) return command(...lines)
  // switch_core_session_exec (switch_core_session.c) expands every argument.
  const checked = unexpandable(app, arg)
  return checked.length < LONG_ARG
    ? command(...lines, `execute-app-arg: ${checked}`)
    : commandWithBody(lines, checked)
}

/**
 * Every variable that may be set. Some run commands (`execute_on_*`, `api_*`): none of those is ever added. Two of them
 * record a call, with values that only recording.ts makes.
 */
export const VARIABLES = [
  // the controller's own
  'belplan_ckpt',
  'belplan_digits',
  'belplan_digits_invalid',
  'belplan_node',
  // results, cleared before the application that gives them
  'playback_samples',
  'read_result',
  'read_terminator_used',
  'originate_disposition',
  'last_bridge_proto_specific_hangup_cause',
  'record_ms',
  'record_completion_cause',
  // what becomes of the call
  'socket_resume',
  'hangup_after_bridge',
  'continue_on_fail',
  'ignore_early_media',
  'export_vars',
  'transfer_ringback',
  'sensitive_dtmf',
  'playback_terminators',
  // what becomes of a call that waits in a queue
  'belplan_behind',
  'caller_id_name',
  'caller_id_number',
  'cc_exit_keys',
  'cc_export_vars',
  // how a queue was left, cleared before it is entered
  'cc_queue',
  'cc_cause',
  'cc_cancel_reason',
  'cc_exit_key',
  // a mailbox in which nothing but the message is asked for, and what came of it
  'skip_greeting',
  'skip_instructions',
  'skip_record_check',
  'skip_record_urgent_check',
  'voicemail_skip_goodbye',
  'voicemail_message_len',
  'voicemail_file_path',
  'record_ms',
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

/** A value per variable; undefined or '' unsets. */
export type VariableValues = Readonly<Partial<Record<(typeof VARIABLES)[number], string | undefined>>>

const known: ReadonlySet<string> = new Set(VARIABLES)

/** FreeSWITCH reads commands byte by byte: what is longer is a mistake. A checkpoint with long names is half of it. */
const MAX_VALUE_LENGTH = 8192

/** mod_commands.c, uuid_setvar_multi_function: the 64th pair swallows what follows. */
const MAX_PAIRS = 63

/** Sets and unsets channel variables at once, without waiting for the channel's next tick. */
export function setVariables(uuid: string, values: VariableValues, recording?: RecordingChange): Command {
  const pairs = Object.entries(values)
  const recorded = recording ? recordingAssignments(uuid, recording) : []
  const count = pairs.length + recorded.length
  if (count < 1 || count > MAX_PAIRS) throw refused('variables', `must be 1 to ${MAX_PAIRS} at a time`)
  const assignments = [...pairs.map(([name, value]) => assignment(name, value)), ...recorded]
  return api('uuid_setvar_multi', uuid, assignments.join(';'))
}

/**
 * `name=value` for uuid_setvar_multi, which splits at `;`, drops quotes, reads `\` escapes and cuts trailing
 * blanks (switch_utils.c, cleanup_separated_string); the value arrives as it was given.
 */
function assignment(name: string, value: string | undefined): string {
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

/** @param cause FreeSWITCH's name of it, such as `USER_BUSY` */
export const kill = (uuid: string, cause: string): Command => api('uuid_kill', uuid, hangupCause(cause))

/** Stops what is played; with `all` it would also drop what is queued behind it (mod_commands.c, break_function). */
export const breakPlayback = (uuid: string): Command => api('uuid_break', uuid)

/** Drops digits that were keyed and that nothing has read yet. */
export const flushDigits = (uuid: string): Command => api('uuid_flush_dtmf', uuid)

/** Hangs the call up `seconds` from now, whatever becomes of the controller. */
export function schedHangup(uuid: string, seconds: number, cause: string): Command {
  return command(`api sched_hangup ${hangupAfter(uuid, seconds)} ${hangupCause(cause)}`)
}

/**
 * What ends a wait in a queue: no telephone has such a key, and a caller who talks by then does not notice it, since
 * FreeSWITCH takes it for a pause between digits (switch_core_io.c, switch_core_session_send_dtmf).
 */
export const WAIT_IS_OVER = 'w'

/** Keys `WAIT_IS_OVER` for the caller `seconds` from now, whatever becomes of the controller. */
export function schedWaitOver(uuid: string, seconds: number): Command {
  const id = callId(uuid)
  const after = whole('the time to wait', seconds, 1, LONGEST_CALL_SECONDS)
  return command(`api sched_api +${after} ${id} uuid_recv_dtmf ${id} ${WAIT_IS_OVER}`)
}

/** Takes back all that is scheduled for a call. */
export const unschedule = (uuid: string): Command => api('sched_del', uuid)

/** The members of a queue, a line each. */
export const listQueue = (queue: string): Command =>
  command(`api callcenter_config queue list members ${queueArg(queue)}`)

function api(name: string, uuid: string, ...rest: readonly string[]): Command {
  return command(['api', name, callId(uuid), ...rest].join(' '))
}

function hangupCause(cause: string): string {
  return matching('a cause', cause, /^[A-Z][A-Z0-9_]{1,63}$/, 'must be a cause name such as NORMAL_CLEARING')
}

function eventNames(names: readonly EventName[]): string {
  return matching('event names', names.join(' '), /^[A-Z_]+(?: [A-Z_]+)*$/, 'must be capitals and _ only')
}
