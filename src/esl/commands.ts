/** Every command that FreeSWITCH is ever sent, as pure builders. */
import { type Applications, APPLICATIONS, hangupArg } from './applications.ts'
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
import { assignment, type VariableValues } from './variables.ts'

export { type Command }

/** Events that a call's socket may carry (mod_event_socket.c, parse_command, `myevents`). */
export type EventName =
  'CHANNEL_PARK' | 'CHANNEL_EXECUTE_COMPLETE' | 'CHANNEL_BRIDGE' | 'CHANNEL_HANGUP_COMPLETE' | 'ALL'

/** Hands the call over; the answer holds all that FreeSWITCH knows of it. */
export const connect = (): Command => command('connect')

/** This call's own events, some twenty kinds, and those of no other. */
export const myEvents = (): Command => command('myevents')

export const nixEvents = (names: readonly EventName[]): Command => command(`nixevent ${eventNames(names)}`)

export const events = (names: readonly EventName[]): Command => command(`event ${eventNames(names)}`)

/** Keeps the socket after a hang-up, long enough for the event that tells of it. */
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

/**
 * Queues an application.
 *
 * @throws BelplanError `refused`
 */
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

/** mod_commands.c, uuid_setvar_multi_function: the 64th pair swallows what follows. */
const MAX_PAIRS = 63

/**
 * Sets and unsets variables at once, without waiting for the channel's next tick.
 *
 * @throws BelplanError `refused`
 */
export function setVariables(uuid: string, values: VariableValues): Command {
  const pairs = Object.entries(values)
  if (pairs.length < 1 || pairs.length > MAX_PAIRS)
    throw refused('variables', `must be 1 to ${MAX_PAIRS} at a time`)
  return api('uuid_setvar_multi', uuid, pairs.map(([name, value]) => assignment(name, value)).join(';'))
}

export const kill = (uuid: string, cause: string): Command => api('uuid_kill', uuid, hangupArg(cause))

/** Stops what is played; with `all` it would also drop what is queued behind it (mod_commands.c, break_function). */
export const breakPlayback = (uuid: string): Command => api('uuid_break', uuid)

/** Drops digits that were keyed and that nothing has read yet. */
export const flushDigits = (uuid: string): Command => api('uuid_flush_dtmf', uuid)

/** Answered `true` or `false`. */
export const exists = (uuid: string): Command => api('uuid_exists', uuid)

/** Hangs the call up `seconds` from now, whatever became of the controller. */
export function schedHangup(uuid: string, seconds: number, cause: string): Command {
  return command(`api sched_hangup ${hangupAfter(uuid, seconds)} ${hangupArg(cause)}`)
}

function api(name: string, uuid: string, ...rest: readonly string[]): Command {
  return command(['api', name, callId(uuid), ...rest].join(' '))
}

function eventNames(names: readonly EventName[]): string {
  return matching('event names', names.join(' '), /^[A-Z_]+(?: [A-Z_]+)*$/, 'must be capitals and _ only')
}
