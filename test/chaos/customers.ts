/** The customers' servers: each hook answers in its own way, and remembers who asked what with which key. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { EventName } from '../../src/plan/index.ts'

export interface Question {
  readonly hook: string
  /** `{callerid}`: tells which call it belongs to. */
  readonly caller: string
  readonly code: string
  readonly key: string
  readonly atMs: number
}

/** An event that was told of a call. */
export interface Told {
  readonly id: string
  readonly event: EventName
  readonly callid: string
  readonly callerid: string
}

/** How a hook answers. */
export interface HookReply {
  readonly status?: number
  readonly body: string
  readonly contentType?: string
  readonly afterMs?: number
  /** Sends a byte of the body each so many milliseconds. */
  readonly trickleMs?: number
}

export interface Customers {
  readonly port: number
  readonly questions: readonly Question[]
  /** What was posted, in the order in which it came. */
  readonly told: readonly Told[]
  /** Calls `listener` for every question as it comes. */
  onQuestion(listener: (question: Question) => void): void
  close(): Promise<void>
}

/** `GET /HOOK?caller={callerid}&code={code}` gets `replies[HOOK]`; an event that is posted is taken, wherever. */
export async function openCustomers(
  replies: Readonly<Record<string, HookReply>>,
  host = '127.0.0.1',
): Promise<Customers> {
  const questions: Question[] = []
  const told: Told[] = []
  const listeners: ((question: Question) => void)[] = []
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      void text(request).then((body) => {
        told.push(JSON.parse(body) as Told)
        response.writeHead(204).end()
      })
      return
    }
    const url = new URL(request.url ?? '/', 'http://customer')
    const hook = url.pathname.slice(1)
    const question: Question = {
      hook,
      caller: url.searchParams.get('caller') ?? '',
      code: url.searchParams.get('code') ?? '',
      key: String(request.headers['idempotency-key']),
      atMs: Date.now(),
    }
    questions.push(question)
    listeners.forEach((listener) => listener(question))
    reply(response, replies[hook] ?? { status: 404, body: '' })
  })
  server.listen(0, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    questions,
    told,
    onQuestion: (listener) => void listeners.push(listener),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function reply(
  response: ServerResponse,
  { status = 200, body, contentType = 'text/plain', afterMs = 0, trickleMs }: HookReply,
): void {
  const timer = setTimeout(() => {
    response.writeHead(status, { 'content-type': contentType })
    if (trickleMs === undefined) return void response.end(body)
    const bytes = Array.from(body)
    const drip = setInterval(() => {
      const byte = bytes.shift()
      if (byte === undefined) response.end()
      else response.write(byte)
    }, trickleMs)
    response.once('close', () => clearInterval(drip))
  }, afterMs)
  response.once('close', () => clearTimeout(timer))
}
