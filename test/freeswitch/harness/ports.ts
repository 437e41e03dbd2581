import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** UDP ports on loopback that are kept from everybody else until they are used. */
export interface Ports {
  take(): number
  /** Lets go of a port that was taken, so that it can be bound. */
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

/** Undefined when somebody else has it. */
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
