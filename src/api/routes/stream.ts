/** `/stream`: what happens to calls, as it happens, as server-sent events. */
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Live } from '../../live/index.ts'
import { ApiError } from '../errors.ts'
import { createJobLimit } from '../job-limit.ts'
import { documentName, errors } from '../schemas.ts'
import { callId } from './calls.ts'

/** At one time. Each has a connection of its own, beside those of all other requests. */
export const MOST_READERS = 1000
/** Of a token for some documents: one customer does not keep the operator out. */
const MOST_OF_LIMITED = 100
/** After which a reader comes back that was dropped or whose controller stopped. */
const RETRY_MS = 2000

const schema = {
  summary:
    'What happens to calls, as it happens: server-sent events `call`, `step`, `left`, `ended`, `counts`, `reset`',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      document: { ...documentName, description: 'calls of this document alone' },
      call: { ...callId, description: "this call alone: FreeSWITCH's Unique-ID" },
    },
  },
  response: {
    200: {
      description: 'events, until either side ends it',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    ...errors(503),
  },
}

interface Query {
  readonly document?: string
  readonly call?: string
}

interface StreamOptions {
  readonly live: Pick<Live, 'read'>
  /** A connection that is counted here is not among those of other requests. */
  readonly uncount: (socket: Socket) => void
}

export function streamRoutes(server: FastifyInstance, { live, uncount }: StreamOptions): void {
  const asReader = createJobLimit({
    most: MOST_READERS,
    ofLimited: MOST_OF_LIMITED,
    busy: 'as many read the stream as may',
  })

  server.get<{ Querystring: Query }>(
    '/stream',
    {
      ...{ schema, config: { access: { right: 'read', concerns: 'view' } } },
      sse: 'manual',
    },
    ({ method, query, client, socket }, reply) => {
      if (method === 'HEAD') return reply.type('text/event-stream').send()
      return asReader(client, async () => {
        const gone = new Promise<void>((resolve) => reply.raw.once('close', resolve))
        const wanted = { ...query, client: client.name, ...(client.limited && { mayUse: client.mayUse }) }
        const leave = live.read(wanted, reply.sse.lastEventId ?? undefined, outletOf(reply))
        if (!leave) throw new ApiError('notReady', 'the controller stops')
        uncount(socket)
        await gone
        leave()
      })
    },
  )
}

/** The answer begins with the first write. */
function outletOf(reply: FastifyReply) {
  const { raw, sse } = reply
  return {
    write(bytes: Buffer, more = '') {
      if (!raw.headersSent) begin(reply)
      raw.cork()
      if (bytes.length > 0) raw.write(bytes)
      if (more !== '') raw.write(more)
      raw.uncork()
    },
    backlog: () => raw.writableLength,
    end() {
      sse.close()
      raw.socket?.destroySoon()
    },
    destroy: () => void raw.destroy(),
  }
}

function begin(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store')
  reply.sse.sendHeaders()
  // No limit of time from here on.
  reply.hijack()
  reply.raw.write(`retry: ${RETRY_MS}\n\n`)
}
