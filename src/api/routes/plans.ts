/** `/plans`: the set that serves, which plan a number finds in it, reload and validation. */
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Author } from '../../audit/index.ts'
import {
  type DocumentSummary,
  MOST_BYTES,
  planSchema,
  type PlanSet,
  type PlanStore,
  type ReloadResult,
  type StoreState,
} from '../../plan/index.ts'
import type { Access } from '../access.ts'
import type { Client } from '../auth.ts'
import { ApiError } from '../errors.ts'
import { untilGone } from '../given-up.ts'
import type { JobLimit } from '../job-limit.ts'
import { changes, documentName, errors, finding, list, object, swapOfSet, text, texts } from '../schemas.ts'

const entry = { document: text, plan: text, entry: text }

const plansSchema = {
  summary: 'The revision in use, since when, and its documents, plans and numbers',
  response: {
    200: object(
      {
        revision: text,
        since: text,
        state: { enum: ['current', 'stale', 'rolledBack'] },
        documents: list(
          object(
            {
              name: text,
              domain: text,
              description: text,
              plans: list(object({ name: text, description: text, numbers: texts }, ['description'])),
            },
            ['domain', 'description'],
          ),
        ),
      },
      ['state'],
    ),
    ...errors(),
  },
}

const reloadSchema = {
  summary:
    'Reads the plan folder, validates all of it and swaps it in one step; with a `store`: ends a rollback, on all controllers',
  querystring: object(
    { dryRun: { type: 'boolean', description: 'Changes nothing, and says what would change.' } },
    ['dryRun'],
  ),
  response: {
    200: object(
      {
        ...swapOfSet,
        warnings: list(finding),
        heldBack: texts,
        ...changes,
      },
      ['missingModules', 'changes', 'more'],
    ),
    ...errors(400, 422, 503),
  },
}

const name = {
  ...documentName,
  description: "The document's name: what it may claim is checked with it only.",
}

const validateSchema = {
  summary: 'Checks a document; nothing is changed',
  querystring: object({ name }, ['name']),
  response: {
    200: object({ errors: list(finding), warnings: list(finding) }),
    ...errors(400, 413, 429, 503),
  },
}

const explainSchema = {
  summary: 'Which plan a number finds and why',
  querystring: object(
    {
      did: {
        type: 'string',
        minLength: 1,
        maxLength: 64,
        description: 'The dialled number; a leading space reads as `+`.',
      },
      domain: { type: 'string', minLength: 1, maxLength: 253, description: 'The domain it was dialled in.' },
    },
    ['domain'],
  ),
  response: {
    200: object(
      {
        forms: texts,
        domain: text,
        match: object({ ...entry, kind: { enum: ['exact', 'prefix', 'rest'] } }),
        near: list(object({ ...entry, why: text })),
      },
      ['domain', 'match'],
    ),
    ...errors(400),
  },
}

export interface Plans extends Pick<PlanStore, 'current' | 'state' | 'validate' | 'dryRun'> {
  reload(by: Author): Promise<ReloadResult>
}

export function planRoutes(server: FastifyInstance, plans: Plans, asJob: JobLimit): void {
  const view: Access = { right: 'read', concerns: 'view' }

  server.get('/plans', { schema: plansSchema, config: { access: view } }, ({ client }, reply) =>
    // In pieces: a set of 100,000 numbers is megabytes, and calls must not wait for it.
    reply
      .type('application/json; charset=utf-8')
      .send(Readable.from(listing(plans.current(), plans.state(), client))),
  )

  server.post<{ Querystring: { dryRun?: boolean } }>(
    '/plans/reload',
    {
      schema: reloadSchema,
      config: {
        access: { right: 'publish', concerns: 'set' },
        slow: ({ query }) => ((query as { readonly dryRun?: boolean }).dryRun ? 'reads' : 'changes'),
      },
    },
    ({ query: { dryRun = false }, client, ip }) =>
      dryRun ? asJob(client, plans.dryRun) : plans.reload({ token: client.name, address: ip }),
  )

  server.post<{ Body?: Buffer; Querystring: { name?: string } }>(
    '/plans/validate',
    {
      schema: validateSchema,
      config: {
        access: { right: 'read', concerns: ({ query }) => (query as { readonly name?: string }).name },
        slow: 'reads',
      },
      bodyLimit: MOST_BYTES,
    },
    async ({ body, query, client }, reply) => {
      if (body === undefined) throw new ApiError('malformed', 'send a plan document as the body')
      // Editors check as one types: what nobody waits for any more is not checked.
      const options = { hideOwners: client.limited, givenUp: untilGone(reply) }
      return asJob(client, () => plans.validate(body, query.name, options))
    },
  )

  server.get(
    '/plans/schema',
    {
      // Editors send no token. It says nothing of this controller.
      schema: { summary: 'The JSON Schema of a plan document', security: [] },
      config: { access: 'open' },
    },
    () => planSchema,
  )

  server.get<{ Querystring: { did: string; domain?: string } }>(
    '/plans/explain',
    { schema: explainSchema, config: { access: view } },
    ({ query: { did, domain }, client }) =>
      plans.current().explain(did.replace(/^ /, '+'), domain, client.mayUse),
  )
}

/** In characters: after each the event loop gets a turn, which is less than a millisecond's work. */
const PIECE = 64 * 1024

/** The answer of `/plans`. */
async function* listing(
  set: PlanSet,
  state: StoreState,
  { limited, mayUse }: Client,
): AsyncGenerator<string> {
  // Whether all of it validates, says something of every document.
  const head = JSON.stringify({ revision: set.revision, since: set.since, ...(!limited && { state }) })
  yield `${head.slice(0, -1)},"documents":[`
  let piece = ''
  let separator = ''
  for (const [name, document] of set.documents) {
    if (!mayUse(name)) continue
    piece += separator + JSON.stringify(show(name, document))
    separator = ','
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
    await turn()
  }
  yield `${piece}]}`
}

function show(name: string, { domain, description, plans }: DocumentSummary) {
  return {
    name,
    ...(domain !== undefined && { domain }),
    ...(description !== undefined && { description }),
    plans: [...plans].map(([plan, summary]) => ({ name: plan, ...summary })),
  }
}
