/** What FreeSWITCH records of the caller's channel (switch_ivr_async.c, switch_ivr_record_session_event). */
import type { Channel } from './channel.ts'
import { isTrue, toText } from './strings.ts'

/** A file that is being recorded. */
export interface Recording {
  ms: number
  /** Since when two parties are joined. */
  joinedMs: number | undefined
}

/** Nothing that leaves a folder or is a format of its own: `{…}` and `[…]` have a meaning in front of a path. */
const FILE = /^(?:\/[\w-][\w.-]*)+\.wav$/

/** Variables with which FreeSWITCH begins and ends by itself what is recorded of this very channel, and does nothing else. */
export function recordsTheCall({ profile }: Channel, name: string, value: string): boolean {
  const words = value.split(' ')
  const file = words.at(-1)!
  if (name === 'api_on_answer_belplan')
    return words.slice(0, -1).join(' ') === `uuid_record ${profile.id} start` && FILE.test(file)
  const isEnd = name === 'execute_on_blind_transfer_belplan' && words.length === 2
  return isEnd && words[0] === 'stop_record_session' && FILE.test(file)
}

/** `start FILE` or `stop FILE`, as mod_commands.c has it. */
export function uuidRecord(channel: Channel, argument: string): string {
  const [what, file = '', ...more] = argument.split(' ')
  if (!FILE.test(file) || more.length > 0) channel.timeline.violation(`records in ${argument}`)
  if (what === 'stop')
    return stopRecording(channel, file) ? '+OK Success\n' : '-ERR Cannot stop record session!\n'
  if (what !== 'start') return '-USAGE: <uuid> [start|stop|mask|unmask] <path>\n'
  const { variables, recordings, timeline } = channel
  if (!channel.media) timeline.violation(`records before the answer, which takes the ringing from the caller`)
  if (!isTrue(variables.get('RECORD_BRIDGE_REQ'))) timeline.violation('records what is no conversation')
  if (!recordings.has(file)) recordings.set(file, { ms: 0, joinedMs: undefined })
  return '+OK Success\n'
}

/** Two parties are joined. */
export function joinRecordings({ recordings, clock }: Channel): void {
  for (const recording of recordings.values()) recording.joinedMs = clock.now()
}

/** They are not any more, after `ms`. */
export function partRecordings({ recordings }: Channel, ms: number): void {
  for (const recording of recordings.values()) {
    recording.ms += ms
    recording.joinedMs = undefined
  }
}

/** False: it was not recorded. A file of nothing is removed. */
export function stopRecording(channel: Channel, file: string): boolean {
  const { recordings, variables, timeline, clock } = channel
  const recording = recordings.get(file)
  if (!recording) return false
  recordings.delete(file)
  const { joinedMs } = recording
  const ms = Math.round(recording.ms + (joinedMs === undefined ? 0 : clock.now() - joinedMs))
  variables.setAll({
    record_samples: String(ms * 8),
    record_seconds: String(Math.floor(ms / 1000)),
    record_ms: String(ms),
    record_completion_cause: ms > 0 ? 'success-silence' : 'empty-file',
  })
  if (ms > 0) timeline.add({ type: 'recorded', file: toText(file), ms })
  return true
}

/** The channel goes down. */
export function stopRecordings(channel: Channel): void {
  for (const file of [...channel.recordings.keys()]) stopRecording(channel, file)
}

/** The caller is sent elsewhere (switch_ivr.c, switch_ivr_session_transfer). */
export function stopAtTransfer(channel: Channel): void {
  for (const [name, value] of [...channel.variables]) {
    const [application, file = ''] = value.split(' ')
    if (name.startsWith('execute_on_blind_transfer') && application === 'stop_record_session')
      stopRecording(channel, file)
  }
}
