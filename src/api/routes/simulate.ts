/** `/simulate`: tries a call against the set in use, a revision or a draft. */
import type { FastifyInstance } from 'fastify'
import { isObject, type JsonObject, locate, type LocatedFault, type Locator } from '../../json/index.ts'
import type { PlanStore } from '../../plan/index.ts'
import { REVISION } from '../../syntax/index.ts'
import {
  asksSomebody,
  caseFileSchema,
  checkScript,
  type Trials,
  type TrialScript,
  unknownNamesOf,
} from '../../trial/index.ts'
import { hasRight } from '../access.ts'
import { isDocumentName, layOutDraft, readBody, REQUEST_WITH_DRAFT_BYTES } from '../drafts.ts'
import { ApiError } from '../errors.ts'
import { untilGivenUp } from '../given-up.ts'
import { createJobLimit, type JobLimit } from '../job-limit.ts'
import { errors, list, number, object, step, text, texts } from '../schemas.ts'
import { seenBy, setToRead } from '../seen-by.ts'

const simulateSchema = {
  summary:
    'Tries a call in no time, by the code that serves calls: what happens, what the caller hears, what telephones show',
  description:
    '`call` and `given` as in tests of plans; against the set in use, a `revision`, or a `draft` of a document. To really ask a server (`"ask"`) needs the right `publish`.',
  response: {
    200: {
      ...object(
        {
          revision: text,
          at: text,
          did: text,
          caller: text,
          forms: texts,
          document: text,
          plan: text,
          entry: text,
          steps: list(step),
          ending: text,
          cause: text,
          sip: number,
          waitMs: number,
          notes: texts,
          unused: texts,
        },
        ['document', 'plan', 'entry', 'cause', 'sip'],
      ),
      additionalProperties: true,
    },
    ...errors(400, 404, 413, 422, 429, 503),
  },
}

export type TriedPlans = Pick<PlanStore, 'current' | 'toTry' | 'draft'>

export interface TrialSources {
  readonly plans: TriedPlans
  readonly trials: Trials
  /** A revision or a draft may need a process of its own. */
  readonly asJob: JobLimit
}

export function simulateRoutes(server: FastifyInstance, { plans, trials, asJob }: TrialSources): void {
  // A trial takes a millisecond or two, or as long as servers do that are asked.
  const asTrial = createJobLimit({ most: 8, ofLimited: 2, busy: 'other calls are being tried' })

  server.get(
    '/plans/tests/schema',
    {
      // As that of plans.
      schema: { summary: 'The JSON Schema of the tests of a plan document', security: [] },
      config: { access: 'open' },
    },
    () => caseFileSchema,
  )

  server.post<{ Body?: Buffer }>(
    '/simulate',
    {
      schema: simulateSchema,
      config: { access: { right: 'read', concerns: 'view' }, slow: 'reads' },
      bodyLimit: REQUEST_WITH_DRAFT_BYTES,
    },
    async ({ body, client }, reply) => {
      const { script, locator, revision, draft } = readRequest(body)
      if (asksSomebody(script.given) && !hasRight(client, 'publish'))
        throw new ApiError(
          'lacksRight',
          `to ask servers needs the right \`publish\`; the token ${client.name} has \`read\``,
        )
      if (draft && !client.mayUse(draft.name))
        throw new ApiError(
          'lacksRight',
          draft.name === undefined
            ? `name the draft: the token ${client.name} holds for some documents only`
            : `the token ${client.name} does not hold for the document ${draft.name}`,
        )
      return asTrial(client, async () => {
        const set = draft
          ? await asJob(client, () => plans.draft(draft.bytes, draft.name, { hideOwners: client.limited }))
          : seenBy(client, await setToRead(plans, revision, client, asJob))
        const unknown = unknownNamesOf(script, set)
        if (unknown.length > 0) throw notAsDescribed(locate(unknown, locator))
        const signal = untilGivenUp(reply)
        const report = await trials.run(script, set, signal)
        signal.throwIfAborted()
        return report
      })
    },
  )
}

interface SimulateRequest {
  readonly script: TrialScript
  readonly locator: Locator
  readonly revision?: string
  readonly draft?: { readonly name: string | undefined; readonly bytes: Uint8Array }
}

function readRequest(body: Buffer | undefined): SimulateRequest {
  if (body === undefined) throw new ApiError('malformed', 'send {"call": {"did": …}} as the body')
  const { value, locator } = readBody(body)
  const { revision, draft, ...rest } = value
  if (revision !== undefined && draft !== undefined)
    throw new ApiError('malformed', 'name a revision or send a draft, not both')
  if (revision !== undefined && !(typeof revision === 'string' && REVISION.test(revision)))
    throw new ApiError('malformed', '`revision` must be 12 hex digits')
  const { script, faults } = checkScript(rest)
  if (!script) throw notAsDescribed(locate(faults, locator))
  return {
    ...{ script, locator },
    ...(revision !== undefined && { revision }),
    ...(draft !== undefined && { draft: readDraft(draft) }),
  }
}

const notAsDescribed = (faults: readonly LocatedFault[]) =>
  new ApiError('malformed', 'the call cannot be tried as it is described', faults)

function readDraft(draft: unknown): SimulateRequest['draft'] & object {
  const { name, document, ...more }: JsonObject = isObject(draft) ? draft : {}
  if (!isObject(document) || Object.keys(more).length > 0)
    throw new ApiError('malformed', '`draft` must be {"name": "acme", "document": {…}}')
  if (name !== undefined && !isDocumentName(name))
    throw new ApiError('malformed', '`draft.name` is no name of a document')
  return { name, bytes: layOutDraft(document) }
}
