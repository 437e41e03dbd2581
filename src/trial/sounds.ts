/** What the caller heard, from what the simulator noticed. */
import type { TimelineEntry } from '../simulator/index.ts'
import type { Heard, Sound } from './report.ts'

interface Span extends Omit<Heard, 'ms'> {
  readonly endMs: number
}

/** From the first moment to `endMs`, without gaps. `namesOf`: those that the document has for what is played. */
export function soundsOf(
  timeline: readonly TimelineEntry[],
  endMs: number,
  namesOf: (audio: string) => readonly string[],
): Heard[] {
  const said = timeline.flatMap((entry) => spanOf(entry, namesOf))
  const background = backgroundOf(timeline, endMs)
  const sounds: Heard[] = []
  let atMs = 0
  function fill(untilMs: number): void {
    for (const span of background) {
      const from = Math.max(atMs, span.atMs)
      const to = Math.min(untilMs, span.endMs)
      if (to > from) sounds.push({ atMs: from, ms: to - from, sound: span.sound })
    }
    atMs = Math.max(atMs, untilMs)
  }
  for (const { endMs: saidMs, ...span } of said) {
    fill(span.atMs)
    sounds.push({ ...span, ms: saidMs - span.atMs })
    atMs = Math.max(atMs, saidMs)
  }
  fill(endMs)
  return sounds.filter(({ ms, sound }) => ms > 0 || sound === 'audio')
}

/** What covers everything else while it lasts. The timeline has audio and entries at their end. */
function spanOf(entry: TimelineEntry, namesOf: (audio: string) => readonly string[]): Span[] {
  if (entry.type === 'queue' || entry.type === 'voicemail') {
    const audio = entry.type === 'queue' ? `the queue ${entry.queue}` : `the mailbox ${entry.mailbox}`
    return [{ atMs: entry.at - entry.ms, endMs: entry.at, sound: 'audio', audio }]
  }
  if (entry.type === 'digits') return [{ atMs: entry.at - entry.ms, endMs: entry.at, sound: 'keying' }]
  if (entry.type !== 'audio') return []
  const { at, ms, audio, end } = entry
  const names = namesOf(audio)
  const isSilent = audio.startsWith('silence_stream://')
  return [
    {
      atMs: at - ms,
      endMs: at,
      sound: isSilent ? 'silence' : 'audio',
      audio: names[0] ?? audio,
      ...(names.length > 0 && { names }),
      ...(end === 'failed' && { failed: true as const }),
    },
  ]
}

/** What is heard where nothing is played: from each change to the next. */
function backgroundOf(timeline: readonly TimelineEntry[], endMs: number): Span[] {
  const spans: Span[] = []
  let sound = 'silence' as Sound
  let sinceMs = 0
  function change(atMs: number, to: Sound): void {
    if (to === sound) return
    spans.push({ atMs: sinceMs, endMs: atMs, sound })
    sound = to
    sinceMs = atMs
  }
  for (const entry of timeline) {
    // What is heard in place of ringing has an entry of its own.
    if (entry.type === 'ringing' && (entry.heard === 'ringing' || entry.heard === 'ringback'))
      change(entry.at, entry.heard === 'ringing' ? 'ringing' : 'ringingTone')
    else if (entry.type === 'answer') change(entry.at, 'silence')
    // Early media takes the place of the ringing that the caller's own side makes.
    else if (entry.type === 'audio' && entry.early) change(entry.at - entry.ms, 'silence')
    else if (isAnswer(entry)) change(entry.at, 'talk')
    else if (entry.type === 'bridge' && sound === 'ringingTone') change(entry.at, 'silence')
  }
  spans.push({ atMs: sinceMs, endMs, sound })
  return spans
}

/** From here on two parties talk. */
export const isAnswer = (entry: TimelineEntry): boolean =>
  (entry.type === 'bridge' && entry.disposition === 'SUCCESS') ||
  (entry.type === 'queue' && entry.end === 'answered')

/** The longest silence until two parties talk; what the plan plays as silence counts, and the time to key digits does not. */
export function longestSilence(sounds: readonly Heard[]): { readonly atMs: number; readonly ms: number } {
  let longest = { atMs: 0, ms: 0 }
  let current = { atMs: 0, ms: 0 }
  for (const { atMs, ms, sound } of sounds) {
    if (sound === 'talk') break
    if (sound !== 'silence') {
      if (ms > 0) current = { atMs: atMs + ms, ms: 0 }
      continue
    }
    current = { atMs: current.ms === 0 ? atMs : current.atMs, ms: current.ms + ms }
    if (current.ms > longest.ms) longest = current
  }
  return longest
}
