/** `/plans/tests/run`: the tests of one document are run, as they are published or as somebody writes them. */
import type { FastifyInstance } from 'fastify'
import { isObject } from '../../json/index.ts'
import type { PlanStore } from '../../plan/index.ts'
import { isDocumentName, layOutDraft, readBody, REQUEST_WITH_DRAFT_BYTES } from '../drafts.ts'
import { ApiError } from '../errors.ts'
import { untilGone } from '../given-up.ts'
import type { JobLimit } from '../job-limit.ts'
import { errors, testedDocument } from '../schemas.ts'

const runSchema = {
  summary: 'Runs the tests of a document: what became of each case, and what no case walks',
  description:
    '`name` says which document; `document` and `tests` are what is tried in the place of what is published, as JSON or as the text of the file.',
  response: { 200: testedDocument, ...errors(400, 404, 413, 422, 429, 503) },
}

export type TestedPlans = Pick<PlanStore, 'document' | 'tests' | 'runTests'>

export function testRoutes(server: FastifyInstance, plans: TestedPlans, asJob: JobLimit): void {
  server.post<{ Body?: Buffer }>(
    '/plans/tests/run',
    {
      schema: runSchema,
      config: { access: { right: 'read', concerns: 'view' }, slow: 'reads' },
      bodyLimit: REQUEST_WITH_DRAFT_BYTES,
    },
    async ({ body, client }, reply) => {
      const { name, ...drafts } = readRequest(body)
      if (!client.mayUse(name))
        throw new ApiError('lacksRight', `the token ${client.name} does not hold for the document ${name}`)
      const document = drafts.document ?? (await plans.document(name))?.bytes
      if (document === undefined) throw new ApiError('notFound', `there is no document ${name}`)
      const tests = drafts.tests ?? (await plans.tests(name))?.bytes
      if (tests === undefined) throw new ApiError('notFound', `there are no tests of ${name}`)
      const request = { name, document, tests, hideOwners: client.limited, givenUp: untilGone(reply) }
      return asJob(client, () => plans.runTests(request))
    },
  )
}

interface TestsRequest {
  readonly name: string
  readonly document?: Uint8Array
  readonly tests?: Uint8Array
}

const FORM = 'send {"name": "acme"} as the body, with drafts as `document` and `tests`'

function readRequest(body: Buffer | undefined): TestsRequest {
  if (body === undefined) throw new ApiError('malformed', FORM)
  const { name, document, tests, ...more } = readBody(body).value
  if (!isDocumentName(name)) throw new ApiError('malformed', `\`name\` is no name of a document; ${FORM}`)
  if (Object.keys(more).length > 0) throw new ApiError('malformed', FORM)
  return {
    name,
    ...(document !== undefined && { document: draftBytes('document', document) }),
    ...(tests !== undefined && { tests: draftBytes('tests', tests) }),
  }
}

/** Of text, findings have the place in it. */
function draftBytes(field: string, draft: unknown): Uint8Array {
  if (typeof draft === 'string') return Buffer.from(draft)
  if (isObject(draft)) return layOutDraft(draft)
  throw new ApiError('malformed', `\`${field}\` must be an object, or the text of the file`)
}
