/** Ports on loopback for programs that tests start. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** UDP ports on loopback, bound until they are used, so that no other program gets them. */
export interface Ports {
  take(): number
  /** Unbinds a port that was taken, so that its program can bind it. */
  release(port: number): Promise<void>
  close(): Promise<void>
}

/** Ports that the system chose. */
export async function reservePorts(count: number): Promise<Ports> {
  const sockets = await Promise.all(Array.from({ length: count }, () => bindUdp(0)))
  return keep(
    new Map(sockets.flatMap((socket) => (socket === undefined ? [] : [[socket.address().port, [socket]]]))),
  )
}

/** Ports from `first` on, each with the second one behind it, which SIPp takes for video. */
export async function reserveMediaPorts(count: number, first: number): Promise<Ports> {
  const held = new Map<number, Socket[]>()
  for (let port = first; held.size < count && port < 65_530; port += 4) {
    const [audio, video] = await Promise.all([bindUdp(port), bindUdp(port + 2)])
    if (audio !== undefined && video !== undefined) held.set(port, [audio, video])
    else await Promise.all([audio, video].map(closeUdp))
  }
  return keep(held)
}

function keep(held: Map<number, Socket[]>): Ports {
  const free = [...held.keys()]
  const release = async (port: number) => {
    const sockets = held.get(port) ?? []
    held.delete(port)
    await Promise.all(sockets.map(closeUdp))
  }
  return {
    take() {
      const port = free.shift()
      if (port === undefined) throw new Error('too many calls and telephones in one file')
      return port
    },
    release,
    async close() {
      await Promise.all([...held.keys()].map(release))
    },
  }
}

/** Undefined where the port is bound by another socket. */
async function bindUdp(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4')
  socket.bind(port, '127.0.0.1')
  try {
    await once(socket, 'listening')
  } catch {
    return undefined
  }
  socket.unref()
  return socket
}

async function closeUdp(socket: Socket | undefined): Promise<void> {
  if (socket !== undefined) await new Promise<void>((closed) => socket.close(closed))
}

/** TCP ports on loopback that were free a moment ago. */
export async function freeTcpPorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    }),
  )
  await Promise.all(servers.map((server) => new Promise<void>((closed) => server.close(() => closed()))))
  return ports
}

const STEADY_FROM = 23_000
const STEADY_TO = 32_000

/**
 * Ports of 127.0.0.1 on which neither TCP nor UDP is bound, and that stay free while their program is down: below those
 * that the system gives to outgoing connections.
 */
export async function steadyPorts(count: number): Promise<number[]> {
  const found: number[] = []
  // Two runs side by side begin at different places.
  let port = STEADY_FROM + Math.floor(Math.random() * (STEADY_TO - STEADY_FROM - 100))
  for (; found.length < count && port < STEADY_TO; port++) if (await isFree(port)) found.push(port)
  if (found.length < count) throw new Error(`no ${count} free ports below ${STEADY_TO}`)
  return found
}

async function isFree(port: number): Promise<boolean> {
  const udp = await bindUdp(port)
  const tcp = createServer()
  try {
    tcp.listen(port, '127.0.0.1')
    await once(tcp, 'listening')
    return udp !== undefined
  } catch {
    return false
  } finally {
    await closeUdp(udp)
    await new Promise((closed) => tcp.close(closed))
  }
}
