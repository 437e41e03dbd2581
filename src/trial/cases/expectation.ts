/** What a case expects of its call. What it does not name is not compared. */
import { closedObject, type JsonSchema } from '../../json/index.ts'
import { ENDINGS, type Ending } from '../../records/index.ts'

/** A trial sees every call to its end, and knows no limits of the operator's. */
const TRIAL_ENDINGS = ENDINGS.filter((ending) => ending !== 'lost' && ending !== 'limited')
type TrialEnding = Exclude<Ending, 'lost' | 'limited'>

/** Values of a webhook request; those that are not named are not compared. */
interface ExpectedValues {
  readonly code?: string
  readonly did?: string
  readonly callerid?: string
  readonly callername?: string
  /** With `{code}` unexpanded, as the journal has it. */
  readonly url?: string
}

export type ExpectedRequest = string | Readonly<Record<string, ExpectedValues>>

export interface Expectation {
  /** The plan that the number leads to. */
  readonly plan?: string
  /** Every request, in order, `missed` included. */
  readonly asks?: readonly ExpectedRequest[]
  /** Every bridge that rings somebody, in order: the destinations that ring at the same time, in any order. */
  readonly rings?: readonly (string | readonly string[])[]
  /** The queues that the caller comes to, in order. */
  readonly queues?: readonly string[]
  /** The mailboxes in which the caller leaves a message, in order. */
  readonly messages?: readonly string[]
  /** The destination that answers, or the queue in which an agent does. */
  readonly answeredBy?: string
  /** What every telephone that rings shows, or each of those named. */
  readonly shows?: string | Readonly<Record<string, string>>
  /** Names of the audio that the caller hears, in order; not ringing, nor tones of the operator's. */
  readonly hears?: readonly string[]
  readonly ends?: TrialEnding
  readonly cause?: string
  readonly sip?: number
  readonly transfersTo?: string
  /** Whether the conversation is recorded. */
  readonly records?: boolean
  /** At most, until two parties talk. */
  readonly longestSilenceSeconds?: number
  /** At most, until two parties talk or the call ends. */
  readonly waitSeconds?: number
}

const TEXT = { type: 'string', maxLength: 2000 }
const NUMBER = { type: 'string', maxLength: 128 }
const SECONDS = { type: 'number', minimum: 0, maximum: 86_400 }
const list = (items: JsonSchema) => ({ type: 'array', maxItems: 1000, items })

const values = closedObject<ExpectedValues>({
  properties: {
    code: { ...NUMBER, description: 'What the caller keyed.' },
    did: { ...NUMBER, description: 'The dialled number.' },
    callerid: { ...NUMBER, description: "The caller's number; empty when it is withheld." },
    callername: { ...TEXT, description: 'The name as it stands then.' },
    url: { ...TEXT, description: 'The URL, with `{code}` as it is written.' },
  },
  required: [],
})

export const expectSchema = closedObject<Expectation>({
  title: 'expect',
  description: 'What the call must come to; what is not named may be anything.',
  properties: {
    plan: { ...TEXT, description: 'The plan that the number leads to.', examples: ['main'] },
    asks: {
      ...list({
        anyOf: [TEXT, { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: values }],
        otherwise: () => 'must be the name of a webhook, or {"crm": {"callerid": "+31612345678"}}',
      }),
      description:
        'Every request to a server, in order, those of `notify` steps and `missed` included, with values where they matter.',
      examples: [['crm'], [{ crm: { callerid: '+31612345678' } }]],
    },
    rings: {
      ...list({
        anyOf: [NUMBER, list(NUMBER)],
        otherwise: () => 'must be a destination, or a list of those that ring at the same time',
      }),
      description: 'Who rings, in order; a list within the list rings at the same time.',
      examples: [['215', ['216', '217']]],
    },
    queues: {
      ...list(TEXT),
      description: 'The queues that the caller comes to, in order.',
      examples: [['sales']],
    },
    messages: {
      ...list(TEXT),
      description: 'The mailboxes in which the caller leaves a message, in order.',
      examples: [['215']],
    },
    answeredBy: {
      ...NUMBER,
      description: 'The destination that answers, or the queue in which an agent does.',
    },
    shows: {
      anyOf: [TEXT, { type: 'object', maxProperties: 1000, additionalProperties: TEXT }],
      otherwise: () => 'must be what every telephone shows, or {"215": "Jane Doe <+31612345678>"}',
      description:
        'What the telephones show: a number, `Name <number>` or `anonymous`; of all, or of each destination.',
      examples: ['Jane Doe <+31612345678>', { '215': 'anonymous' }],
    },
    hears: {
      ...list(TEXT),
      description: 'Names of the audio that the caller hears, in order.',
      examples: [['welcome']],
    },
    ends: { enum: TRIAL_ENDINGS, description: 'How the call ends.' },
    cause: { ...TEXT, description: "FreeSWITCH's cause.", examples: ['USER_BUSY'] },
    sip: { type: 'integer', minimum: 200, maximum: 699, description: 'The SIP status that the caller gets.' },
    transfersTo: { ...NUMBER, description: 'The extension that the call is transferred to.' },
    records: { type: 'boolean', description: 'Whether the conversation is recorded.' },
    longestSilenceSeconds: { ...SECONDS, description: 'The caller hears nothing for at most so long.' },
    waitSeconds: {
      ...SECONDS,
      description: 'It takes at most so long until two parties talk, or the call ends.',
    },
  },
  required: [],
  minProperties: 1,
})
