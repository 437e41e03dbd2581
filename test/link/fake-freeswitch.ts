/** FreeSWITCH's inbound event socket in small (mod_event_socket.c): authentication, filters, events, `bgapi`. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { CORE } from '../../src/simulator/event-origin.ts'

export interface FakeFreeSwitch {
  readonly port: number
  /** Commands since the start, in order, without `auth`. */
  readonly commands: readonly string[]
  readonly connections: number
  /** Sends an event to whoever's subscriptions and filters let it through; in two packets, the first of `cut` bytes. */
  event(headers: Record<string, string>, cut?: number): Promise<void>
  /**
   * Sends `head` and then `piece` for ever, on every connection that is there now; resolves with the bytes that were
   * taken, once nobody takes them any more or they are `most`.
   */
  pour(head: string, piece: string, most?: number): Promise<number>
  /** Resolves when the condition holds, which is looked at behind every command. */
  until(condition: () => boolean): Promise<void>
  /** Cuts every connection, as a crash does. */
  crash(): void
  /** From now on says nothing more. */
  hang(): void
  close(): Promise<void>
}

export interface Behaviour {
  readonly password?: string
  readonly port?: number
  /** Its Core-UUID [that of the simulator's calls]. */
  readonly core?: string
  /** What `uuid_exists` knows. */
  readonly channels?: readonly string[]
  /** Its response to every `uuid_exists`, in place of what it knows. */
  readonly exists?: string
  /** Refuses by access list. */
  readonly rude?: boolean
}

/** Resolves when the bytes have left this process, with whether the peer was still there. */
function write(socket: Socket, bytes: string | Buffer): Promise<boolean> {
  if (bytes.length === 0) return Promise.resolve(true)
  return new Promise((done) => {
    socket.once('close', () => done(false))
    socket.write(bytes, (error) => {
      socket.removeAllListeners('close')
      done(!error)
    })
  })
}

export async function fakeFreeSwitch(behaviour: Behaviour = {}): Promise<FakeFreeSwitch> {
  const commands: string[] = []
  const peers = new Set<Peer>()
  const waiting = new Set<() => void>()
  let connections = 0
  let hanging = false

  interface Peer {
    readonly socket: Socket
    readonly events: Set<string>
    readonly filters: [string, string][]
  }

  function reply(peer: Peer, text: string): void {
    peer.socket.write(`Content-Type: command/reply\nReply-Text: ${text}\n\n`)
  }

  async function send(peer: Peer, headers: Record<string, string>, cut = 0): Promise<void> {
    if (!peer.events.has(headers['Event-Name']!)) return
    if (peer.filters.length > 0 && !peer.filters.some(([name, value]) => headers[name] === value)) return
    const body = Buffer.from(JSON.stringify(headers))
    const frame = `Content-Length: ${body.length}\nContent-Type: text/event-json\n\n${body.toString()}`
    await write(peer.socket, frame.slice(0, cut))
    await write(peer.socket, frame.slice(cut))
  }

  function obey(peer: Peer, block: string): void {
    const [line = '', ...rest] = block.split('\n')
    const [name, ...args] = line.trim().split(' ')
    if (hanging) return
    if (name === 'auth') {
      if (args[0] === (behaviour.password ?? 'ClueCon')) return reply(peer, '+OK accepted')
      reply(peer, '-ERR invalid')
      peer.socket.end('Content-Type: text/disconnect-notice\nContent-Length: 0\n\n')
      return
    }
    commands.push(line.trim())
    if (name === 'event') args.slice(1).forEach((event) => peer.events.add(event))
    if (name === 'nixevent') args.forEach((event) => peer.events.delete(event))
    if (name === 'filter') peer.filters.push([args[0]!, args[1]!])
    if (name === 'bgapi') {
      const job = /job-uuid: (.*)/i.exec(rest.join('\n'))![1]!
      reply(peer, `+OK Job-UUID: ${job}`)
      void send(peer, { 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': job, _body: answer(args) })
    } else reply(peer, '+OK')
    waiting.forEach((look) => look())
  }

  const answer = ([command, arg]: string[]): string => {
    if (command === 'version') return 'FreeSWITCH Version 1.11.2 (test)\n'
    if (command === 'module_exists') return String(arg === 'mod_sofia')
    if (command === 'global_getvar' && arg === 'core_uuid') return behaviour.core ?? CORE
    return behaviour.exists ?? String(behaviour.channels?.includes(arg!) ?? false)
  }

  const server: Server = createServer((socket) => {
    connections++
    waiting.forEach((look) => look())
    socket.on('error', () => undefined)
    if (behaviour.rude) {
      return void socket.end(
        'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n',
      )
    }
    const peer: Peer = { socket, events: new Set(), filters: [] }
    peers.add(peer)
    socket.on('close', () => peers.delete(peer))
    let unread = ''
    socket.on('data', (chunk) => {
      unread += chunk.toString()
      for (let end = unread.indexOf('\n\n'); end >= 0; end = unread.indexOf('\n\n')) {
        const block = unread.slice(0, end)
        unread = unread.slice(end + 2)
        obey(peer, block)
      }
    })
    socket.write('Content-Type: auth/request\n\n')
  })
  await new Promise<void>((done) => server.listen(behaviour.port ?? 0, '127.0.0.1', done))

  return {
    port: (server.address() as AddressInfo).port,
    commands,
    get connections() {
      return connections
    },
    event: async (headers, cut) => {
      for (const peer of peers) await send(peer, headers, cut)
    },
    pour: async (head, piece, most = 256 * 1024 * 1024) => {
      const poured = [...peers].map(async ({ socket }) => {
        await write(socket, head)
        const bytes = Buffer.from(piece)
        for (let sent = 0; sent < most; sent += bytes.length) if (!(await write(socket, bytes))) return sent
        return most
      })
      return Math.max(...(await Promise.all(poured)))
    },
    until: (condition) =>
      new Promise((done) => {
        const look = () => {
          if (!condition()) return
          waiting.delete(look)
          done()
        }
        waiting.add(look)
        look()
      }),
    crash: () => peers.forEach(({ socket }) => socket.destroy()),
    hang: () => void (hanging = true),
    close: () => {
      peers.forEach(({ socket }) => socket.destroy())
      return new Promise((done) => server.close(() => done()))
    },
  }
}
