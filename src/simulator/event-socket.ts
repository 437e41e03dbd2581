/** One connection to a controller, from FreeSWITCH's side: mod_event_socket.c, listener_run and parse_command. */
import type { Duplex } from 'node:stream'
import { runApiCommand } from './api-commands.ts'
import type { Channel } from './channel.ts'
import type { EventName } from './event-origin.ts'
import { renderEvent } from './events.ts'
import { toText } from './strings.ts'
import { Subscription } from './subscription.ts'
import { ChunkWriter, CommandReader, type Command } from './wire.ts'

const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'
/** How long FreeSWITCH waits for the first command. */
const FIRST_COMMAND_MS = 25_000
/** However fast the call's time passes, the controller gets to read the last events. */
const SHORTEST_LINGER_MS = 50

/** All that a `sendmsg` may consist of: anything else got in through a value that held a line break. */
const MESSAGE_HEADERS = new Set([
  'call-command',
  'execute-app-name',
  'execute-app-arg',
  'event-lock',
  'event-uuid',
  'event-uuid-name',
  'content-type',
  'content-length',
  'loops',
  'hangup-cause',
])

export class EventSocket {
  /** `connect` has come. */
  connected = false
  /** Nothing is sent any more. */
  finished = false
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>
  readonly #channel: Channel
  readonly #writer: ChunkWriter
  readonly #subscription = new Subscription()
  readonly #reader = new CommandReader()
  readonly #cancelCommandTimeout: () => void
  #cancelLinger: () => void = () => undefined
  #firstCommand = true
  #lingerNoticed = false
  /** Seconds; undefined: the connection ends with the channel, Infinity: it stays. */
  #linger: number | undefined

  constructor(socket: Duplex, channel: Channel) {
    this.#channel = channel
    this.#writer = new ChunkWriter(socket, channel.script.chunks ?? 'whole')
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#finish()
        resolve()
      })
    })
    // A reset is the end of the connection, which 'close' reports.
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => this.#read((chunk as Buffer).toString('latin1')))
    this.#cancelCommandTimeout = channel.clock.later(channel.script.firstCommandMs ?? FIRST_COMMAND_MS, () =>
      this.#end(),
    )
  }

  /** Sends an event, if the controller subscribed to it. */
  fire(name: EventName, trailer: string): void {
    if (this.finished || !this.#subscription.wants(name)) return
    if (this.#subscription.promiscuous)
      this.#channel.timeline.violation('asks for the events of every channel')
    const event = renderEvent(name, this.#channel, trailer)
    if (!this.#subscription.passes(event)) return
    this.#writer.send(`Content-Length: ${event.length}\nContent-Type: text/event-plain\n\n${event}`)
  }

  /**
   * The channel hung up: with `linger` a notice now and the end later; without it the end, and the last events are
   * lost. `early`: they are still to come.
   */
  channelDown(early: boolean): void {
    if (this.finished || this.#lingerNoticed) return
    if (this.#linger === undefined) {
      this.#end()
      return
    }
    if (early && this.#channel.script.lingerNotice !== 'first') return
    this.#lingerNoticed = true
    const seconds = this.#linger === Infinity ? -1 : this.#linger
    this.#writer.send(
      `Content-Type: text/disconnect-notice\nControlled-Session-UUID: ${this.#channel.profile.id}\n` +
        `Content-Disposition: linger\nChannel-Name: ${this.#channel.profile.channelName}\n` +
        `Linger-Time: ${seconds}\nContent-Length: 0\n\n`,
    )
    if (this.#linger === Infinity) return
    const ms = Math.max(this.#channel.clock.real(this.#linger * 1000), SHORTEST_LINGER_MS)
    this.#cancelLinger = this.#channel.clock.later(ms, () => this.#end())
  }

  #read(bytes: string): void {
    for (const command of this.#reader.push(bytes)) {
      if (this.finished) return
      const first = this.#firstCommand
      this.#firstCommand = false
      this.#cancelCommandTimeout()
      this.#channel.timeline.add({ type: 'command', command: toText(command.line) })
      const reply = this.#run(command)
      // The reply to a connection's first command is never sent; `connect` and `api` write theirs themselves.
      if (reply !== undefined && !first)
        this.#writer.send(`Content-Type: command/reply\nReply-Text: ${reply}\n\n`)
      if (/^(exit|\.\.\.)/i.test(command.line)) this.#end()
    }
  }

  /** Runs a command; returns the text of its reply, if there is one. */
  #run(command: Command): string | undefined {
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
        return this.#sendMessage(command, rest)
      case 'api':
        return this.#api(rest)
      default:
        this.#channel.timeline.violation(`unknown command: ${command.line}`)
        return '-ERR command not found'
    }
  }

  #connect(): undefined {
    this.connected = true
    const trailer = 'Content-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: async\nControl: full\n'
    this.#writer.send(renderEvent('CHANNEL_DATA', this.#channel, trailer))
    this.#channel.notify()
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

  #sendMessage(command: Command, uuid: string): string {
    if (uuid !== '' && uuid !== this.#channel.profile.id) return `-ERR invalid session id [${uuid}]`
    this.#checkHeaders(command)
    this.#channel.queue.push(command)
    this.#channel.notify()
    return '+OK'
  }

  #checkHeaders({ headers }: Command): void {
    const seen = new Set<string>()
    for (const [name] of headers) {
      const lower = name.toLowerCase()
      if (!MESSAGE_HEADERS.has(lower))
        this.#channel.timeline.violation(`sendmsg with a header that does not belong there: ${name}`)
      else if (seen.has(lower)) this.#channel.timeline.violation(`sendmsg with two headers ${name}`)
      seen.add(lower)
    }
  }

  #api(rest: string): undefined {
    const blank = rest.indexOf(' ')
    const [name, argument] = blank < 0 ? [rest, ''] : [rest.slice(0, blank), rest.slice(blank + 1)]
    const body = runApiCommand(this.#channel, name, argument)
    this.#writer.send(`Content-Type: api/response\nContent-Length: ${body.length}\n\n${body}`)
  }

  /** Sends the disconnect notice and closes. */
  #end(): void {
    if (this.finished) return
    this.#writer.send(
      `Content-Type: text/disconnect-notice\nControlled-Session-UUID: ${this.#channel.profile.id}\n` +
        `Content-Disposition: disconnect\nContent-Length: ${GOODBYE.length}\n\n${GOODBYE}`,
    )
    this.#writer.end()
    this.#finish()
  }

  #finish(): void {
    if (this.finished) return
    this.finished = true
    this.#cancelCommandTimeout()
    this.#cancelLinger()
    this.#channel.controllerGone()
  }
}
