/** `/webhooks`: customers' servers, each with what became of the requests to it. */
import type { FastifyInstance } from 'fastify'
import { COUNTED_MINUTES, type OriginState } from '../../webhook/index.ts'
import { documentName, errors, list, number, object, text } from '../schemas.ts'

/** Each kind that there was, with how often. */
const counts = { type: 'object', additionalProperties: number } as const

const webhook = object(
  {
    document: text,
    origin: { ...text, description: 'Scheme, host and port: never the rest of a URL' },
    circuit: { enum: ['closed', 'open', 'probing'] },
    inFlight: number,
    queued: number,
    requests: { ...number, description: 'sent, retries included' },
    failures: {
      ...counts,
      description: 'of requests, by kind: timeout, network, refused, server, reply, circuit, busy',
    },
    instead: object({ fallback: number, stale: number, failed: number }),
    p50Ms: number,
    p95Ms: number,
    lastError: object({ at: text, error: text }),
  },
  ['p50Ms', 'p95Ms', 'lastError'],
)

const schema = {
  summary: 'The servers that webhooks ask: breaker, requests, failures, times, and what callers got instead',
  description: `One entry for each document and origin with recent requests, those in trouble first. Counts are of the last ${COUNTED_MINUTES} minutes, of this controller.`,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      document: { ...documentName, description: 'absent: all' },
      most: { type: 'integer', minimum: 1, maximum: 10_000, default: 1000 },
    },
  },
  response: {
    200: object({ minutes: number, webhooks: list(webhook), more: { type: 'boolean' } }),
    ...errors(),
  },
}

/** Those of the documents that `isOf` names. */
export type WebhookReport = (isOf: (document: string) => boolean) => OriginState[]

interface Query {
  readonly document?: string
  readonly most: number
}

export function webhookRoutes(server: FastifyInstance, report: WebhookReport): void {
  server.get<{ Querystring: Query }>(
    '/webhooks',
    { schema, config: { access: { right: 'read', concerns: 'view' } } },
    ({ query: { document, most }, client }) => {
      const all = report((name) => (document === undefined || name === document) && client.mayUse(name))
      const webhooks = all.sort(byTrouble).slice(0, most)
      return { minutes: COUNTED_MINUTES, webhooks, more: all.length > most }
    },
  )
}

/** A circuit that is not closed counts before any number of failures. */
function byTrouble(a: OriginState, b: OriginState): number {
  return Number(a.circuit === 'closed') - Number(b.circuit === 'closed') || failed(b) - failed(a)
}

const failed = ({ failures }: OriginState): number =>
  Object.values(failures).reduce((sum, count) => sum + count, 0)
