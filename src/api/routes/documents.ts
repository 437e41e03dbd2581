/** `/plans/documents/{name}` and `/plans/tests/{name}`: single documents as they are published, and the tests beside them. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Author } from '../../audit/index.ts'
import {
  type Finding,
  MOST_BYTES,
  type PlanStore,
  PlanSetError,
  type Replacement,
  type ReplaceResult,
} from '../../plan/index.ts'
import type { Access } from '../access.ts'
import type { Client } from '../auth.ts'
import { ApiError } from '../errors.ts'
import { untilGone } from '../given-up.ts'
import { createJobLimit } from '../job-limit.ts'
import { documentName, errors, finding, list, object, swap, testedDocument, text } from '../schemas.ts'

const params = object({
  '*': {
    ...documentName,
    description: "The document's name, folders included, such as `north/acme`.",
  },
})
const headers = {
  type: 'object',
  properties: {
    'if-match': { ...text, description: 'The ETag of what is to be replaced or removed.' },
    'if-none-match': { ...text, description: '`*`: there is to be none of this name yet.' },
  },
}

const result = object(
  {
    ...swap,
    served: {
      type: 'boolean',
      description: '`false`: an earlier revision was rolled back to, and serves until the next reload.',
    },
    warnings: list(finding),
  },
  ['missingModules'],
)

const testsResult = object({ ...swap, warnings: list(finding), tests: testedDocument }, [
  'missingModules',
  'tests',
])

const getErrors = errors(400, 404, 422)
const putErrors = errors(400, 404, 412, 413, 422, 428, 429, 503)
const deleteErrors = errors(400, 404, 412, 422, 428, 429, 503)
const file = { 200: { type: 'string' }, ...getErrors }

/** The two files that there are of each name. */
const parts = {
  document: {
    url: '/plans/documents/*',
    /** In messages, before the name. */
    what: 'document',
    get: { summary: 'A document as it is published, with its ETag', params, response: file },
    put: {
      summary: 'Puts a document in its place and serves the set, once all of it validates',
      description:
        'With `If-Match` and the ETag of the document that is there, or `If-None-Match: *` for a new one.',
      params,
      headers,
      response: { 200: result, 201: result, ...putErrors },
    },
    delete: {
      summary: 'Takes a document away and serves the set without it, once all of it validates',
      description: 'With `If-Match` and the ETag of the document.',
      params,
      headers,
      response: { 200: result, ...deleteErrors },
    },
  },
  tests: {
    url: '/plans/tests/*',
    what: 'file of tests of',
    get: {
      summary: 'The tests of a document as they are published, with their ETag',
      params,
      response: file,
    },
    put: {
      summary: 'Puts the tests of a document beside it, and says what became of them',
      description:
        'With `If-Match` and the ETag of the tests that are there, or `If-None-Match: *` for the first ones. Tests that fail are refused where they are required to pass, and else written all the same.',
      params,
      headers,
      response: { 200: testsResult, 201: testsResult, ...putErrors },
    },
    delete: {
      summary: 'Takes the tests of a document away',
      description: 'With `If-Match` and the ETag of the tests.',
      params,
      headers,
      response: { 200: testsResult, ...deleteErrors },
    },
  },
} as const

type Part = keyof typeof parts

export interface WrittenPlans extends Pick<PlanStore, Part> {
  /** As of the store; `by` stands in the audit. */
  replace(replacement: Replacement, by: Author): Promise<ReplaceResult>
}

interface Named {
  Params: { '*': string }
}

