/** Answers every request with `begin` and then `unit` without end, in writes of `size` bytes: FLOOD, as JSON. A program. */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export interface Flood {
  readonly begin: string
  readonly unit: string
  readonly size: number
  /** In PEM; without it no TLS. */
  readonly key?: string
  readonly cert?: string
}

/** An answer without an end ends here. */
const MOST_BYTES = 8 * 1024 * 1024

const { begin, unit, size, ...tls } = JSON.parse(process.env['FLOOD']!) as Flood
const block = unit.repeat(Math.ceil(size / unit.length))

function flood(socket: Socket): void {
  let sent = 0
  const go = () => {
    while (!socket.destroyed && sent < MOST_BYTES) {
      sent += block.length
      if (!socket.write(block)) return
    }
  }
  socket.setNoDelay()
  socket.on('error', () => socket.destroy())
  socket.once('data', () => {
    socket.on('drain', go).write(begin)
    go()
  })
}

const server = tls.key === undefined ? createServer(flood) : createTlsServer(tls, flood)
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
