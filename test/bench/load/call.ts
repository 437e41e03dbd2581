/**
 * FreeSWITCH's side of one call on the outbound socket, as cheap as it can be: commands are counted and read only as
 * far as their answer needs, and answers are frames of transcripts. The simulator costs far more for a call.
 *
 * Timing is FreeSWITCH's: the channel is parked a moment after the connect reply, and CHANNEL_PARK is sent with the
 * reply to the next command or on the next tick; an application begins on a tick of 20 ms.
 */
import type { Socket } from 'node:net'
import { apiReply, GOODBYE, reply } from '../../esl/frames.ts'
import type { Delay } from './delay.ts'
import type { CallValues, Format, Frames } from './frames.ts'
import type { Flow } from './orders.ts'

export interface CallOptions {
  readonly values: CallValues
  readonly flow: Flow
  readonly frames: Readonly<Record<Format, Frames>>
  /** 20 ms. */
  readonly tick: Delay
  /** How the call ended, or `held`: it waits where it should. Anything but that and `letGo` is not as planned. */
  readonly onEnd: (how: string, call: LoadCall) => void
}

const OK = reply()
const API_OK = apiReply('+OK\n')

/** mod_event_socket.c: the socket's thread sees that the channel is parked some milliseconds after the connect reply. */
const PARKED_AFTER_MS = 1.5

export class LoadCall {
  bytes = 0
  commands = 0
  applications = 0
  /** From the connect reply to the first application. */
  decisionMs = NaN
  readonly #socket: Socket
  readonly #options: CallOptions
  #rest = ''
  #format: Format = 'plain'
  #subscribed = ''
  #parkSent = false
  #connectedMs = 0
  #bridged = false
  #ended = false

  constructor(socket: Socket, options: CallOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) => this.end(error.code ?? 'error'))
    socket.on('close', () => this.end('closed early'))
  }

  #read(chunk: Buffer): void {
    this.bytes += chunk.length
    const text = this.#rest + chunk.toString('latin1')
    const out: (string | Buffer)[] = []
    let at = 0
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n', at)) {
      if (end > at) this.#run(text.slice(at, end), out)
      at = end + 2 + bodyLength(text, at, end)
    }
    this.#rest = text.slice(at)
    if (out.length > 0) this.#write(out)
  }

  #run(command: string, out: (string | Buffer)[]): void {
    const first = this.commands++ === 0
    if (command.startsWith('api ')) {
      if (command.startsWith('api uuid_kill')) this.end('hung up')
      out.push(API_OK)
    } else if (command.startsWith('sendmsg')) this.#execute(command, out)
    else if (command === 'connect') this.#connect(out)
    else if (command === 'exit') {
      out.push(reply('+OK bye'), GOODBYE)
      this.end(this.#bridged ? 'letGo' : 'let go too early')
    } else {
      if (command.startsWith('event ')) this.#subscribe(command)
      // listener_run: the first command of a connection gets no reply.
      if (!first) out.push(OK)
    }
    this.#sendPark(out, false)
  }

  #subscribe(command: string): void {
    if (command.startsWith('event json')) this.#format = 'json'
    this.#subscribed += command
  }

  #connect(out: (string | Buffer)[]): void {
    const { frames, values, tick } = this.#options
    out.push(frames.plain.connected.make(values))
    this.#connectedMs = performance.now()
    tick.add(() => {
      const park: Buffer[] = []
      this.#sendPark(park, true)
      if (park.length > 0) this.#write(park)
    })
  }

  #sendPark(out: (string | Buffer)[], tick: boolean): void {
    if (this.#parkSent || this.#connectedMs === 0 || this.#ended) return
    if (!tick && performance.now() - this.#connectedMs < PARKED_AFTER_MS) return
    this.#parkSent = true
    const { frames, values } = this.#options
    if (this.#subscribed.includes('CHANNEL_PARK')) out.push(frames[this.#format].park.make(values))
  }

  #execute(command: string, out: (string | Buffer)[]): void {
    if (this.applications++ === 0) this.decisionMs = performance.now() - this.#connectedMs
    out.push(OK)
    const application = /^execute-app-name: (.*)$/m.exec(command)?.[1] ?? ''
    const id = /^Event-UUID: (.*)$/m.exec(command)?.[1] ?? ''
    const { flow, tick } = this.#options
    if (application === 'bridge') tick.add(() => this.#bridge())
    else if (application === 'hangup') this.end('hung up')
    else if (flow === 'hold' && application === 'play_and_get_digits') this.#options.onEnd('held', this)
    else tick.add(() => this.#complete(id))
  }

  #bridge(): void {
    if (this.#ended) return
    this.#bridged = true
    const { frames, values } = this.#options
    this.#write([frames[this.#format].bridge.make(values)])
  }

  #complete(id: string): void {
    if (this.#ended || !this.#subscribed.includes('CHANNEL_EXECUTE_COMPLETE')) return
    const { frames, values } = this.#options
    this.#write([frames[this.#format].complete.make(values, id)])
  }

  #write(parts: readonly (string | Buffer)[]): void {
    const socket = this.#socket
    if (socket.destroyed) return
    if (parts.length === 1) socket.write(parts[0]!, 'latin1')
    else {
      const pieces = parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))
      socket.write(Buffer.concat(pieces))
    }
    if (this.#ended) socket.end()
  }

  /** The call is over, whatever still comes. */
  end(how: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.onEnd(how, this)
  }
}

/** Of the command that ends at `end`; its body has come with it. */
function bodyLength(text: string, at: number, end: number): number {
  const length = text.indexOf('\ncontent-length: ', at)
  return length === -1 || length > end ? 0 : parseInt(text.slice(length + 17, end), 10)
}
