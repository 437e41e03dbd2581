/** One connection to a controller, from FreeSWITCH's side: mod_event_socket.c's listener_run and parse_command. */
import type { Socket } from 'node:net'
import { runApi } from './api.ts'
import type { Audience } from './audience.ts'
import type { Channel } from './channel.ts'
import { later } from './clock.ts'
import { CommandReader, type Command } from './commands.ts'
import type { EventName } from './events.ts'
import { channelName } from './identity.ts'
import { checkMessage } from './message-check.ts'
import { Subscription } from './subscription.ts'
import { toText } from './text.ts'
import { Wire } from './wire.ts'

const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'
/** FreeSWITCH waits so long for the first command. */
const FIRST_COMMAND_MS = 25_000
/** However fast the call's time passes, the controller gets to read the last events. */
const SHORTEST_LINGER_MS = 50

export class Listener implements Audience {
  connected = false
  finished = false
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>
  readonly #channel: Channel
  readonly #wire: Wire
  readonly #subscription = new Subscription()
  readonly #reader = new CommandReader()
  readonly #cancelFirst: () => void
  #cancelLinger: () => void = () => undefined
  #first = true
  #noticed = false
  /** Seconds; undefined: the connection ends with the channel, Infinity: it stays. */
  #linger: number | undefined

  constructor(socket: Socket, channel: Channel) {
    this.#channel = channel
    this.#wire = new Wire(socket, channel.script.chunks ?? 'whole')
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#finish()
        resolve()
      })
    })
    socket.setNoDelay(true)
    // A reset is the end of the connection, which 'close' reports.
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => this.#read(chunk.toString('latin1')))
    this.#cancelFirst = later(channel.script.firstCommandMs ?? FIRST_COMMAND_MS, () => this.#end())
  }

  fire(name: EventName, render: () => string): void {
    if (this.finished || !this.#subscription.wants(name)) return
    if (this.#subscription.promiscuous) this.#channel.notes.violate('asks for the events of every channel')
    const event = render()
    if (!this.#subscription.passes(event)) return
    this.#wire.send(`Content-Length: ${event.length}\nContent-Type: text/event-plain\n\n${event}`)
  }

  /** With `linger` a notice now and the end later; without it the end, and whatever would have come is lost. */
  channelDown(early: boolean): void {
    if (this.finished || this.#noticed) return
    if (this.#linger === undefined) {
      this.#end()
      return
    }
    if (early && this.#channel.script.lingerNotice !== 'first') return
    this.#noticed = true
    const seconds = this.#linger === Infinity ? -1 : this.#linger
    this.#wire.send(
      `Content-Type: text/disconnect-notice\nControlled-Session-UUID: ${this.#channel.who.id}\n` +
        `Content-Disposition: linger\nChannel-Name: ${channelName(this.#channel.who)}\n` +
        `Linger-Time: ${seconds}\nContent-Length: 0\n\n`,
    )
    if (this.#linger === Infinity) return
    const ms = Math.max(this.#channel.clock.real(this.#linger * 1000), SHORTEST_LINGER_MS)
    this.#cancelLinger = later(ms, () => this.#end())
  }

  #read(bytes: string): void {
    for (const command of this.#reader.push(bytes)) {
      if (this.finished) return
      const first = this.#first
      this.#first = false
      this.#cancelFirst()
      this.#channel.notes.tell({ type: 'command', command: toText(command.line) })
      const reply = this.#obey(command)
      // The reply to a connection's first command is never sent; `connect` and `api` write theirs themselves.
      if (reply !== undefined && !first)
        this.#wire.send(`Content-Type: command/reply\nReply-Text: ${reply}\n\n`)
      if (/^(exit|\.\.\.)/i.test(command.line)) this.#end()
    }
  }

  /** Does what a command says; returns the text of its reply, if there is one. */
  #obey(command: Command): string | undefined {
    const [verb = '', ...words] = command.line.split(' ')
    const rest = words.join(' ').trim()
    switch (verb.toLowerCase()) {
      case 'exit':
        return '+OK bye'
      case 'connect':
        return this.#connect()
      case 'resume':
        this.#channel.variables.set('socket_resume', 'true')
        return '+OK'
      case 'filter':
        return this.#filter(words)
      case 'myevents':
        return this.#subscription.mine() ? '+OK Events Enabled' : '-ERR aready enabled.'
      case 'event':
        return this.#subscription.add(words)
          ? '+OK event listener enabled plain'
          : '-ERR no keywords supplied'
      case 'nixevent':
        this.#subscription.remove(words)
        return words.length > 0 ? '+OK events nixed' : '-ERR no keywords supplied'
      case 'noevents':
        this.#subscription.clear()
        return '+OK no longer listening for events'
      case 'linger':
        this.#linger = rest === '' ? Infinity : Number.parseInt(rest, 10) || 0
        return rest === '' ? '+OK will linger' : `+OK will linger ${this.#linger} seconds`
      case 'nolinger':
        this.#linger = undefined
        return '+OK will not linger'
      case 'getvar':
        return this.#channel.variables.get(rest) ?? '-ERR command not found'
      case 'sendmsg':
        return this.#message(command, rest)
      case 'api':
        return this.#api(rest)
      default:
        this.#channel.notes.violate(`unknown command: ${command.line}`)
        return '-ERR command not found'
    }
  }

  #connect(): undefined {
    this.connected = true
    const trailer = 'Content-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: async\nControl: full\n'
    this.#wire.send(this.#channel.render('CHANNEL_DATA', trailer))
    this.#channel.waiting.wake()
  }

  #filter(words: readonly string[]): string {
    const [verb = '', ...others] = words
    const adds = verb.toLowerCase() === 'add'
    const removes = verb.toLowerCase() === 'delete'
    const [name = '', ...value] = adds || removes ? others : words
    if (removes) {
      this.#subscription.unfilter(name, value.length > 0 ? value.join(' ') : undefined)
      return `+OK filter deleted. [${name}][${value.join(' ')}]`
    }
    if (value.length === 0) return '-ERR invalid syntax'
    this.#subscription.filter(name, value.join(' '))
    return `+OK filter added. [${name}]=[${value.join(' ')}]`
  }

  #message(command: Command, uuid: string): string {
    if (uuid !== '' && uuid !== this.#channel.who.id) return `-ERR invalid session id [${uuid}]`
    for (const fault of checkMessage(command)) this.#channel.notes.violate(fault)
    this.#channel.queue.push(command)
    this.#channel.waiting.wake()
    return '+OK'
  }

  #api(rest: string): undefined {
    const blank = rest.indexOf(' ')
    const [name, argument] = blank < 0 ? [rest, ''] : [rest.slice(0, blank), rest.slice(blank + 1)]
    const body = runApi(this.#channel, name, argument)
    this.#wire.send(`Content-Type: api/response\nContent-Length: ${body.length}\n\n${body}`)
  }

  /** Says goodbye and closes. */
  #end(): void {
    if (this.finished) return
    this.#wire.send(
      `Content-Type: text/disconnect-notice\nControlled-Session-UUID: ${this.#channel.who.id}\n` +
        `Content-Disposition: disconnect\nContent-Length: ${GOODBYE.length}\n\n${GOODBYE}`,
    )
    this.#wire.end()
    this.#finish()
  }

  #finish(): void {
    if (this.finished) return
    this.finished = true
    this.#cancelFirst()
    this.#cancelLinger()
    this.#channel.controllerGone()
  }
}
