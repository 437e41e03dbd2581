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
/** After which a reader comes back that was dropped or whose controller stopped; not all of them at one moment. */
const RETRY_MS = { from: 2000, to: 7000 }

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
        // Behind another request of its connection it would begin when that ends, and hold a place until then.
        if (!reply.raw.socket)
          throw new ApiError('malformed', 'ask for the stream on a connection of its own')
        const gone = new Promise<void>((resolve) => reply.raw.once('close', resolve))
        const wanted = { ...query, client: client.name, ...(client.limited && { mayUse: client.mayUse }) }
        const leave = live.read(wanted, reply.sse.lastEventId ?? undefined, outletOf(reply))
        if (!leave) throw new ApiError('notReady', 'the controller stops')
        begin(reply)
        uncount(socket)
        await gone
        leave()
      })
    },
  )
}

function outletOf(reply: FastifyReply) {
  const { raw, sse } = reply
  return {
    write(bytes: Buffer, more = '') {
      raw.cork()
      if (bytes.length > 0) raw.write(bytes)
      if (more !== '') raw.write(more)
      raw.uncork()
    },
    backlog: () => raw.writableLength,
    // Its connection is idle then, and does not hold up a stop.
    end: () => sse.close(),
    destroy: () => void raw.destroy(),
  }
}

function begin(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store')
  reply.sse.sendHeaders()
  // No limit of time from here on.
  reply.hijack()
  const { from, to } = RETRY_MS
  reply.raw.write(`retry: ${Math.round(from + Math.random() * (to - from))}\n\n`)
}
