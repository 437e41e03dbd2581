/** `/plans/tree`: a document as people read it, from the set in use, a revision, or a draft. */
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  type CompiledDocument,
  documentTrees,
  type Language,
  LANGUAGES,
  type PlanSummary,
  MOST_BYTES,
  type PlanSet,
  type PlanStore,
  type TreeStep,
} from '../../plan/index.ts'
import { ApiError } from '../errors.ts'
import type { JobLimit } from '../job-limit.ts'
import { documentName, errors, list, number, object, revision, text, texts } from '../schemas.ts'
import { setToRead } from '../seen-by.ts'

/** Of a plan: what is beyond is in `/plans`. */
const MOST_NUMBERS = 100

const node = {
  ...object(
    {
      step: { ...text, description: 'As in the records of calls.' },
      pointer: { ...text, description: 'Of its place in the document, by which findings name it.' },
      type: text,
      title: { ...text, description: 'What such steps are called.' },
      sentence: { ...text, description: 'What it does.' },
      plans: { ...texts, description: 'Plans of the document that it leads to.' },
      webhook: { ...text, description: 'The webhook that it asks.' },
      seconds: { type: ['number', 'null'], description: 'The most that it takes; null: no end.' },
      goesRound: { type: 'boolean', description: 'It leads back to a step that is on the way already.' },
      branches: list(object({ name: text, sentence: text, upToSeconds: number, steps: { type: 'array' } })),
    },
    ['webhook', 'goesRound'],
  ),
  additionalProperties: true,
}

const treeAnswer = object(
  {
    name: text,
    revision: text,
    domain: text,
    description: text,
    audio: { type: 'object', description: 'name → FreeSWITCH audio', additionalProperties: text },
    webhooks: list(object({ name: text, method: text, urlTemplate: text, timeoutSeconds: number })),
    plans: list(
      object(
        {
          name: text,
          description: text,
          numbers: texts,
          moreNumbers: { ...number, description: `Beyond ${MOST_NUMBERS}.` },
          missed: { ...text, description: 'The webhook that is told of missed calls.' },
          upToSeconds: { type: ['number', 'null'] },
          steps: list(node),
        },
        ['description', 'missed'],
      ),
    ),
  },
  ['domain', 'description', 'revision'],
)

const lang = { enum: LANGUAGES, default: 'en', description: 'Of titles and sentences.' } as const

/** Notes and descriptions of webhooks are not in what serves. */
const summary = 'A document as people read it: what each step does, and where its branches lead'

const treeSchema = {
  summary,
  params: object({ '*': { ...documentName, description: 'The document, folders included.' } }),
  querystring: object(
    { revision: { ...revision, description: 'Default: the revision that serves.' }, lang },
    ['revision', 'lang'],
  ),
  // Sent in pieces, not by this schema: it is for `/openapi.json`.
  response: { 200: treeAnswer, ...errors(400, 404, 429, 503) },
}

const draftSchema = {
  summary: `${summary}; of a draft, which has to validate`,
  querystring: object(
    {
      name: { ...documentName, description: 'Of the document: what it may claim is checked with it only.' },
      lang,
    },
    ['name', 'lang'],
  ),
  response: { 200: treeAnswer, ...errors(400, 413, 422, 429, 503) },
}

export type ReadPlans = Pick<PlanStore, 'current' | 'toTry' | 'draft'>

