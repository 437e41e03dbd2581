/** The JSON Schema of an event as a receiver gets it; published as docs/event.schema.json. */
import { EVENTS } from '../plan/index.ts'
import { ENDINGS } from '../records/index.ts'

/** Of the form below, for ever: a field that is new comes without a new number, and receivers ignore what they do not know. */
export const EVENT_VERSION = 1
export const EVENT_SCHEMA = 'https://belplan.example/event.schema.json'

const text = (description: string, examples: readonly string[] = []) => ({
  type: 'string',
  description,
  ...(examples.length > 0 && { examples }),
})
const moment = (description: string) => ({
  type: 'string',
  format: 'date-time',
  description,
  examples: ['2026-11-25T20:15:00.000Z'],
})
const ms = (description: string) => ({ type: 'integer', minimum: 0, description, examples: [4200] })
const destinations = {
  type: 'array',
  items: { type: 'string' },
  description: 'As the plan or a webhook names them; a code among them is masked.',
  examples: [['215', '+31502102544']],
}

const rung = {
  type: 'object',
  description: 'One step that rang. Of one that another controller executed, not all is known.',
  properties: {
    step: text('Its name in the journal.', ['main/1']),
    destinations,
    ms: ms('How long it rang, in milliseconds.'),
    outcome: text('What it came to.', ['answered', 'busy', 'noAnswer']),
    each: {
      type: 'array',
      items: { type: 'string' },
      description: 'Of a list that is rung one by one: the outcome of each.',
    },
    eachMs: { type: 'array', items: { type: 'integer' }, description: 'And how long each rang.' },
    cause: text("FreeSWITCH's cause.", ['USER_BUSY']),
    reason: text('Why a destination was not rung.'),
  },
  required: ['step', 'outcome'],
}

const last = {
  rang: { type: 'array', items: rung, description: 'What rang, in order.' },
  pickedUp: {
    type: 'boolean',
    description: 'The line was picked up, be it by a prompt: that nobody talked says `outcome`.',
  },
  ringMs: ms('How long it rang in all; absent where nothing did, or it is not known.'),
  waitMs: ms('How long the caller waited, to the conversation or to the end; absent where it is not known.'),
  talkMs: ms('How long they talked.'),
  outcome: { enum: [...ENDINGS], description: 'How the call ended, as in its record.' },
  cause: text("FreeSWITCH's cause.", ['NORMAL_CLEARING']),
}

/** What each kind says besides what all say. */
const details: Readonly<Record<(typeof EVENTS)[number], { properties: object; required: readonly string[] }>> = {
  started: { properties: {}, required: [] },
  ringing: {
    properties: { destinations, ringSeconds: { type: 'number', description: 'For how long at most.', examples: [20] } },
    required: ['destinations', 'ringSeconds'],
  },
  answered: { properties: { ringMs: last.ringMs, waitMs: last.waitMs }, required: [] },
  recorded: {
    properties: { file: text('Below the folder of recordings.', ['acme/2026-11-25/19-15-03.120-3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49.wav']), ms: ms('How long it is.') },
    required: ['file'],
  },
  message: {
    properties: { mailbox: text('Where it was left.', ['215']), ms: ms('How long it is.') },
    required: ['mailbox'],
  },
  missed: { properties: last, required: ['rang', 'pickedUp', 'outcome'] },
  ended: { properties: last, required: ['rang', 'pickedUp', 'outcome'] },
} // prettier-ignore

const common = {
  schema: { const: EVENT_SCHEMA, description: 'The address of this schema.' },
  version: { const: EVENT_VERSION, description: 'Of this form.' },
  id: text('The same whenever the same event is sent again; also the `Idempotency-Key`.', ['XK7cUOqRrCB8xTpZQ0kY1w']),
  event: { enum: [...EVENTS], description: 'What happened.' },
  at: moment('When it happened, in UTC; absent where nobody saw the end of the call.'),
  callid: text("FreeSWITCH's Unique-ID of the call.", ['3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49']),
  did: text('The dialled number, `+31502100000` where it is a valid one, else as delivered.', ['+31502100000']),
  callerid: text("The caller's number likewise; empty when it is withheld.", ['+31612345678']),
  callername: text("The caller's name as it stands; may be empty.", ['Jane Doe']),
  document: text('Whose plan it is.', ['acme']),
  plan: text('The plan that the number leads to.', ['main']),
  revision: text('Of the plan set.', ['5f0c3a9be214']),
  startedAt: moment('When the call came in, in UTC.'),
} // prettier-ignore

export const eventSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: EVENT_SCHEMA,
  title: 'belplan event',
  description: 'What happened to a call.',
  type: 'object',
  properties: common,
  required: Object.keys(common).filter((field) => field !== 'at'),
  oneOf: EVENTS.map((event) => ({
    title: event,
    properties: { event: { const: event }, ...details[event].properties },
    required: details[event].required,
  })),
}
