/** The `socket` application on the channel's side: parks, and runs what the controller sends (switch_ivr_park). */
import { randomUUID } from 'node:crypto'
import { execute, fireComplete } from './applications.ts'
import type { Channel } from './channel.ts'
import type { EventSocket } from './event-socket.ts'
import { isTrue } from './strings.ts'
import { lookUp, type Command } from './wire.ts'

/** `next`: the dialplan goes on after the `socket` action; `stuck`: the channel stays parked for ever. */
export type SocketEnd = 'next' | 'stuck' | 'over' | 'transferred'

/** With `request` as the moment, the caller gives up when nothing has been executed for this long. */
const IDLE_MS = 50

/** Runs the channel until it hangs up, or until the connection is closed. `data` is the argument of `socket`. */
export async function runSocket(channel: Channel, socket: EventSocket, data: string): Promise<SocketEnd> {
  channel.socket = socket
  channel.activity = 'connecting'
  while (!socket.connected && !socket.finished && !channel.down) await channel.notified()
  // The controller's commands were answered before the channel's own thread gets to park.
  await turn(channel)
  if (socket.finished && !channel.down) {
    // Parked with no controller: only socket_resume gets the channel out of there.
    return isTrue(channel.variables.get('socket_resume')) ? 'next' : 'stuck'
  }
  if (!channel.down) {
    channel.activity = 'parked'
    channel.fire('CHANNEL_PARK')
    await park(channel, socket)
  }
  // switch_ivr_parse_all_events: what was sent before the controller went is still executed.
  for (let left = channel.queue.shift(); left; left = channel.queue.shift()) await runMessage(channel, left)
  fireComplete(channel, 'socket', data, randomUUID())
  if (channel.down) return 'over'
  return channel.transferred ? 'transferred' : 'next'
}

async function park(channel: Channel, socket: EventSocket): Promise<void> {
  const tickMs = channel.script.tickMs ?? 20
  while (!channel.down && !socket.finished && !channel.transferred) {
    if (channel.queue.length === 0) {
      const impatient = channel.script.hangUp?.when === 'request'
      const cancel = impatient ? channel.clock.later(IDLE_MS, channel.callerHangsUp) : undefined
      await channel.notified()
      cancel?.()
      continue
    }
    await turn(channel, tickMs)
    const command = channel.queue.shift()
    if (command) await runMessage(channel, command)
  }
}

/** One `sendmsg` (switch_ivr_parse_event). */
async function runMessage(channel: Channel, { headers, body }: Command): Promise<void> {
  const verb = lookUp(headers, 'call-command')
  if (verb === 'hangup') {
    channel.hangUp(lookUp(headers, 'hangup-cause') ?? 'NORMAL_CLEARING', 'platform')
  } else if (verb !== 'execute') {
    channel.timeline.violation(`unknown call-command: ${verb ?? ''}`)
  } else {
    const { variables } = channel
    channel.acknowledge()
    variables.setAll({ app_uuid: lookUp(headers, 'event-uuid'), current_loop: '1', total_loops: '1' })
    const argument =
      lookUp(headers, 'execute-app-arg') ??
      (lookUp(headers, 'content-type') === 'text/plain' ? body : undefined)
    channel.loops = Number(lookUp(headers, 'loops') ?? 1)
    await execute(channel, lookUp(headers, 'execute-app-name') ?? '', argument)
    channel.loops = 1
    variables.setAll({ current_loop: undefined, total_loops: undefined })
  }
}

function turn({ clock }: Channel, ms = 0): Promise<void> {
  return new Promise((resolve) => clock.later(ms, resolve))
}
