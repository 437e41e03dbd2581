/** Two parties talk (switch_ivr_bridge.c), whether a bridge or a queue put them through. */
import type { Channel } from './channel.ts'
import type { Interruption } from './clock.ts'
import { joinRecordings, partRecordings } from './recording.ts'
import { isTrue } from './strings.ts'

/** Resolves when they are done, `talkMs` from now, or interrupted before. */
export async function converse(channel: Channel, talkMs: number): Promise<Interruption | undefined> {
  channel.acknowledge()
  channel.activity = 'talking'
  joinRecordings(channel)
  const began = channel.clock.now()
  const interruption = await channel.clock.pause(talkMs)
  channel.talkMs = interruption === undefined ? talkMs : channel.clock.now() - began
  partRecordings(channel, channel.talkMs)
  return interruption
}

/** With `hangup_after_bridge` the call is over when they are done. */
export function hangUpAfter(channel: Channel, interruption: Interruption | undefined): void {
  if (interruption === undefined && isTrue(channel.variables.get('hangup_after_bridge')))
    channel.hangUp('NORMAL_CLEARING', 'callee')
}
