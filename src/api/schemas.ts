/** JSON Schemas that several routes share, for answers and for `/openapi.json`. */

import { DOCUMENT, LONGEST_DOCUMENT, REVISION } from '../syntax/index.ts'

export const text = { type: 'string' } as const
export const number = { type: 'number' } as const
export const texts = { type: 'array', items: text } as const

export const revision = { type: 'string', pattern: REVISION.source } as const
export const documentName = { type: 'string', maxLength: LONGEST_DOCUMENT, pattern: DOCUMENT.source } as const

/** An object of these properties; those of `optional` may be absent. */
export const object = (properties: Record<string, object>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
})

export const list = (items: object) => ({ type: 'array', items })

export const finding = object({
  document: text,
  file: text,
  line: number,
  column: number,
  pointer: text,
  message: text,
})

/** Of a set that was put into service. */
export const swap = {
  ...{ revision: text, previous: text, changed: { type: 'boolean' } },
  missingModules: {
    ...list(object({ freeswitch: text, module: text })),
    description: 'Modules that steps of the set need, and which a FreeSWITCH, by its name, has not loaded.',
  },
} as const

/** As `swap`, with how much is in the set. */
export const swapOfSet = { ...swap, documents: number, plans: number, numbers: number } as const

/** What is different between plan sets. */
export const changes = {
  changes: list(
    object({ document: text, plan: text, step: text, kind: text, sentence: text }, ['plan', 'step']),
  ),
  more: { type: 'boolean' },
}

/** What became of the tests of a document. */
export const testedDocument = object({
  passed: number,
  failed: number,
  cases: list(
    object({
      name: text,
      line: number,
      column: number,
      passed: { type: 'boolean' },
      ms: number,
      failures: list(
        object(
          {
            ...{ line: number, column: number, pointer: text, message: text },
            field: { ...text, description: 'Below `expect`; absent where the case could not be tried.' },
            ...{ expected: text, got: text },
            step: { ...text, description: 'Where what was expected and what came of it part.' },
            at: { ...text, description: 'The same in words, with the time.' },
          },
          ['field', 'expected', 'got', 'step', 'at'],
        ),
      ),
      walked: { ...text, description: 'The way that the call took, in words.' },
      notes: texts,
      unused: { ...texts, description: 'What of the script was not used.' },
    }),
  ),
  more: {
    type: 'boolean',
    description: 'Of the last cases nothing is told but their names, and whether they pass.',
  },
  coverage: object({
    total: { ...number, description: 'Of steps and branches.' },
    walked: number,
    missing: list(
      object({ step: text, branch: { ...text, description: 'Absent: the step itself.' }, says: text }, [
        'branch',
      ]),
    ),
  }),
})

const error = object({
  error: object({ code: text, message: text, details: { type: 'array', items: {} } }, ['details']),
})

/** The answers of a route when it fails. */
export const errors = (...statuses: readonly number[]) =>
  Object.fromEntries(
    [401, 403, 429, 500, ...statuses].map((status) => [status, { description: meanings[status], ...error }]),
  )

const meanings: Record<number, string> = {
  400: 'malformed',
  401: 'no or wrong token',
  403: 'the token lacks the right; or none is configured, and the request is from another site or for another host',
  404: 'not found',
  412: 'somebody was first',
  413: 'too large',
  422: 'does not validate',
  428: 'a precondition is missing',
  429: 'too many',
  500: 'a fault of the controller',
  503: 'not ready, or no answer in time',
}

/** A step of a call: what every step has; the rest depends on its type. */
export const step = {
  ...object({ step: text, type: text, ms: number, outcome: text }, ['ms']),
  additionalProperties: true,
}

/** A call in a list. */
export const callLine = object(
  {
    ...{ id: text, state: { enum: ['live', 'ended'] }, at: text, did: text, caller: text, name: text },
    ...{ document: text, plan: text, revision: text, step: text, stepType: text, ending: text, cause: text },
    ...{ ringMs: number, talkMs: number, answered: { type: 'boolean' } },
  },
  [
    ...['document', 'plan', 'revision', 'step', 'stepType', 'ending', 'cause'],
    ...['ringMs', 'talkMs', 'answered'],
  ],
)

/** One call's journal; `state` tells a live one from one that ended. */
export const call = {
  ...callLine,
  properties: { ...callLine.properties, steps: list(step) },
  additionalProperties: true,
}
