/** What may be played: an allow-list, since FreeSWITCH's file names reach shells, URLs and any file on its disk. */
import { type Checked, refused, SELF_DESTRUCTION } from './guard.ts'

/** A path below the sounds folder or a stream, safe as an application's argument and as a variable's value. */
export type Audio = Checked<'Audio'>

/** No quotes, `!` (joins files), `@@` (offset), `{}` (parameters), `:` (`say:`, `phrase:`) or `\`. */
const PATH = /^(?![ /-])(?!.*(?:^|\/)\.\.(?:\/|$))[\p{L}\p{N} _./+-]{1,256}(?<! )$/u

const STREAMS: readonly RegExp[] = [
  // mod_tone_stream.c, tone_stream_file_open: what begins with `path=`, in any spelling, is read from a file.
  /^tone_stream:\/\/(?!path=)[A-Za-z0-9%(),;.=*#+<>-]{1,512}$/i,
  /^silence_stream:\/\/-?\d{1,9}(?:,\d{1,9})?$/,
  /^local_stream:\/\/(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/,
]

/** Checks audio. @throws BelplanError `refused` */
export function audio(value: string): Audio {
  const known = PATH.test(value) || STREAMS.some((stream) => stream.test(value))
  if (known && value.search(SELF_DESTRUCTION) === -1) return value as Audio
  throw refused(
    'audio',
    'must be a path below the sounds folder (letters, digits, blanks, _ . / + -) or a tone_stream://, silence_stream:// or local_stream:// address',
  )
}
