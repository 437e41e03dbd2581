import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '../../harness/until.ts'

/** A request as it came. */
export interface HookRequest {
  readonly method: string
  /** Path and query behind the hook's own URL, exactly as sent. */
  readonly target: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** The other side closed the connection before it had the whole answer. */
  aborted: boolean
}

/** Answers a request; may take its time. */
export type Reply = (response: ServerResponse, request: HookRequest) => void | Promise<void>

/** One customer's server: its own URL, its own answers, every request kept. */
export interface Hook {
  readonly url: string
  readonly requests: readonly HookRequest[]
  /** Resolves once that many requests have come. */
  received(count: number): Promise<void>
}

export interface HookServer {
  hook(reply: Reply): Hook
  close(): Promise<void>
}

/** An answer as a customer's server would give it: by default 200 and plain text. */
export function says(body: string | Buffer, { status = 200, type = 'text/plain', headers = {} } = {}): Reply {
  return (response) => void response.writeHead(status, { 'content-type': type, ...headers }).end(body)
}

/** The first request gets the first reply, and so on; the last one is for all that follow. */
export function inTurn(...replies: readonly [Reply, ...Reply[]]): Reply {
  let turn = 0
  return (response, request) => (replies[turn++] ?? replies.at(-1)!)(response, request)
}

/** Never answers. */
export const never: Reply = () => undefined

/** A server on loopback with any number of hooks; everything that it gets is kept. */
export async function startHooks(): Promise<HookServer> {
  const hooks = new Map<string, { reply: Reply; requests: HookRequest[] }>()
  const server = createServer((incoming, response) => {
    serve(incoming, response, hooks).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    hook(reply) {
      const name = `h${hooks.size + 1}`
      const requests: HookRequest[] = []
      hooks.set(name, { reply, requests })
      return {
        url: `http://127.0.0.1:${port}/${name}`,
        requests,
        async received(count) {
          await until(`${count} requests`, () => (requests.length >= count ? true : undefined), {
            withinMs: 30_000,
          })
        },
      }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  hooks: ReadonlyMap<string, { reply: Reply; requests: HookRequest[] }>,
): Promise<void> {
  const [, name = '', target = ''] = /^\/([^/?]+)(.*)$/.exec(incoming.url ?? '') ?? []
  const hook = hooks.get(name)
  if (hook === undefined) return void response.writeHead(404).end()
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const request: HookRequest = {
    method: incoming.method ?? '',
    target,
    query: new URL(target, 'http://hook').searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    aborted: false,
  }
  response.on('close', () => (request.aborted = !response.writableFinished))
  hook.requests.push(request)
  await hook.reply(response, request)
}
