/**
 * What is recorded of a call, and how FreeSWITCH is told to begin and end it by itself: whoever answers, the controller
 * may be gone by then. Only this file writes variables that execute something, and from typed parts alone.
 *
 * From the source: a file is recorded from the moment at which the channel has media, which it is made to have
 * (switch_ivr_async.c, switch_ivr_record_session_event): before answer that would take the ringing from the caller. With
 * RECORD_BRIDGE_REQ only what is heard while two parties are joined is written, and a file of nothing is removed
 * (switch_core_io.c, switch_core_session_read_frame; record_callback). Variables run by what their names begin with
 * (switch_channel.c, switch_channel_api_on and switch_channel_execute_on), so the operator's own are left alone.
 */
import { isRecordingFile } from '../syntax/index.ts'
import { callId, type Checked, type Command, command, refused } from './guard.ts'

export type RecordingFile = Checked<'RecordingFile'>

/** A change of what is recorded of the conversations that follow. */
export interface RecordingChange {
  /** Undefined: nothing was. */
  readonly stop: RecordingFile | undefined
  /** Undefined: nothing is. */
  readonly start: { readonly file: RecordingFile; readonly answered: boolean } | undefined
}

/** The variable with the file that is recorded. */
export const RECORDING = 'belplan_recording'

/** @throws BelplanError `refused` for what is no file of a recording */
export function recordingFile(value: string): RecordingFile {
  if (!isRecordingFile(value))
    throw refused('a recording', 'must be a path of letters, digits and . _ - that ends in .wav')
  return value as RecordingFile
}

/** `name=value` of each variable that goes with the change, for uuid_setvar_multi: none of them needs escaping. */
export function recordingAssignments(uuid: string, { start }: RecordingChange): string[] {
  const file = start && recordingFile(start.file)
  return [
    `${RECORDING}=${file ?? ''}`,
    // The caller is on the left, and the called party on the right.
    ...(file === undefined ? [] : ['RECORD_STEREO=true', 'RECORD_BRIDGE_REQ=true']),
    `api_on_answer_belplan=${start?.answered === false ? record(uuid, 'start', start.file) : ''}`,
    // Whoever sends the caller elsewhere ends the conversation; with a colleague who was asked first it goes on.
    `execute_on_blind_transfer_belplan=${file === undefined ? '' : `stop_record_session ${file}`}`,
  ]
}

/** What is sent beside the variables. */
export function recordingCommands(uuid: string, { stop, start }: RecordingChange): Command[] {
  return [
    ...(stop === undefined ? [] : [command(`api ${record(uuid, 'stop', stop)}`)]),
    ...(start?.answered === true ? [command(`api ${record(uuid, 'start', start.file)}`)] : []),
  ]
}

function record(uuid: string, what: 'start' | 'stop', file: RecordingFile): string {
  return `uuid_record ${callId(uuid)} ${what} ${recordingFile(file)}`
}
