/** Applications that FreeSWITCH may run for a call, and their arguments as typed parts instead of free text. */
import { audioFault, DOMAIN, EXTENSION, NAME, QUEUE, VOICEMAIL_PROFILE } from '../syntax/index.ts'
import type { DialString } from './dial-string.ts'
import { type Checked, matching, refused, whole } from './guard.ts'

/** A path below the sounds folder or a stream, safe as an application's argument and as a variable's value. */
export type Audio = Checked<'Audio'>
type CollectArg = Checked<'CollectArg'>
type TransferArg = Checked<'TransferArg'>
type QueueArg = Checked<'QueueArg'>
type VoicemailArg = Checked<'VoicemailArg'>

/** Each application with its argument. */
export interface Applications {
  answer: undefined
  playback: Audio
  play_and_get_digits: CollectArg
  bridge: DialString
  transfer: TransferArg
  callcenter: QueueArg
  voicemail: VoicemailArg
}

export const APPLICATIONS: Readonly<Record<keyof Applications, true>> = {
  answer: true,
  playback: true,
  play_and_get_digits: true,
  bridge: true,
  transfer: true,
  callcenter: true,
  voicemail: true,
}

/** @throws BelplanError `refused` for what may not be played */
export function audio(value: string): Audio {
  const fault = audioFault(value)
  if (fault !== undefined) throw refused('audio', fault)
  return value as Audio
}

export interface Collect {
  /** Played first, any digit interrupts it; undefined: the time for the first digit begins at once. */
  readonly prompt: Audio | undefined
  readonly maxDigits: number
  readonly terminator: '#' | '*' | 'none'
  /** From the end of the prompt to the first digit; FreeSWITCH makes 1000 of anything less. */
  readonly timeoutMs: number
  readonly interDigitMs: number
}

/**
 * `play_and_get_digits`: `min max tries timeout terminators file invalid_file variable regexp digit_timeout`.
 * The digits come in `belplan_digits`. From the source (mod_dptools.c, play_and_get_digits_function;
 * switch_ivr_play_say.c, switch_play_and_get_digits and switch_ivr_read; switch_utils.c):
 *
 * - Words are split at blanks outside `'`, which are dropped: a prompt in quotes may hold blanks, and `''` is
 *   an empty word. Commas and semicolons of a tone mean nothing here.
 * - An empty file is not played and the digits are awaited at once; an empty invalid file is not played after
 *   the last try; an empty regexp lets every digit through, `*` and `#` too, and leaves `…_invalid` alone.
 * - Terminators are single characters: no digit is one of the letters of `none`. A leading `=`, `+` or `x`
 *   would have a meaning.
 * - With maxDigits 1, a terminator keyed during the prompt reads `read_result=success` without digits and
 *   without `read_terminator_used`.
 *
 * @throws BelplanError `refused`
 */
export function collectArg(collect: Collect): CollectArg {
  const words = [
    '1', // at least one digit: the controller compares with the plan's own minimum
    whole('the most digits of an entry', collect.maxDigits, 1, 64),
    '1', // one try: each attempt has its own prompt
    whole('the time for the first digit', collect.timeoutMs, 0, 600_000),
    matching('a terminator', collect.terminator, /^(?:#|\*|none)$/, 'must be #, * or none'),
    `'${collect.prompt ?? ''}'`,
    "''",
    'belplan_digits',
    "''",
    whole('the time between digits', collect.interDigitMs, 1, 600_000), // 0 would mean the first digit's time
  ]
  return words.join(' ') as CollectArg
}

export interface Transfer {
  readonly extension: string
  readonly context: string
}

/**
 * Always with dialplan and context: left out, the extension could bring its own, and the dialplan `inline` runs
 * applications.
 *
 * @throws BelplanError `refused`
 */
export function transferArg({ extension, context }: Transfer): TransferArg {
  matching('an extension', extension, EXTENSION, 'must be letters, digits and + * # _ . - only')
  matching('a context', context, NAME, 'must be letters, digits and . _ - only')
  return `${extension} XML ${context}` as TransferArg
}

/**
 * The queue that `callcenter` puts a caller into; words behind a blank would be ignored (mod_callcenter.c,
 * callcenter_function).
 *
 * @throws BelplanError `refused`
 */
export function queueArg(queue: string): QueueArg {
  return matching('a queue', queue, QUEUE, 'must be letters, digits and . _ - only, and one @')
}

export interface Voicemail {
  readonly profile: string
  readonly domain: string
  readonly mailbox: string
}

/**
 * A message for a mailbox. A word such as `check` in place of the profile would open the mailbox instead.
 *
 * @throws BelplanError `refused`
 */
export function voicemailArg({ profile, domain, mailbox }: Voicemail): VoicemailArg {
  matching('a profile', profile, VOICEMAIL_PROFILE, 'must be letters, digits and . _ - only, and no command')
  matching('a domain', domain, DOMAIN, 'must be a host name or an address')
  matching('a mailbox', mailbox, NAME, 'must be letters, digits and . _ - only')
  return `${profile} ${domain} ${mailbox}` as VoicemailArg
}
