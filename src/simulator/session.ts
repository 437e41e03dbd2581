/** The `socket` application on the channel's side: parks, and runs what the controller sends (switch_ivr_park). */
import { randomUUID } from 'node:crypto'
import { complete, execute } from './applications.ts'
import type { Channel } from './channel.ts'
import { later } from './clock.ts'
import { lookUp, type Command } from './commands.ts'
import type { Listener } from './listener.ts'
import { isTrue } from './text.ts'

/** `next`: the dialplan goes on behind the `socket` action; `stuck`: nothing will ever happen again. */
export type HoldEnd = 'next' | 'stuck' | 'over' | 'transferred'

/** With `request` as the moment, the caller gives up when nothing has been executed for so long. */
const IDLE_MS = 50

/** Runs the channel until it is gone, or until the controller is. `data` is the argument of `socket`. */
export async function hold(
  channel: Channel,
  listener: Listener,

  data: string,
): Promise<HoldEnd> {
  channel.audience = listener
  channel.doing = 'connecting'
  while (!listener.connected && !listener.finished && !channel.down) await channel.waiting.asleep()
  // The controller's commands were answered before the channel's own thread gets to park.
  await turn()
  if (listener.finished && !channel.down) {
    // Parked with nobody to say anything: only socket_resume gets the channel out of there.
    return isTrue(channel.variables.get('socket_resume')) ? 'next' : 'stuck'
  }
  if (!channel.down) {
    channel.doing = 'parked'
    channel.fire('CHANNEL_PARK')
    await park(channel, listener)
  }
  // switch_ivr_parse_all_events: what was sent before the controller went is still executed.
  for (let left = channel.queue.shift(); left; left = channel.queue.shift()) await perform(channel, left)
  complete(channel, 'socket', data, randomUUID())
  if (channel.down) return 'over'
  return channel.transferred ? 'transferred' : 'next'
}

async function park(channel: Channel, listener: Listener): Promise<void> {
  const tickMs = channel.script.tickMs ?? 20
  while (!channel.down && !listener.finished && !channel.transferred) {
    if (channel.queue.length === 0) {
      await idle(channel)
      continue
    }
    await turn(tickMs)
    const command = channel.queue.shift()
    if (command) await perform(channel, command)
  }
}

async function idle(channel: Channel): Promise<void> {
  const impatient = channel.script.hangUp?.when === 'request'
  const cancel = impatient ? later(IDLE_MS, channel.callerHangsUp) : undefined
  await channel.waiting.asleep()
  cancel?.()
}

/** One `sendmsg` (switch_ivr_parse_event). */
async function perform(channel: Channel, { headers, body }: Command): Promise<void> {
  const verb = lookUp(headers, 'call-command')
  if (verb === 'hangup') channel.hangUp(lookUp(headers, 'hangup-cause') ?? 'NORMAL_CLEARING', 'platform')
  if (verb !== 'execute') {
    if (verb !== 'hangup') channel.notes.violate(`unknown call-command: ${verb ?? ''}`)
    return
  }
  const { variables } = channel
  channel.settle()
  variables.set('app_uuid', lookUp(headers, 'event-uuid'))
  variables.set('current_loop', '1')
  variables.set('total_loops', '1')
  const argument =
    lookUp(headers, 'execute-app-arg') ??
    (lookUp(headers, 'content-type') === 'text/plain' ? body : undefined)
  await execute(channel, lookUp(headers, 'execute-app-name') ?? '', argument)
  variables.set('current_loop', undefined)
  variables.set('total_loops', undefined)
}

function turn(ms = 0): Promise<void> {
  return new Promise((resolve) => later(ms, resolve))
}
