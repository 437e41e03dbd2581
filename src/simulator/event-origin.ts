/** The first lines of every event: which one, and where and when FreeSWITCH fired it. */
import { stamp } from './caller-profile.ts'
import { urlEncode } from './strings.ts'

/** Where FreeSWITCH 1.11.2 fires each event. */
const SOURCES = {
  CHANNEL_DATA: ['mod_event_socket.c', 'parse_command', 2029],
  CHANNEL_PARK: ['switch_ivr.c', 'switch_ivr_park', 1005],
  CHANNEL_ANSWER: ['switch_channel.c', 'switch_channel_perform_mark_answered', 3848],
  CHANNEL_EXECUTE: ['switch_core_session.c', 'switch_core_session_exec', 2944],
  CHANNEL_EXECUTE_COMPLETE: ['switch_core_session.c', 'switch_core_session_exec', 2972],
  CHANNEL_BRIDGE: ['switch_ivr_bridge.c', 'switch_ivr_multi_threaded_bridge', 1689],
  CHANNEL_HANGUP_COMPLETE: ['switch_core_state_machine.c', 'switch_core_session_reporting_state', 943],
} as const

export type EventName = keyof typeof SOURCES

/** One FreeSWITCH, as far as events say. */
export const CORE = '201eb592-ce49-4609-9509-7f334eae4c2d'

/** `nowUs`: microseconds since 1970. */
export function originOf(name: EventName, sequence: number, nowUs: number): string {
  const [file, caller, line] = SOURCES[name]
  return `Event-Name: ${name}
Core-UUID: ${CORE}
FreeSWITCH-Hostname: simulator
FreeSWITCH-Switchname: simulator
FreeSWITCH-IPv4: 127.0.0.1
FreeSWITCH-IPv6: %3A%3A1
Event-Date-Local: ${urlEncode(stamp(nowUs))}
Event-Date-GMT: ${urlEncode(new Date(nowUs / 1000).toUTCString())}
Event-Date-Timestamp: ${nowUs}
Event-Calling-File: ${file}
Event-Calling-Function: ${caller}
Event-Calling-Line-Number: ${line}
Event-Sequence: ${sequence}
`
}
