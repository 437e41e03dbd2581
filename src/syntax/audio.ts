/** What FreeSWITCH may be told to play: its file formats include ones that run commands and fetch URLs. */
import { EVENT_SOCKET_MODULE } from './patterns.ts'

/** In characters; the longest there are are tones. */
export const LONGEST_AUDIO = 200
const LONGEST_PATH = 120

const STREAMS: Readonly<Record<string, RegExp>> = {
  // The tone language of mod_tone_stream; `path=` would read any file (mod_tone_stream.c, tone_stream_file_open).
  tone_stream: /^(?!.*path\s*=)[A-Za-z0-9%(),;=+.*#<>-]{1,200}$/i,
  // Milliseconds, -1 for ever; then optionally how much comfort noise.
  silence_stream: /^(-1|[0-9]{1,9})(,[0-9]{1,9})?$/,
  local_stream: /^(?!.{129})[A-Za-z0-9_][A-Za-z0-9_-]*([/.][A-Za-z0-9_-]+)*$/,
}

/**
 * Parts of a path that mean nothing to FreeSWITCH's parsers of arguments, lists and variables: no quotes, `!` (joins
 * files), `@@` (offset), `{}` (parameters), `:` (`say:`, `phrase:`) or `\`.
 */
const FILE_PART = /^[\p{L}\p{N}_.+-]+$/u

/** What is wrong with audio, to stand behind its name and to say what to write instead; undefined: it may be played. */
export function audioFault(audio: string): string | undefined {
  if (audio.length > LONGEST_AUDIO) return `is too long; at most ${LONGEST_AUDIO} characters`
  if (audio.search(EVENT_SOCKET_MODULE) !== -1) return 'must not hold "mod_event_socket"; rename the file'
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
  if (audio.length > LONGEST_PATH) return `is too long; at most ${LONGEST_PATH} characters`
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
