/** Audio: what plays how long, and what a controller must not play. */
import type { Channel } from './channel.ts'
import { toText } from './strings.ts'
import type { AudioEnd } from './timeline.ts'

const DEFAULT_MS = 20
const SCHEMES = /^(tone_stream|silence_stream|local_stream|file_string):\/\//

/** The `playback` application. */
export async function playback(channel: Channel, audio: string): Promise<void> {
  const end = await play(channel, audio)
  const response = end === 'failed' ? 'FILE NOT FOUND' : channel.down ? 'PLAYBACK ERROR' : 'FILE PLAYED'
  channel.variables.set('current_application_response', response)
}

/** Plays to the end, until the channel hangs up, or until `uuid_break`. Early media before the answer. */
export async function play(channel: Channel, audio: string): Promise<AudioEnd> {
  checkAudio(channel, audio)
  channel.preAnswer()
  const began = channel.clock.now()
  const end = await playOut(channel, audio)
  const ms = channel.clock.now() - began
  channel.timeline.add({ type: 'audio', audio: toText(audio), early: !channel.answered, end, ms })
  return end
}

/** What no controller may have played is a violation. */
export function checkAudio(channel: Channel, audio: string): void {
  const scheme = /^\w+:\/\//.test(audio)
  if (scheme ? !SCHEMES.test(audio) : audio.startsWith('/') || /(^|\/)\.\.(\/|$)/.test(audio))
    channel.timeline.violation(`plays ${audio}`)
}

/** How long audio plays once, without an end as often as it is repeated; undefined for what cannot be played. */
export function lengthOf({ script }: Channel, audio: string): number | undefined {
  if (script.unplayable?.includes(toText(audio))) return undefined
  const { audioMs = DEFAULT_MS } = script
  return typeof audioMs === 'number' ? audioMs : audioMs(toText(audio))
}

async function playOut(channel: Channel, audio: string): Promise<AudioEnd> {
  const { script, clock } = channel
  const once = lengthOf(channel, audio)
  if (once === undefined) return 'failed'
  const ms = once * channel.loops
  if (script.hangUp?.when === 'prompt') {
    if ((await clock.pause(ms / 2)) === undefined) channel.callerHangsUp()
    setLength(channel, ms / 2)
    return 'interrupted'
  }
  const interruption = await clock.pause(isEndless(audio) ? Infinity : ms, { breakable: true })
  setLength(channel, ms)
  return interruption === undefined ? 'played' : 'interrupted'
}

export function isEndless(audio: string): boolean {
  return (
    audio.startsWith('local_stream://') || /loops=-1\b/.test(audio) || /^silence_stream:\/\/-1/.test(audio)
  )
}

function setLength(channel: Channel, ms: number): void {
  const samples = String(Math.round(ms * 8))
  channel.variables.setAll({
    playback_last_offset_pos: samples,
    playback_seconds: String(Math.floor(ms / 1000)),
    playback_ms: String(Math.round(ms)),
    playback_samples: samples,
  })
}
