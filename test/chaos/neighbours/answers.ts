/** Answers that no HTTP library would send, byte for byte. */
import type { Socket } from 'node:net'

/** What was asked. */
export interface Asked {
  readonly url: URL
  /** How many questions came before this one. */
  readonly serial: number
  /** Where the server listens, on every address of 127.0.0.0/8. */
  readonly port: number
}

export type Answer = (socket: Socket, asked: Asked) => void

const KEEP_ALIVE = 'Connection: keep-alive\r\nKeep-Alive: timeout=600'
/** An answer without an end ends here: the machine is to live, too. */
const MOST_BYTES = 64 * 1024 * 1024
const PIECE = 64 * 1024

export function complete(
  socket: Socket,
  body: string | Buffer,
  { status = '200 OK', headers = '' } = {},
): void {
  const bytes = Buffer.from(body)
  socket.write(
    `HTTP/1.1 ${status}\r\n${KEEP_ALIVE}\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n`,
    'latin1',
  )
  socket.write(bytes)
}

/** A body of that text, up to 64 KiB, and an `ACK` at its end: a good answer, as far as the size goes. */
export function filledWith(text: string): Answer {
  const body = `${text.repeat(Math.ceil(PIECE / text.length)).slice(0, PIECE - 20)}&status=ACK`
  return (socket) => complete(socket, body)
}

/** The same in a type of its own. */
export function filledAs(type: string, open: string, close: string): Answer {
  const depth = Math.floor((PIECE - 20) / (open.length + close.length))
  const body = open.repeat(depth) + close.repeat(depth)
  return (socket) => complete(socket, body, { headers: `Content-Type: ${type}\r\n` })
}

/** `begin`, and then the same for as long as somebody reads it. */
export function endless(begin: string, text: string): Answer {
  const piece = Buffer.from(text.repeat(Math.ceil(PIECE / text.length)))
  return (socket) => {
    socket.write(begin, 'latin1')
    let sent = 0
    const go = (): void => {
      while (!socket.destroyed && sent < MOST_BYTES) {
        sent += piece.length
        if (!socket.write(piece)) return void socket.once('drain', go)
      }
    }
    go()
  }
}

/** A good answer, a byte at a time. */
export function dripping(everyMs: number): Answer {
  return (socket) => {
    const bytes = Array.from('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nstatus=ACK')
    const timer = setInterval(() => {
      const byte = bytes.shift()
      if (byte === undefined) clearInterval(timer)
      else socket.write(byte)
    }, everyMs)
    socket.once('close', () => clearInterval(timer))
  }
}

export function after(ms: number, answer: Answer): Answer {
  return (socket, asked) => {
    const timer = setTimeout(() => answer(socket, asked), ms)
    socket.once('close', () => clearTimeout(timer))
  }
}

/** To an address where nobody was before, three times over; each connection is to be kept. */
export const redirecting: Answer = (socket, { url, serial, port }) => {
  const hop = Number(url.searchParams.get('hop') ?? 0)
  if (hop === 3) return complete(socket, 'status=ACK')
  const address = `127.${100 + (serial >> 16)}.${(serial >> 8) & 255}.${serial & 255}`
  const location = `http://${address}:${port}${url.pathname}?hop=${hop + 1}`
  complete(socket, '', { status: '302 Found', headers: `Location: ${location}\r\n` })
}
