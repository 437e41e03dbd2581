/** The network between a controller and who is connected to it, which can be cut. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

export interface CutLine {
  readonly url: string
  /** Breaks each connection, and lets no other one come about. */
  cut(): void
  mend(): void
  /**
   * As a machine that vanishes as it sends `words`: of the next connection that does, nothing passes any more, and the other end is not
   * told. Other connections are as they were.
   */
  vanishAt(words: string): void
  close(): void
}

export async function openCutLine(port: number): Promise<CutLine> {
  const sockets = new Set<Socket>()
  let isCut = false
  let lastWords: string | undefined
  const server = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    let hasVanished = false
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('data', (sent) => {
        if (one === near && lastWords !== undefined && sent.includes(lastWords)) {
          hasVanished = true
          lastWords = undefined
        }
        if (!hasVanished) other.write(sent)
      })
      one.on('end', () => {
        if (!hasVanished) other.end()
      })
      // Its `close` follows.
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        if (!hasVanished) other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => void (isCut = false),
    vanishAt: (words) => void (lastWords = words),
    close() {
      cut()
      server.close()
    },
  }
}
