/** A limit on connections to the API: whoever reaches its port opens them, and each is a file that a call may need. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export const MOST_CONNECTIONS = 200

/**
 * One connection too many closes that which has been without a request for the longest, so that idle ones do not
 * keep monitoring out. Where each has a request in progress, the new one is closed.
 */
export function limitConnections(
  server: Server,
  most = MOST_CONNECTIONS,
): {
  /** For one whose request goes on for as long as its client likes, and is counted elsewhere. */
  readonly uncount: (socket: Socket) => void
} {
  /** Requests in progress on each; of those without one, the longest idle comes first. */
  const open = new Map<Socket, number>()

  server.on('connection', (socket: Socket) => {
    open.set(socket, 0)
    socket.once('close', () => open.delete(socket))
    if (open.size <= most) return
    for (const [one, requests] of open) {
      if (requests > 0) continue
      open.delete(one)
      one.destroy()
      return
    }
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    open.set(socket, (open.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const requests = open.get(socket)
      // The connection is closed.
      if (requests === undefined) return
      open.delete(socket)
      open.set(socket, requests - 1)
    })
  })
  return { uncount: (socket) => void open.delete(socket) }
}
