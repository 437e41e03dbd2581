/** What may be played, as its file names reach shells, URLs and any file on FreeSWITCH's disk. */
import { audioFault } from '../syntax/index.ts'
import { type Checked, refused } from './guard.ts'

/** A path below the sounds folder or a stream, safe as an application's argument and as a variable's value. */
export type Audio = Checked<'Audio'>

/** Checks audio. @throws BelplanError `refused` */
export function audio(value: string): Audio {
  const fault = audioFault(value)
  if (fault !== undefined) throw refused('audio', fault)
  return value as Audio
}
