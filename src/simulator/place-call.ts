/** One call through the simulator: the dialplan around the `socket` actions, and what came of the call. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { Channel } from './channel.ts'
import { EventSocket } from './event-socket.ts'
import { runSocket, type SocketEnd } from './park.ts'
import { play } from './playback.ts'
import type { CallResult, CallScript } from './script.ts'
import { toText } from './strings.ts'

export interface Target {
  readonly host: string
  readonly port: number
  /** Where the controller is in this process: connects to it without a socket. */
  readonly connect?: () => Duplex
}

/** Between two `socket` actions, so that a controller that is ending stops listening. */
const PAUSE_MS = 200
const ATTEMPTS = 10
/** How long the extension that a transfer leads to keeps the call. */
const TRANSFERRED_MS = 100

/**
 * Plays FreeSWITCH for one call: connects to the first target that listens, as `socket host:port|… async full`
 * does, and executes what it sends. Resolves when the call is over and its connections are closed; never rejects for
 * anything that a controller does: that is in `ended` and `violations`.
 */
export async function placeCall(target: Target | readonly Target[], script: CallScript): Promise<CallResult> {
  const targets = 'host' in target ? [target] : target
  const channel = new Channel(script)
  const closed: Promise<void>[] = []
  const end = await dialplan(channel, targets, closed)
  if (end === 'transferred') await channel.clock.pause(TRANSFERRED_MS)
  if (end === 'stuck') {
    channel.cancelAlarms()
    channel.timeline.violation('the caller sits in silence: no controller, and nothing that would bring one')
    return result(channel, 'stuck')
  }
  if (end === 'next') await announceFailure(channel)
  channel.hangUp(end === 'next' ? 'NORMAL_TEMPORARY_FAILURE' : 'NORMAL_CLEARING', 'platform')
  channel.report()
  await Promise.all(closed)
  if (channel.transferred) return result(channel, 'transferred')
  if (channel.talkMs !== undefined) return result(channel, 'talked')
  return result(channel, end === 'next' ? 'lost' : 'hangup')
}

/** Behind a queue there are as many attempts again, in an extension of their own. */
async function dialplan(
  channel: Channel,
  targets: readonly Target[],
  closed: Promise<void>[],
): Promise<SocketEnd> {
  for (;;) {
    const end = await tryControllers(channel, targets, closed)
    if (end !== 'next' || channel.variables.get('belplan_behind') !== 'again') return end
    channel.variables.set('belplan_behind', 'none')
  }
}

/** The `socket` actions in a row, hosts in alternating order; `next` when the last one has ended. */
async function tryControllers(
  channel: Channel,
  targets: readonly Target[],
  closed: Promise<void>[],
): Promise<SocketEnd> {
  const attempts = channel.script.attempts ?? ATTEMPTS
  for (let attempt = 1; attempt <= attempts && !channel.down; attempt += 1) {
    channel.clock.resume()
    if (attempt > 1 && (await channel.clock.pause(PAUSE_MS)) === 'hangUp') break
    const hosts = targets.map((_, at) => targets[(at + attempt - 1) % targets.length]!)
    if (channel.script.variables?.['socket_resume'] === undefined || attempt > 1) {
      channel.variables.set('socket_resume', 'true')
    }
    const data = `${hosts.map(({ host, port }) => `${host}:${port}`).join('|')} async full`
    channel.variables.setAll({ current_application_data: data, current_application: 'socket' })
    const connection = await connectToFirst(hosts, channel)
    if (!connection) {
      channel.timeline.add({ type: 'unreachable', attempt })
      continue
    }
    const { host, port } = connection.target
    channel.timeline.add({ type: 'connected', host, port, attempt })
    const socket = new EventSocket(connection.socket, channel)
    closed.push(socket.closed)
    const end = await runSocket(channel, socket, data)
    if (end !== 'next') return end
  }
  return channel.down ? 'over' : 'next'
}

/** No controller is left: the dialplan plays an announcement. */
async function announceFailure(channel: Channel): Promise<void> {
  channel.clock.resume()
  channel.variables.set('last_bridge_proto_specific_hangup_cause', undefined)
  await play(channel, 'sorry.wav')
}

/** Hosts are tried in order, when connecting only. */
async function connectToFirst(
  targets: readonly Target[],
  channel: Channel,
): Promise<{ socket: Duplex; target: Target } | undefined> {
  for (const target of targets) {
    channel.variables.set('socket_host', target.host)
    if (target.connect) return { socket: target.connect(), target }
    const socket = connect({ host: target.host, port: target.port, noDelay: true })
    const connected = await once(socket, 'connect').catch(() => undefined)
    if (connected) return { socket, target }
  }
  return undefined
}

function result(channel: Channel, ended: CallResult['ended']): CallResult {
  const { cause, sip, talkMs, transferred, variables, timeline } = channel
  return {
    id: channel.profile.id,
    ended,
    ...(cause === undefined ? {} : { cause }),
    ...(sip === undefined ? {} : { sip }),
    answered: channel.answered,
    ...(talkMs === undefined ? {} : { talkMs }),
    ...(transferred ? { transferredTo: transferred } : {}),
    applications: timeline.applications,
    invites: timeline.invites,
    violations: timeline.violations,
    // Made on demand: load tests place calls by the thousand and never look.
    get variables() {
      return Object.fromEntries([...variables].map(([name, value]) => [name, toText(value)]))
    },
  }
}
