/** `/calls/{id}/replay`: walks a call of the journal again, by its own revision, another one or a draft. */
import type { FastifyInstance } from 'fastify'
import { isObject } from '../../json/index.ts'
import type { PlanSet, PlanStore } from '../../plan/index.ts'
import type { CallRecord, Records } from '../../records/index.ts'
import type { Replays } from '../../replay/index.ts'
import { REVISION } from '../../syntax/index.ts'
import type { Client } from '../auth.ts'
import { layOutDraft, readBody, REQUEST_WITH_DRAFT_BYTES } from '../drafts.ts'
import { ApiError } from '../errors.ts'
import { untilGivenUp } from '../given-up.ts'
import type { JobLimit } from '../job-limit.ts'
import { errors, list, number, object, text, texts } from '../schemas.ts'
import { seenBy } from '../seen-by.ts'
import { callId, type LiveCalls } from './calls.ts'

const side = object(
  {
    revision: text,
    document: text,
    plan: text,
    steps: list(
      object({ step: text, type: text, does: text, outcome: text, shows: text }, [
        'does',
        'outcome',
        'shows',
      ]),
    ),
    ending: text,
    cause: text,
  },
  ['document', 'plan', 'ending', 'cause'],
)

const replaySchema = {
  summary: 'Walks a call again as its record has it, and says where another plan would have gone otherwise',
  description:
    'Without a body by its own revision. `{"against": …}`: a revision, or a draft of the document that the call was on.',
  params: object({ id: callId }),
  response: {
    200: object(
      {
        id: text,
        at: text,
        did: text,
        caller: text,
        recorded: side,
        replayed: side,
        isSame: { type: 'boolean' },
        parting: object({ step: number, sentence: text }, ['step']),
        isFault: { type: 'boolean' },
        assumptions: texts,
        notes: texts,
      },
      ['parting'],
    ),
    ...errors(400, 404, 413, 422, 503),
  },
}

export interface ReplaySources {
  readonly plans: Pick<PlanStore, 'toTry' | 'draft'>
  readonly calls: LiveCalls
  readonly records: Pick<Records, 'find'>
  readonly replays: Replays
  /** A revision or a draft may need a process of its own. */
  readonly asJob: JobLimit
}

export function replayRoutes(
  server: FastifyInstance,
  { plans, calls, records, replays, asJob }: ReplaySources,
): void {
  server.post<{ Params: { id: string }; Body?: Buffer }>(
    '/calls/:id/replay',
    {
      schema: replaySchema,
      config: { access: { right: 'read', concerns: 'view' }, slow: 'reads' },
      bodyLimit: REQUEST_WITH_DRAFT_BYTES,
    },
    async ({ params: { id }, body, client }, reply) => {
      const against = readAgainst(body)
      const record = await recordOf(id, client, untilGivenUp(reply))
      return asJob(client, async () => {
        const byRevision = async (revision: string) => {
          const set = await plans.toTry(revision)
          return set && seenBy(client, set)
        }
        const other = against === undefined ? undefined : await otherSet(against, record, client)
        return replays.run(record, { byRevision }, other)
      })
    },
  )

  async function recordOf(id: string, client: Client, signal: AbortSignal): Promise<CallRecord> {
    const held = calls.find(id)
    const record = held === undefined ? (await records.find(id, signal))?.record : undefined
    const known = held ?? record
    if (known === undefined || !client.mayUse(known.document))
      throw new ApiError('notFound', `no call ${id} is held, and there is no record of it`)
    if (record === undefined)
      throw new ApiError('invalid', `the call ${id} is held: it can be replayed when it is let go`)
    return record
  }

  async function otherSet(against: Against, { document }: CallRecord, client: Client): Promise<PlanSet> {
    if (typeof against !== 'string') return plans.draft(against, document, { hideOwners: client.limited })
    const set = await plans.toTry(against)
    if (set === undefined) throw new ApiError('notFound', `there is no revision ${against}`)
    return seenBy(client, set)
  }
}

/** A revision, or a draft as it is laid out for findings. */
type Against = string | Uint8Array

function readAgainst(body: Buffer | undefined): Against | undefined {
  if (body === undefined || body.length === 0) return undefined
  const { against, ...more } = readBody(body).value
  if (Object.keys(more).length === 0) {
    if (against === undefined) return undefined
    if (typeof against === 'string' && REVISION.test(against)) return against
    if (isObject(against)) return layOutDraft(against)
  }
  throw new ApiError(
    'malformed',
    'the body must be {"against": …}, a revision of 12 hex digits or a document',
  )
}
