/** How many connections the API holds: whoever reaches its port opens them, and each is a file that a call may need. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export const MOST_CONNECTIONS = 200

/**
 * A connection too many ends the one that has been without a request for the longest, so that nobody who holds them
 * keeps monitoring out. Where each has a request under way, it is the new one that ends.
 */
export function boundConnections(server: Server, most = MOST_CONNECTIONS): void {
  /** Requests under way of each; the longest without one come first among those that have none. */
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
}
