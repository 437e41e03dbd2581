/** What came of a mailbox of mod_voicemail, from the variables that it sets on the caller's channel (voicemail_leave_main). */
import type { Headers } from '../esl/index.ts'
import type { VoicemailResult } from '../plan/index.ts'

/** Undefined: the call was in no mailbox for a controller, as far as its channel shows. */
export function readVoicemailEnd(headers: Headers): VoicemailResult | undefined {
  if (headers.variable('skip_record_check') === undefined) return undefined
  const recordedMs = Number(headers.variable('record_ms') ?? NaN)
  // Set once the message is in the mailbox.
  if (headers.variable('voicemail_message_len') !== undefined) {
    const file = headers.variable('voicemail_file_path')
    return {
      outcome: 'left',
      ...(recordedMs >= 0 && { messageMs: recordedMs }),
      ...(file !== undefined && { file }),
    }
  }
  if (!Number.isNaN(recordedMs)) return { outcome: 'none' }
  return {
    outcome: 'failed',
    warnings: ['FreeSWITCH has no such mailbox, or no such profile of mod_voicemail'],
  }
}
