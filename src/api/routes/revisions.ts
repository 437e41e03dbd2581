/** `/plans/revisions`, `/plans/diff`, `/plans/rollback`: what was served, what is different, and how it serves again. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Author, ServedRevision } from '../../audit/index.ts'
import { readJson } from '../../json/index.ts'
import { MOST_BYTES, type PlanStore, type RollbackResult } from '../../plan/index.ts'
import { REVISION } from '../../syntax/index.ts'
import type { Access } from '../access.ts'
import type { Client } from '../auth.ts'
import { ApiError } from '../errors.ts'
import { untilGone } from '../given-up.ts'
import type { JobLimit } from '../job-limit.ts'
import { changes, documentName, errors, list, number, object, revision, swapOfSet, text } from '../schemas.ts'

const historySchema = {
  summary: 'What was served in the last 30 days, since when, by whom, and how many calls',
  response: {
    200: object(
      {
        revision: text,
        state: { enum: ['current', 'stale', 'rolledBack'] },
        revisions: list(
          object(
            {
              revision: text,
              kept: { type: 'boolean', description: 'It can serve again.' },
              calls: { ...number, description: 'That ended.' },
              served: list(
                object({ since: text, until: text, how: text, by: text, controller: text }, [
                  'until', 'how', 'by', 'controller',
                ]),
              ),
              published: list(
                object({ at: text, what: text, by: text, controller: text }, ['what', 'by', 'controller']),
              ),
            },
            ['calls', 'published'],
          ),
        ),
      },
      ['state'],
    ),
    ...errors(),
  },
} // prettier-ignore

const contentSchema = {
  summary: 'The documents of a revision that is kept: [name, document] pairs',
  description:
    'In RFC 8785 form. Without a `store`, and of a token for all documents, the first 12 hex digits of its SHA-256 are the revision.',
  params: object({ id: revision }),
  response: { 200: list({ type: 'array', items: {} }), ...errors(400, 404) },
}

const diffSchema = {
  summary: 'What is different between two revisions that are kept, in sentences',
  querystring: object(
    { from: revision, to: { ...revision, description: 'Default: the revision that serves.' } },
    ['to'],
  ),
  response: { 200: object({ from: text, to: text, ...changes }), ...errors(400, 404, 503) },
}

const rollbackSchema = {
  summary:
    'Serves a revision that is kept, until the next reload: on this controller, or with a `store` on all',
  response: {
    200: object(swapOfSet, ['missingModules']),
    ...errors(400, 404, 422, 503),
  },
}

const draftDiffSchema = {
  summary:
    'What a document would change of the one of its name as it is published, in sentences; nothing is changed',
  querystring: object({ name: documentName }),
  response: { 200: object(changes), ...errors(400, 413, 422, 429, 503) },
}

/** A revision that was published to all controllers. */
interface PublishedRevision {
  readonly revision: string
  readonly at: string
  readonly what: string
  readonly by: string
  readonly controller: string
}

export interface KeptPlans extends Pick<
  PlanStore,
  'current' | 'state' | 'compare' | 'compareDraft' | 'content' | 'document' | 'kept'
> {
  history(): Promise<readonly ServedRevision[]>
  /** Of controllers that share a database; absent: they do not. */
  published?(): Promise<readonly PublishedRevision[]>
  /** As of the store; `by` stands in the audit. */
  rollback(revision: string, by: Author): Promise<RollbackResult | undefined>
}

