import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** UDP ports on loopback that were free a moment ago. */
export async function freeUdpPorts(count: number): Promise<number[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'))
  const ports = await Promise.all(
    sockets.map(async (socket) => {
      socket.bind(0, '127.0.0.1')
      await once(socket, 'listening')
      return socket.address().port
    }),
  )
  await Promise.all(sockets.map((socket) => new Promise<void>((closed) => socket.close(closed))))
  return ports
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
