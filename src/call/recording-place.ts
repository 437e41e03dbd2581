/** Where a call is recorded: the document, the day, the time and the call name the file, and nothing that a caller sent. */
import { recordingFile, type RecordingFile } from '../esl/index.ts'
import { BelplanError } from '../util/errors.ts'

/** Undefined `file`: it cannot be recorded, for this reason. */
export type RecordingPlace =
  { readonly file: RecordingFile } | { readonly file?: undefined; readonly unrecorded: string }

/**
 * The time is that of the arrival, in UTC: a caller who is sent back to a plan after a conversation has the same id, and a
 * recording of their own each time.
 *
 * @param folder of all recordings; undefined: the operator has none
 */
export function recordingPlace(
  folder: string | undefined,
  document: string,
  id: string,
  arrived: Date,
): RecordingPlace {
  if (folder === undefined) return { unrecorded: 'the operator has no folder for recordings' }
  const [day = '', time = ''] = arrived.toISOString().replace('Z', '').split('T')
  try {
    return { file: recordingFile(`${folder}/${document}/${day}/${time.replaceAll(':', '-')}-${id}.wav`) }
  } catch (error) {
    if (!(error instanceof BelplanError)) throw error
    return { unrecorded: error.message }
  }
}
