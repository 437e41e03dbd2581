/** What a CHANNEL_HANGUP_COMPLETE event says of a conversation. */

export interface ConversationEnd {
  /** FreeSWITCH's Unique-ID of the caller's leg. */
  readonly id: string
  readonly cause: string
  /** From the bridge to the hang-up; absent when FreeSWITCH gives no times. */
  readonly talkMs?: number
}

/** Reads the event's headers; undefined when they are not those of a channel. */
export function conversationEnd(headers: Readonly<Record<string, unknown>>): ConversationEnd | undefined {
  const id = headers['Unique-ID']
  if (typeof id !== 'string') return undefined
  const cause = headers['Hangup-Cause']
  // Microseconds since 1970, 0 for never (switch_caller.c, switch_caller_profile_event_set_data).
  const from = Number(headers['Caller-Channel-Bridged-Time'])
  const to = Number(headers['Caller-Channel-Hangup-Time'])
  const talked = from > 0 && to >= from ? { talkMs: Math.round((to - from) / 1000) } : {}
  return { id, cause: typeof cause === 'string' ? cause : 'NORMAL_UNSPECIFIED', ...talked }
}