export function documentRoutes(server: FastifyInstance, plans: WrittenPlans): void {
  // They are put in place one after the other, and wait for other readings of the set: those have the processes meanwhile.
  const inQueue = createJobLimit({ most: 8, ofLimited: 1, busy: 'other documents are being put in place' })
  const concerns = ({ params }: FastifyRequest) => (params as Named['Params'])['*']
  const mayRead: Access = { right: 'read', concerns }
  const mayWrite: Access = { right: 'publish', concerns }
  addRoutes('document')
  addRoutes('tests')

  function addRoutes(part: Part): void {
    const { url, what, ...schemas } = parts[part]

    server.get<Named>(
      url,
      { schema: schemas.get, config: { access: mayRead } },
      async ({ params }, reply) => {
        const name = params['*']
        const found = await plans[part](name)
        if (found === undefined) throw none(what, name)
        return reply.header('etag', found.etag).type('application/json; charset=utf-8').send(found.bytes)
      },
    )

    server.put<Named & { Body?: Buffer }>(
      url,
      { schema: schemas.put, config: { access: mayWrite, slow: 'changes' }, bodyLimit: MOST_BYTES },
      async (request, reply) => {
        const { body } = request
        if (body === undefined) throw new ApiError('malformed', 'send the file as the body')
        const { etag = '', isNew, ...answer } = await replace(part, request, reply, body)
        void reply.code(isNew ? 201 : 200).header('etag', etag)
        return answer
      },
    )

    server.delete<Named>(
      url,
      { schema: schemas.delete, config: { access: mayWrite, slow: 'changes' } },
      (request, reply) => replace(part, request, reply),
    )
  }

  async function replace(part: Part, request: FastifyRequest, reply: FastifyReply, bytes?: Buffer) {
    const { client, ip } = request
    const name = concerns(request)
    let isNew = false
    const check = (etag: string | undefined) => {
      checkPrecondition(request.headers, `${parts[part].what} ${name}`, etag, bytes === undefined)
      isNew = etag === undefined
    }
    if (part === 'tests' && bytes && (await plans.document(name)) === undefined)
      throw none(parts.document.what, name)
    // Who has to send another request is not kept waiting for this one.
    check((await plans[part](name))?.etag)
    const replacement = {
      ...{ name, part, visible: client.documents, check, givenUp: untilGone(reply) },
      ...(bytes && { bytes }),
    }
    const by = { token: client.name, address: ip }
    const { tested, ...result } = await inQueue(client, () => plans.replace(replacement, by)).catch(
      (error: unknown) => {
        throw client.limited ? withoutOthers(error, client) : error
      },
    )
    const warnings = result.warnings.filter(({ document }) => client.mayUse(document || undefined))
    // Other documents may be those that need them.
    const missing = client.limited && { missingModules: undefined }
    return { ...result, ...missing, warnings, isNew, ...(tested && { tests: tested }) }
  }
}

const none = (what: string, name: string) => new ApiError('notFound', `there is no ${what} ${name}`)

/** RFC 9110, section 13: who changes a document has to know which one. */
function checkPrecondition(
  { 'if-match': match, 'if-none-match': noneMatch }: FastifyRequest['headers'],
  file: string,
  etag: string | undefined,
  removes: boolean,
): void {
  if (removes && etag === undefined) throw new ApiError('notFound', `there is no ${file}`)
  if (match === undefined && noneMatch === undefined) {
    const how =
      etag === undefined
        ? 'send `If-None-Match: *` with a new file'
        : 'send `If-Match` with the ETag of the file as you know it'
    throw new ApiError('preconditionRequired', how)
  }
  if (match !== undefined && !isAmong(match, etag))
    throw new ApiError('preconditionFailed', `somebody changed the ${file} meanwhile; get it again`)
  if (noneMatch !== undefined && isAmong(noneMatch, etag))
    throw new ApiError('preconditionFailed', `there is a ${file} already; get it, and send its ETag`)
}

/** Whether a list of ETags, or `*` for any, holds this one. ETags of documents have no comma. */
function isAmong(listed: string, etag: string | undefined): boolean {
  if (etag === undefined) return false
  const known = listed.split(',').map((one) => one.trim())
  return known.includes('*') || known.includes(etag)
}

/** What is wrong with documents of others is not for this client. */
function withoutOthers(error: unknown, { mayUse }: Client): unknown {
  if (!(error instanceof PlanSetError)) return error
  const own = error.findings.filter((finding: Finding) => finding.document !== '' && mayUse(finding.document))
  const why =
    own.length > 0
      ? 'the document does not validate'
      : 'the plan set does not validate as it is, whatever you send; ask the operator'
  return new ApiError('invalid', why, own)
}