export function revisionRoutes(server: FastifyInstance, plans: KeptPlans, asJob: JobLimit): void {
  const view: Access = { right: 'read', concerns: 'view' }

  server.get('/plans/revisions', { schema: historySchema, config: { access: view } }, async ({ client }) => {
    const [kept, history, published] = await asJob(client, async () => [
      new Set(await plans.kept()),
      await plans.history(),
      Map.groupBy((await plans.published?.()) ?? [], ({ revision }) => revision),
    ])
    const known = new Set(history.map(({ revision }) => revision))
    // Those of earlier versions of this program, and of controllers whose `servings` are gone.
    const others = [...kept]
      .filter((one) => !known.has(one))
      .map((revision) => ({ revision, calls: 0, served: [] }))
    const revisions = [...history, ...others].slice(0, MOST_REVISIONS)
    return {
      revision: plans.current().revision,
      ...(!client.limited && { state: plans.state() }),
      revisions: revisions.map((one) => {
        const chain = published.get(one.revision)
        return {
          ...shownTo(client, one),
          kept: kept.has(one.revision),
          ...(chain && { published: chain.map((times) => publishedTo(client, times)) }),
        }
      }),
    }
  })

  server.get<{ Params: { id: string } }>(
    '/plans/revisions/:id',
    { schema: contentSchema, config: { access: view } },
    async ({ params: { id }, client }, reply) => {
      reply.header('etag', etagOf(id, client)).type('application/json; charset=utf-8')
      return sendPieces(reply, id, (onPiece, givenUp) =>
        asJob(client, () => plans.content(id, client.documents, onPiece, givenUp)),
      )
    },
  )

  server.get<{ Querystring: { from: string; to?: string } }>(
    '/plans/diff',
    { schema: diffSchema, config: { access: view, slow: 'reads' } },
    async ({ query: { from, to = plans.current().revision }, client }) => {
      const found = await asJob(client, () => plans.compare(from, to, client.documents))
      if ('missing' in found) throw notKept(found.missing)
      return { from, to, ...found }
    },
  )

  server.post<{ Body?: Buffer; Querystring: { name: string } }>(
    '/plans/diff',
    {
      schema: draftDiffSchema,
      config: {
        access: { right: 'read', concerns: ({ query }) => (query as { readonly name: string }).name },
        slow: 'reads',
      },
      bodyLimit: MOST_BYTES,
    },
    async ({ body: bytes, query: { name }, client }, reply) => {
      if (bytes === undefined) throw new ApiError('malformed', 'send a plan document as the body')
      const before = (await plans.document(name))?.bytes
      const draft = { name, bytes, ...(before && { before }), givenUp: untilGone(reply) }
      return asJob(client, () => plans.compareDraft(draft))
    },
  )

  server.post<{ Body?: Buffer }>(
    '/plans/rollback',
    { schema: rollbackSchema, config: { access: { right: 'publish', concerns: 'set' }, slow: 'changes' } },
    async ({ body, client, ip }) => {
      const to = readRollback(body)
      const result = await plans.rollback(to, { token: client.name, address: ip })
      if (result === undefined) throw notKept(to)
      return result
    },
  )
}

const MOST_REVISIONS = 500

/** Who else publishes, and how many calls there are, is not for a token for some documents. */
function shownTo({ limited }: Client, { revision, calls, served }: ServedRevision) {
  if (!limited) return { revision, calls, served }
  return {
    revision,
    served: served.map(({ since, until }) => ({ since, ...(until !== undefined && { until }) })),
  }
}

function publishedTo({ limited }: Client, { at, what, by, controller }: PublishedRevision) {
  return limited ? { at } : { at, what, by, controller }
}

const notKept = (id: string) => new ApiError('notFound', `there is no revision ${id} here`)

/** A token for some documents has a form of its own. */
function etagOf(id: string, { limited, documents }: Client): string {
  if (!limited) return `"${id}"`
  const view = createHash('sha256').update(JSON.stringify(documents)).digest('hex')
  return `"${id}-${view.slice(0, 12)}"`
}

function readRollback(body: Buffer | undefined): string {
  const { to, ...more } = (body && readJson(body).value) ?? {}
  if (typeof to !== 'string' || !REVISION.test(to) || Object.keys(more).length > 0)
    throw new ApiError('malformed', 'send {"to": REVISION} as the body, such as {"to": "5f0c3a9be214"}')
  return to
}

/** Answers with what `read` gives in pieces, as fast as the client takes them; 404 when it finds nothing. */
async function sendPieces(
  reply: FastifyReply,
  id: string,
  read: (onPiece: (piece: string) => Promise<void>, givenUp: AbortSignal) => Promise<boolean>,
): Promise<PassThrough> {
  const gone = untilGone(reply)
  const body = new PassThrough()
  const begun = Promise.withResolvers<boolean>()
  const onPiece = async (piece: string) => {
    begun.resolve(true)
    if (!body.write(piece)) await once(body, 'drain', { signal: gone })
  }
  read(onPiece, gone).then(
    (found) => {
      begun.resolve(found)
      body.end()
    },
    (error: unknown) => {
      begun.reject(error)
      body.destroy(error as Error)
    },
  )
  // What is not sent must not end the process when it breaks.
  body.on('error', () => undefined)
  if (await begun.promise) return body
  throw notKept(id)
}
