/** Digits input: play_and_get_digits (mod_dptools.c), with switch_ivr_read (switch_ivr_play_say.c). */
import type { Channel } from './channel.ts'
import { play } from './playback.ts'
import { separateString, toText } from './strings.ts'

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

/** `min max tries timeout terminators file invalid_file var regexp digit_timeout transfer_on_failure` */
export async function playAndGetDigits(channel: Channel, argument: string): Promise<void> {
  const words = separateString(argument, ' ', 11)
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
  if (words[10]) channel.timeline.violation(`transfers on failure: ${words[10]}`)
  if (request.pattern && request.variable) channel.variables.set(`${request.variable}_invalid`, undefined)
  for (let tries = number(2); tries > 0 && !channel.down; tries -= 1) {
    const read = await readDigits(channel, request)
    if (read === undefined) return
    const { outcome, digits } = read
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

/** A pattern that does not compile matches nothing. */
function matches(digits: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(digits)
  } catch {
    return false
  }
}

interface Read {
  readonly outcome: 'success' | 'timeout' | 'failure'
  readonly digits: string
}

/**
 * One prompt and one entry: sets `read_result`, `read_terminator_used` and the variable. Undefined where the channel
 * or the controller went.
 */
async function readDigits(channel: Channel, request: Request): Promise<Read | undefined> {
  const { variables, dtmf } = channel
  variables.set('read_result', undefined)
  if (request.variable) variables.set(request.variable, undefined)
  if (request.max > BUFFER) return { outcome: 'failure', digits: '' }
  channel.preAnswer()
  const keys = entryOf(dtmf.queued, request).ended ? dtmf.queued : dtmf.queued + dtmf.key()
  const interrupts = keys !== '' && !channel.script.listens
  const playable = await playPrompt(channel, request.prompt, interrupts)
  if (channel.down) return undefined
  if (!playable) return { outcome: 'failure', digits: '' }
  const began = channel.clock.now()
  const entry = entryOf(keys, interrupts ? request : { ...request, prompt: '' })
  dtmf.take(keys, entry.left)
  // Where nothing ends the entry, nothing more is keyed: waits as long as FreeSWITCH does.
  const patienceMs = entry.digits === '' ? request.timeoutMs : request.digitTimeoutMs
  const waitMs = keys.length * (channel.script.keyMs ?? 0) + (entry.ended ? 0 : patienceMs)
  const gone = waitMs > 0 && (await channel.clock.pause(waitMs)) !== undefined
  channel.timeline.add({
    type: 'digits',
    prompt: toText(request.prompt),
    keyed: entry.digits + entry.terminator,
    most: request.max,
    ms: channel.clock.now() - began,
  })
  if (gone) return undefined
  if (entry.terminator) variables.set('read_terminator_used', entry.terminator)
  const short = !entry.dropped && request.min > 0 && entry.digits.length < request.min
  const outcome = short ? 'failure' : entry.ended ? 'success' : 'timeout'
  variables.set('read_result', outcome)
  if (request.variable) variables.set(request.variable, entry.digits)
  return { outcome, digits: entry.digits }
}

/** Plays the prompt, which a key interrupts; false where it cannot be played. */
async function playPrompt(channel: Channel, audio: string, keyed: boolean): Promise<boolean> {
  if (audio === '' || audio.toLowerCase() === 'silence') return true
  const { script } = channel
  if (!keyed || script.unplayable?.includes(toText(audio)) || script.hangUp?.when === 'prompt')
    return (await play(channel, audio)) !== 'failed'
  channel.timeline.add({
    type: 'audio',
    audio: toText(audio),
    early: !channel.answered,
    end: 'interrupted',
    ms: 0,
  })
  channel.variables.setAll({
    playback_last_offset_pos: '80',
    playback_seconds: '0',
    playback_ms: '10',
    playback_samples: '80',
  })
  return true
}

interface DigitsEntered {
  readonly digits: string
  readonly terminator: string
  /** By the terminator or by the last digit there is room for; else by a pause. */
  readonly ended: boolean
  /** A terminator that counted as a digit, so that the entry is not short. */
  readonly dropped?: true
  readonly left: string
}

/** What `keys` enter. */
function entryOf(keys: string, { max, terminators, prompt }: Request): DigitsEntered {
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
