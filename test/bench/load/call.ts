/**
 * FreeSWITCH's side of one call on the outbound socket, with no more understanding of what it is told than it
 * takes to answer: commands are counted and skimmed, answers are recorded frames.
 *
 * Timing is FreeSWITCH's: the channel is parked a moment after the connect reply, which is told with the next
 * command or on the next tick; an application begins on a tick of 20 ms.
 */
import type { Socket } from 'node:net'
import type { Delay } from './delay.ts'
import type { Flow } from './orders.ts'
import type { Format, Frames } from './recordings.ts'
import type { CallValues } from './template.ts'

export interface CallParts {
  readonly values: CallValues
  readonly flow: Flow
  readonly frames: Readonly<Record<Format, Frames>>
  /** 20 ms. */
  readonly tick: Delay
  /** `held`: it is where it stays. Anything else than that and `letGo` is not as planned. */
  readonly over: (how: string, call: WireCall) => void
}

const OK = 'Content-Type: command/reply\nReply-Text: +OK\n\n'
const API_OK = 'Content-Type: api/response\nContent-Length: 4\n\n+OK\n'
const GOODBYE =
  'Content-Type: command/reply\nReply-Text: +OK bye\n\n' +
  'Content-Type: text/disconnect-notice\nContent-Length: 67\n\n' +
  'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'

/** mod_event_socket.c: a parked channel is news to its socket's thread some milliseconds after the connect reply. */
const PARKED_AFTER_MS = 1.5

export class WireCall {
  bytes = 0
  commands = 0
  applications = 0
  /** From the connect reply to the first application. */
  decisionMs = NaN
  readonly #socket: Socket
  readonly #parts: CallParts
  #rest = ''
  #format: Format = 'plain'
  #wanted = ''
  #parkTold = false
  #connectedMs = 0
  #bridged = false
  #over = false

  constructor(socket: Socket, parts: CallParts) {
    this.#socket = socket
    this.#parts = parts
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? 'error'))
    socket.on('close', () => this.#end('closed early'))
  }

  /** The call is over, whatever still comes. */
  giveUp(how: string): void {
    this.#end(how)
  }

  #read(chunk: Buffer): void {
    this.bytes += chunk.length
    const text = this.#rest + chunk.toString('latin1')
    const out: (string | Buffer)[] = []
    let at = 0
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n', at)) {
      if (end > at) this.#obey(text.slice(at, end), out)
      at = end + 2 + bodyLength(text, at, end)
    }
    this.#rest = text.slice(at)
    if (out.length > 0) this.#write(out)
  }

  #obey(command: string, out: (string | Buffer)[]): void {
    const first = this.commands++ === 0
    if (command.startsWith('api ')) {
      if (command.startsWith('api uuid_kill')) this.#end('hung up')
      out.push(API_OK)
    } else if (command.startsWith('sendmsg')) this.#execute(command, out)
    else if (command === 'connect') this.#connect(out)
    else if (command === 'exit') {
      out.push(GOODBYE)
      this.#end(this.#bridged ? 'letGo' : 'let go too early')
    } else {
      if (command.startsWith('event ')) this.#subscribe(command)
      // listener_run: the first command of a connection is obeyed without a reply.
      if (!first) out.push(OK)
    }
    this.#tellPark(out, false)
  }

  #subscribe(command: string): void {
    if (command.startsWith('event json')) this.#format = 'json'
    this.#wanted += command
  }

  #connect(out: (string | Buffer)[]): void {
    const { frames, values, tick } = this.#parts
    out.push(frames.plain.connected.make(values))
    this.#connectedMs = performance.now()
    tick.add(() => {
      const park: Buffer[] = []
      this.#tellPark(park, true)
      if (park.length > 0) this.#write(park)
    })
  }

  #tellPark(out: (string | Buffer)[], tick: boolean): void {
    if (this.#parkTold || this.#connectedMs === 0 || this.#over) return
    if (!tick && performance.now() - this.#connectedMs < PARKED_AFTER_MS) return
    this.#parkTold = true
    const { frames, values } = this.#parts
    if (this.#wanted.includes('CHANNEL_PARK')) out.push(frames[this.#format].park.make(values))
  }

  #execute(command: string, out: (string | Buffer)[]): void {
    if (this.applications++ === 0) this.decisionMs = performance.now() - this.#connectedMs
    out.push(OK)
    const application = /^execute-app-name: (.*)$/m.exec(command)?.[1] ?? ''
    const id = /^Event-UUID: (.*)$/m.exec(command)?.[1] ?? ''
    const { flow, tick } = this.#parts
    if (application === 'bridge') tick.add(() => this.#bridge())
    else if (application === 'hangup') this.#end('hung up')
    else if (flow === 'hold' && application === 'play_and_get_digits') this.#parts.over('held', this)
    else tick.add(() => this.#complete(id))
  }

  #bridge(): void {
    if (this.#over) return
    this.#bridged = true
    const { frames, values } = this.#parts
    this.#write([frames[this.#format].bridge.make(values)])
  }

  #complete(id: string): void {
    if (this.#over || !this.#wanted.includes('CHANNEL_EXECUTE_COMPLETE')) return
    const { frames, values } = this.#parts
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
    if (this.#over) socket.end()
  }

  #end(how: string): void {
    if (this.#over) return
    this.#over = true
    this.#parts.over(how, this)
  }
}

/** Of the command that ends at `end`; what it announces has come with it. */
function bodyLength(text: string, at: number, end: number): number {
  const length = text.indexOf('\ncontent-length: ', at)
  return length === -1 || length > end ? 0 : parseInt(text.slice(length + 17, end), 10)
}
