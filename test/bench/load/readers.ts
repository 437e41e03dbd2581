/**
 * Readers of `/stream`: as many as are ordered, in a process of their own. A program: orders and reports are messages to
 * and from the parent process.
 */
import { connect, type Socket } from 'node:net'

/** `reads`: all that comes; `stalls`: nothing, or some bytes a second, and comes back when it is cut off, as a page does. */
export interface ReadersOrder {
  readonly port: number
  readonly count: number
  readonly how: 'reads' | 'stalls'
}

/** `opened`: each has the beginning of its answer; `report`: since then. */
export type ReadersEvent =
  { readonly kind: 'opened' } | { readonly kind: 'report'; readonly bytes: number; readonly cutOff: number }

/** Opened at one time: a listener has only so much room. */
const AT_ONCE = 20
/** Every other reader that stalls takes so much a second. */
const TRICKLE_BYTES = 2048

let bytes = 0
let cutOff = 0

/** Resolves with the beginning of the answer; `lastId`: after being cut off. */
function open(order: ReadersOrder, n: number, lastId?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port: order.port })
    let last = lastId
    let retryMs = 0
    let trickle: NodeJS.Timeout | undefined
    const take = (chunk: Buffer) => {
      bytes += chunk.length
      last = /.*\nid: (\S+)/s.exec(chunk.toString('latin1'))?.[1] ?? last
    }
    const resume = last === undefined ? '' : `Last-Event-ID: ${last}\r\n`
    socket.write(`GET /stream HTTP/1.1\r\nHost: localhost\r\n${resume}\r\n`)
    socket.once('data', (chunk: Buffer) => {
      if (!chunk.toString('latin1').startsWith('HTTP/1.1 200 ')) return reject(new Error(chunk.toString()))
      retryMs = Number(/^retry: (\d+)$/m.exec(chunk.toString('latin1'))?.[1])
      take(chunk)
      resolve()
      if (order.how === 'reads') return void socket.on('data', (more: Buffer) => (bytes += more.length))
      socket.pause()
      if (n % 2 === 0) return
      trickle = setInterval(() => {
        const more = socket.read(TRICKLE_BYTES) as Buffer | null
        if (more) take(more)
      }, 1000)
    })
    socket.on('error', () => undefined)
    socket.once('close', () => {
      clearInterval(trickle)
      cutOff++
      setTimeout(() => void open(order, n, last).catch(() => undefined), retryMs)
    })
  })
}

process.on('message', (message: ReadersOrder | 'report') => {
  if (message === 'report')
    return void process.send!({ kind: 'report', bytes, cutOff } satisfies ReadersEvent)
  void (async () => {
    for (let n = 0; n < message.count; n += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, message.count - n) }, (_, i) =>
        open(message, n + i),
      )
      await Promise.all(some)
    }
    process.send!({ kind: 'opened' } satisfies ReadersEvent)
  })()
})
process.on('disconnect', () => process.exit())
