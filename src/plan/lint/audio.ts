/** What FreeSWITCH may be told to play: its file formats include ones that run commands and fetch URLs. */
import { LONGEST_AUDIO } from './caps.ts'

const STREAMS: Readonly<Record<string, RegExp>> = {
  // The tone language of mod_tone_stream; `path=` would read any file.
  tone_stream: /^(?!.*path\s*=)[A-Za-z0-9%(),;=+.*#<>-]{1,200}$/i,
  // Milliseconds, -1 for ever; then optionally how much comfort noise.
  silence_stream: /^(-1|[0-9]{1,9})(,[0-9]{1,9})?$/,
  local_stream: /^[A-Za-z0-9_-]+([/.][A-Za-z0-9_-]+)*$/,
}

/** Parts of a path that mean nothing to FreeSWITCH's parsers of arguments, lists and variables. */
const FILE_PART = /^[\p{L}\p{N}_.+-]+$/u

/** A sentence that says what to write instead; undefined when the audio may be played. */
export function audioFault(audio: string): string | undefined {
  if (audio.length > LONGEST_AUDIO) return `is too long; at most ${LONGEST_AUDIO} characters`
  // On the event socket that name may unload the socket itself, wherever in a command it stands.
  if (/mod_event_socket/i.test(audio)) return 'must not hold "mod_event_socket"; rename the file'
  const [, scheme, rest] = /^([^:/]*):\/\/(.*)$/s.exec(audio) ?? []
  if (scheme !== undefined) {
    if (!Object.hasOwn(STREAMS, scheme)) {
      return `${scheme}:// is not allowed; write a path below the sounds folder, tone_stream://, silence_stream:// or local_stream://`
    }
    return STREAMS[scheme]!.test(rest!) ? undefined : `is no ${scheme} that may be played; ${hint(scheme)}`
  }
  if (audio === '') return 'must not be empty; write a path below the sounds folder'
  if (audio.startsWith('/'))
    return 'must be relative; write the path below the sounds folder, without the / before it'
  const parts = audio.split('/')
  if (parts.includes('..') || parts.includes('.'))
    return 'must stay below the sounds folder; write the path without . and ..'
  if (audio.length > 120) return 'is too long; at most 120 characters'
  if (audio.startsWith('-')) return 'must not begin with a dash; rename the file'
  if (!parts.every((part) => FILE_PART.test(part))) {
    return 'may hold letters, digits, dots, dashes, + and _ between single slashes, and no blanks; rename the file'
  }
  return undefined
}

function hint(scheme: string): string {
  if (scheme === 'tone_stream') return 'write something like tone_stream://%(1000,4000,425);loops=-1'
  return scheme === 'silence_stream'
    ? 'write the milliseconds, such as silence_stream://2000'
    : 'write a name such as local_stream://moh'
}

/** The milliseconds of silence that `audio` is; undefined for what can be heard, infinite for `-1`. */
export function silenceMs(audio: string): number | undefined {
  const length = /^silence_stream:\/\/(-1|[0-9]+)/.exec(audio)?.[1]
  if (length === undefined) return undefined
  return length === '-1' ? Infinity : Number(length)
}
