/** Audio: what plays how long, and what nobody should have asked for. */
import type { Channel } from './channel.ts'
import type { AudioEnd } from './script.ts'
import { toText } from './text.ts'

const DEFAULT_MS = 20
const SCHEMES = /^(tone_stream|silence_stream|local_stream|file_string):\/\//

/** Plays to the end, until the channel goes, or until `uuid_break`. Early media where nobody answered. */
export async function play(channel: Channel, audio: string, breakable = true): Promise<AudioEnd> {
  check(channel, audio)
  channel.preAnswer()
  const end = await run(channel, audio, breakable)
  channel.notes.tell({ type: 'audio', audio: toText(audio), early: !channel.answered, end })
  return end
}

async function run(channel: Channel, audio: string, breakable: boolean): Promise<AudioEnd> {
  const { script } = channel
  if (script.unplayable?.includes(toText(audio))) return 'failed'
  const ms = script.audioMs ?? DEFAULT_MS
  if (script.hangUp?.when === 'prompt') {
    if ((await channel.pause(ms / 2)) === undefined) channel.callerHangsUp()
    recordLength(channel, ms / 2)
    return 'interrupted'
  }
  const why = await channel.pause(endless(audio) ? Infinity : ms, { breakable })
  recordLength(channel, ms)
  return why === undefined ? 'played' : 'interrupted'
}

function endless(audio: string): boolean {
  return (
    audio.startsWith('local_stream://') || /loops=-1\b/.test(audio) || /^silence_stream:\/\/-1/.test(audio)
  )
}

function recordLength(channel: Channel, ms: number): void {
  const samples = String(Math.round(ms * 8))
  channel.variables.setAll([
    ['playback_last_offset_pos', samples],
    ['playback_seconds', String(Math.floor(ms / 1000))],
    ['playback_ms', String(Math.round(ms))],
    ['playback_samples', samples],
  ])
}

function check(channel: Channel, audio: string): void {
  const scheme = /^\w+:\/\//.test(audio)
  if (scheme ? !SCHEMES.test(audio) : audio.startsWith('/') || /(^|\/)\.\.(\/|$)/.test(audio)) {
    channel.notes.violate(`plays ${audio}`)
  }
}