export function treeRoutes(server: FastifyInstance, plans: ReadPlans, asJob: JobLimit): void {
  const concerns = ({ params }: FastifyRequest) => (params as { '*': string })['*']

  server.get<{ Params: { '*': string }; Querystring: { revision?: string; lang: Language } }>(
    '/plans/tree/*',
    { schema: treeSchema, config: { access: { right: 'read', concerns }, slow: 'reads' } },
    async ({ params: { '*': name }, query: { revision, lang }, client }, reply) => {
      const set = await setToRead(plans, revision, client, asJob)
      const compiled = set.compiled(name)
      if (compiled === undefined)
        throw new ApiError('notFound', `there is no document ${name} in the revision ${set.revision}`)
      return sendTree(reply, { ...headOf(compiled, set), revision: set.revision }, compiled, set, lang)
    },
  )

  server.post<{ Body?: Buffer; Querystring: { name?: string; lang: Language } }>(
    '/plans/tree',
    {
      schema: draftSchema,
      config: {
        access: { right: 'read', concerns: ({ query }) => (query as { readonly name?: string }).name },
        slow: 'reads',
      },
      bodyLimit: MOST_BYTES,
    },
    async ({ body, query: { name, lang }, client }, reply) => {
      if (body === undefined) throw new ApiError('malformed', 'send a plan document as the body')
      const set = await asJob(client, () => plans.draft(body, name, { hideOwners: client.limited }))
      const [draft] = [...set.documents.keys()]
      const compiled = set.compiled(draft!)!
      return sendTree(reply, headOf(compiled, set), compiled, set, lang)
    },
  )
}

function headOf({ name, document }: CompiledDocument, set: PlanSet) {
  const { domain, description } = set.documents.get(name)!
  return {
    name,
    ...(domain !== undefined && { domain }),
    ...(description !== undefined && { description }),
    audio: document.audio,
    webhooks: Object.entries(document.webhooks).map(([webhook, { method, urlTemplate, timeoutSeconds }]) => ({
      name: webhook,
      ...{ method, urlTemplate, timeoutSeconds },
    })),
  }
}

function sendTree(
  reply: FastifyReply,
  head: object,
  compiled: CompiledDocument,
  set: PlanSet,
  language: Language,
) {
  return reply
    .type('application/json; charset=utf-8')
    .send(Readable.from(pieces(head, compiled, set, language)))
}

/** Of the outermost list: after so many the event loop gets a turn. */
const STEPS_IN_A_PIECE = 200

/** With turns of the event loop in between: calls do not wait for a large document. */
async function* pieces(
  head: object,
  compiled: CompiledDocument,
  { documents }: PlanSet,
  language: Language,
): AsyncGenerator<string> {
  // What is for people is not in a document as it is walked.
  const { plans } = documents.get(compiled.name)!
  yield `${JSON.stringify(head).slice(0, -1)},"plans":[`
  await turn()
  let separator = ''
  for (const { plan, missed, upToSeconds, steps } of documentTrees(compiled, language)) {
    await turn()
    const about = {
      ...{ name: plan, ...show(plans.get(plan)!) },
      ...(missed !== undefined && { missed }),
      // JSON has no Infinity; it becomes null.
      upToSeconds,
    }
    yield `${separator}${JSON.stringify(about).slice(0, -1)},"steps":[`
    for (let at = 0; at < steps.length; at += STEPS_IN_A_PIECE) {
      const some = steps.slice(at, at + STEPS_IN_A_PIECE).map(nodeOf)
      yield (at === 0 ? '' : ',') + JSON.stringify(some).slice(1, -1)
      await turn()
    }
    yield ']}'
    separator = ','
  }
  yield ']}'
}

function show({ description, numbers }: PlanSummary) {
  return {
    ...(description !== undefined && { description }),
    numbers: numbers.slice(0, MOST_NUMBERS),
    moreNumbers: Math.max(0, numbers.length - MOST_NUMBERS),
  }
}

interface Node extends Omit<TreeStep, 'id' | 'says' | 'branches'> {
  readonly sentence: string
  readonly branches: readonly {
    readonly name: string
    readonly sentence: string
    readonly upToSeconds: number
    readonly steps: readonly Node[]
  }[]
}

function nodeOf({ id: _, says, branches, ...step }: TreeStep): Node {
  return {
    ...step,
    sentence: says,
    branches: branches.map(({ branch, when, upToSeconds, steps }) => ({
      name: branch,
      sentence: when,
      upToSeconds,
      steps: steps.map(nodeOf),
    })),
  }
}
