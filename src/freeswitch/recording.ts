/** What FreeSWITCH's last event of a call says of its recording: the one place where that is known. */

/** What was recorded of a conversation. */
export interface Recording {
  /** A path in FreeSWITCH's file system. */
  readonly file: string
  /** How long it is; absent where the end of the conversation was not seen, or nothing was recorded. */
  readonly ms?: number
  /** Why it is not there, or not whole, in FreeSWITCH's word: `uri-failure` where it cannot be written. */
  readonly failed?: string
}

/** Causes of an end at which the file is not there, or not whole (switch_ivr_async.c, record_callback). */
const FAULTS = new Set(['uri-failure', 'empty-file', 'input-too-short'])

/**
 * Reads CHANNEL_HANGUP_COMPLETE of a call on which two parties talked: FreeSWITCH ends what it records of a channel before
 * that (switch_core_state_machine.c, switch_core_session_hangup_state). Undefined: it was not to be recorded.
 */
export function readRecording(headers: Readonly<Record<string, unknown>>): Recording | undefined {
  const file = headers['variable_belplan_recording']
  if (typeof file !== 'string' || file === '') return undefined
  const ms = Number(headers['variable_record_ms'] ?? 0)
  const cause = headers['variable_record_completion_cause']
  const fault = typeof cause === 'string' && FAULTS.has(cause) ? cause : undefined
  if (!(ms > 0)) return { file, failed: fault ?? 'not-started' }
  return { file, ms, ...(fault !== undefined && { failed: fault }) }
}
