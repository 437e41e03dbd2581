/** What a plan's meaning needs of the caller's leg, whatever the operator's dialplan set or did not set. */
import type { Headers, VariableValues } from '../esl/index.ts'
import { ringingTone } from './ringing-tone.ts'

/** The settings that the leg does not have yet: each byte costs FreeSWITCH time. */
export function settings(headers: Headers, country: string | undefined): VariableValues {
  const wanted = {
    // A destination that does not answer does not end the call.
    continue_on_fail: 'true',
    // When one party hangs up, the call is over: the plan does not go on behind a conversation.
    hangup_after_bridge: 'true',
    // Ring times and simultaneous ringing hold only if a leg with early media does not count as answered.
    ignore_early_media: 'true',
    // The caller's X-, Diversion and User-to-User headers are not for the callee.
    sip_copy_custom_headers: 'false',
    // An answered caller hears nothing while a destination rings, otherwise.
    transfer_ringback: ringingTone(country),
    // Keeps digits out of FreeSWITCH's log and DTMF events.
    sensitive_dtmf: 'true',
    // Audio plays to its end, whatever the caller keys.
    playback_terminators: 'none',
    // What the inbound link asks for, to hear of the ends of these calls and no others.
    belplan_node: '1',
  }
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => headers.variable(name) !== value),
  )
}
