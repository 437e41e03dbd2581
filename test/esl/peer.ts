/** FreeSWITCH's end of a connection, scripted frame by frame; and a server for it to connect to. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Connection, Log } from '../../src/esl/connection.ts'
import { createEslServer, type EslServer, type ServerOptions } from '../../src/esl/server.ts'
import { connected, reply } from './frames.ts'

/** How many commands the controller opens with. */
const OPENING = 5

export class Peer {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  #text = ''
  #more: () => void = () => undefined

  private constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      this.#text += chunk.toString('utf8')
      this.#more()
    })
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<Peer> {
    const socket = connect({ port, host })
    const peer = new Peer(socket)
    await once(socket, 'connect')
    return peer
  }

  /** The commands so far. */
  get commands(): string[] {
    return this.#text.split('\n\n').slice(0, -1)
  }

  /** The next `count` commands, as soon as they have come; they are then removed from `commands`. */
  async take(count: number): Promise<string[]> {
    while (this.commands.length < count) await new Promise<void>((resolve) => (this.#more = resolve))
    const { commands } = this
    this.#text = commands
      .slice(count)
      .map((command) => `${command}\n\n`)
      .join('')
    return commands.slice(0, count)
  }

  say(...frames: readonly string[]): void {
    this.socket.write(frames.join(''))
  }

  /** Takes the opening commands and hands a call over. */
  async handOver(...given: Parameters<typeof connected>): Promise<void> {
    await this.take(OPENING)
    this.say(reply(), reply(), reply(), connected(...given))
  }
}

/** A log that keeps its lines. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const write = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  }
  return { log: { trace: write('trace'), debug: write('debug'), warn: write('warn') }, lines }
}

/** A server on any free port, and the connections that it accepted. */
export async function startServer({
  onConnection,
  ...options
}: Partial<ServerOptions> & { onConnection?: (connection: Connection) => void } = {}): Promise<{
  server: EslServer
  next: () => Promise<Connection>
  lines: string[]
}> {
  const waiting: ((connection: Connection) => void)[] = []
  const accepted: Connection[] = []
  const { log, lines } = keptLog()
  const server = createEslServer({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.0/8'],
    log,
    ...options,
  })
  const keep = (connection: Connection) => {
    const taker = waiting.shift()
    if (taker === undefined) accepted.push(connection)
    else taker(connection)
  }
  await server.open(onConnection ?? keep)
  const next = () => {
    const connection = accepted.shift()
    return connection === undefined
      ? new Promise<Connection>((resolve) => waiting.push(resolve))
      : Promise.resolve(connection)
  }
  return { server, next, lines }
}
