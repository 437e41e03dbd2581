/**
 * The one guard between text of any origin and FreeSWITCH. A newline, a `${` or a separator in a command can run a
 * shell on the switch, so nothing is corrected here: a value passes whole or is refused.
 */
import { EVENT_SOCKET_MODULE, LONGEST_CALL_SECONDS, UUID } from '../syntax/index.ts'
import { BelplanError } from '../util/errors.ts'

declare const use: unique symbol

/** Text that passed the check for one use. Only that check makes it, so the compiler refuses unchecked text. */
export type Checked<Use extends string> = string & { readonly [use]: Use }

/** One or more lines for FreeSWITCH, blank line included; only commands.ts makes it. */
export type Command = Checked<'Command'>

/**
 * What switch_channel_expand_variables (switch_channel.c) would read as a variable or an API call: it skips
 * backslashes after `$` and drops `\'`, and some applications expand twice, so quotes and further `$` count too.
 */
const EXPANSION = /\$[\\'"$]*\{/

const CONTROL = /[\r\n\0]/

/** The value itself is never in it: it may be a secret. */
export function refused(what: string, why: string): BelplanError {
  return new BelplanError('refused', `${what} ${why}`)
}

/** @throws BelplanError `refused` unless the whole value matches. */
export function matching<Use extends string>(
  what: string,
  value: string,
  pattern: RegExp,
  why: string,
): Checked<Use> {
  if (!pattern.test(value)) throw refused(what, why)
  return value as Checked<Use>
}

/** @throws BelplanError `refused` unless it is a whole number from `least` to `most`. */
export function whole(what: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw refused(what, `must be a whole number from ${least} to ${most}`)
}

/** @throws BelplanError `refused` unless it is FreeSWITCH's Unique-ID of a channel */
export function callId(uuid: string): string {
  return matching('a call id', uuid, UUID, 'must be a UUID')
}

/**
 * The argument of `sched_hangup`: ends a call `seconds` from now, as ALLOTTED_TIMEOUT unless another cause follows.
 *
 * @throws BelplanError `refused`
 */
export function hangupAfter(uuid: string, seconds: number): string {
  return `+${whole('the time until a hang-up', seconds, 1, LONGEST_CALL_SECONDS)} ${callId(uuid)}`
}

/** @throws BelplanError `refused` for what FreeSWITCH would expand. */
export function unexpandable(what: string, value: string): string {
  if (EXPANSION.test(value)) throw refused(what, 'must not hold what FreeSWITCH reads as a variable')
  return value
}

/** Joins lines into a command. @throws BelplanError `refused` when one of them would be two. */
export function command(...lines: readonly string[]): Command {
  for (const line of lines) checkLine(line)
  return `${lines.join('\n')}\n\n` as Command
}

/**
 * The same with a body of one line, which FreeSWITCH reads at once where it reads headers byte by byte
 * (mod_event_socket.c, read_packet).
 */
export function commandWithBody(lines: readonly string[], body: string): Command {
  checkLine(body)
  return `${command(...lines, 'content-type: text/plain', `content-length: ${Buffer.byteLength(body)}`)}${body}` as Command
}

function checkLine(line: string): void {
  if (CONTROL.test(line)) throw refused('a command', 'must not hold a line break or NUL in a value')
  if (line.search(EVENT_SOCKET_MODULE) !== -1) throw refused('a command', 'must not name mod_event_socket')
}
