/** play_and_get_digits (mod_dptools.c), switch_play_and_get_digits and switch_ivr_read (switch_ivr_play_say.c). */
import { play } from './audio.ts'
import type { Channel } from './channel.ts'
import { separate } from './separate.ts'
import { toText } from './text.ts'
import type { Interruption } from './waiting.ts'

/** FreeSWITCH's digit buffer holds no more. */
const BUFFER = 128

interface Request {
  readonly min: number
  readonly max: number
  readonly timeoutMs: number
  readonly terminators: string
  readonly prompt: string
  readonly invalid: string
  readonly variable: string
  readonly pattern: string
  readonly digitTimeoutMs: number
}

type Read = 'success' | 'timeout' | 'failure' | 'unplayed' | 'gone'

/** `min max tries timeout terminators file invalid_file var regexp digit_timeout transfer_on_failure` */
export async function playAndGetDigits(channel: Channel, argument: string): Promise<void> {
  const words = separate(argument, ' ', 11)
  const number = (at: number): number => Number.parseInt(words[at] ?? '', 10) || 0
  const min = Math.max(number(0), 0)
  const timeoutMs = words[3] === undefined ? 1000 : Math.max(number(3), 1000)
  const request: Request = {
    min,
    max: Math.max(number(1), min),
    timeoutMs,
    terminators: words[4] || '#',
    prompt: words[5] ?? '',
    invalid: words[6] ?? '',
    variable: words[7] ?? '',
    pattern: words[8] ?? '',
    digitTimeoutMs: number(9) || timeoutMs,
  }
  if (words[10]) channel.notes.violate(`transfers on failure: ${words[10]}`)
  if (request.pattern && request.variable) channel.variables.set(`${request.variable}_invalid`, undefined)
  for (let tries = number(2); tries > 0 && !channel.down; tries -= 1) {
    const { outcome, digits } = await read(channel, request)
    if (outcome === 'gone') return
    const entered = outcome === 'success' || (outcome === 'timeout' && digits.length >= request.min)
    if (request.min === 0 && digits === '' && channel.variables.get('read_terminator_used')) return
    if (entered && digits !== '') {
      if (!request.pattern || matches(digits, request.pattern)) return
      channel.variables.set(request.variable, undefined)
      if (request.variable) channel.variables.set(`${request.variable}_invalid`, digits)
    }
    if (request.invalid) await play(channel, request.invalid)
  }
}

/** One prompt and one entry: sets `read_result`, `read_terminator_used` and the variable. */
async function read(channel: Channel, request: Request): Promise<{ outcome: Read; digits: string }> {
  channel.variables.set('read_result', undefined)
  if (request.variable) channel.variables.set(request.variable, undefined)
  if (request.max > BUFFER) return { outcome: 'failure', digits: '' }
  channel.preAnswer()
  const { keypad } = channel
  const ahead = keypad.ahead()
  const keys = take(ahead, request).ended ? ahead : ahead + (keypad.next() ?? '')
  const prompted = await prompt(channel, request.prompt, keys !== '')
  if (prompted === 'unplayed' || channel.down)
    return { outcome: channel.down ? 'gone' : 'unplayed', digits: '' }
  const entry = take(keys, request)
  keypad.take(keys, entry.left)
  channel.notes.tell({
    type: 'digits',
    prompt: toText(request.prompt),
    keyed: entry.digits + entry.terminator,
    most: request.max,
  })
  const interrupted = entry.ended ? undefined : await silence(channel, request, entry.digits)
  if (interrupted) return { outcome: 'gone', digits: '' }
  return {
    outcome: record(channel, request, entry),
    digits: channel.variables.get(request.variable) ?? entry.digits,
  }
}

/** A pattern that does not compile matches nothing. */
function matches(digits: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(digits)
  } catch {
    return false
  }
}

/** Digits interrupt the prompt. */
async function prompt(channel: Channel, audio: string, interrupted: boolean): Promise<'done' | 'unplayed'> {
  if (audio === '' || audio.toLowerCase() === 'silence') return 'done'
  if (
    interrupted &&
    !channel.script.unplayable?.includes(toText(audio)) &&
    channel.script.hangUp?.when !== 'prompt'
  ) {
    channel.notes.tell({ type: 'audio', audio: toText(audio), early: !channel.answered, end: 'interrupted' })
    channel.variables.setAll([
      ['playback_last_offset_pos', '80'],
      ['playback_seconds', '0'],
      ['playback_ms', '10'],
      ['playback_samples', '80'],
    ])
    return 'done'
  }
  return (await play(channel, audio)) === 'failed' ? 'unplayed' : 'done'
}

/** Nothing more is keyed: waits as long as FreeSWITCH does. */
function silence(channel: Channel, request: Request, digits: string): Promise<Interruption | undefined> {
  return channel.pause(digits === '' ? request.timeoutMs : request.digitTimeoutMs)
}

interface Keyed {
  readonly digits: string
  readonly terminator: string
  /** By the terminator or by the last digit there is room for; else by a pause. */
  readonly ended: boolean
  /** A terminator that counted as a digit, so that the entry is not short. */
  readonly dropped?: true
  readonly left: string
}

function take(keys: string, { max, terminators, prompt }: Request): Keyed {
  if (max === 1 && prompt !== '' && keys !== '' && terminators.includes(keys[0]!)) {
    // The key that interrupts a prompt is a digit, whatever it is; there is room for no other, and it is dropped.
    return { digits: '', terminator: '', ended: true, dropped: true, left: keys.slice(1) }
  }
  let digits = ''
  for (const key of keys) {
    const at = digits.length + 1
    if (terminators.includes(key)) return { digits, terminator: key, ended: true, left: keys.slice(at) }
    digits += key
    if (digits.length >= max) return { digits, terminator: '', ended: true, left: keys.slice(at) }
  }
  return { digits, terminator: '', ended: false, left: '' }
}

function record(channel: Channel, request: Request, entry: Keyed): 'success' | 'timeout' | 'failure' {
  if (entry.terminator) channel.variables.set('read_terminator_used', entry.terminator)
  const short = !entry.dropped && request.min > 0 && entry.digits.length < request.min
  const outcome = short ? 'failure' : entry.ended ? 'success' : 'timeout'
  channel.variables.set('read_result', outcome)
  if (request.variable) channel.variables.set(request.variable, entry.digits)
  return outcome
}
