/** A trial's script: who calls whom and when, and what everybody else does. Its form is that of plan tests. */
import {
  closedObject,
  createAjv,
  type Fault,
  faultsOf,
  type JsonObject,
  type JsonSchema,
  MOST_FINDINGS,
} from '../json/index.ts'
import { momentAt, UTC } from '../plan/index.ts'
import {
  type Mailbox,
  MAILBOX_OUTCOMES,
  type Party,
  PARTY_OUTCOMES,
  type Queue,
  QUEUE_OUTCOMES,
} from '../simulator/index.ts'

/** Who calls whom. */
export interface ScriptedCall {
  /** The dialled number, as delivered. */
  readonly did: string
  /** The caller's number, as delivered. */
  readonly callerid: string
  /** The caller's display name. */
  readonly callername: string
  /** The caller asks for privacy. */
  readonly withheld: boolean
  /** The domain that the number is dialled in. */
  readonly domain: string
  /** When the call comes in, ISO 8601; without an offset by the clocks of the document that is called. Absent: now. */
  readonly at?: string
}

const STATUSES = ['ACK', 'NAK', 'ERR'] as const
type Status = (typeof STATUSES)[number]

/** What a customer's server answers: its fields, or a response in full. */
export interface ScriptedResponse {
  readonly status?: Status
  readonly destination?: string
  readonly destinations?: readonly string[]
  readonly callername?: string
  readonly variables?: Readonly<Record<string, string | number | boolean | null>>
  readonly http?: number
  readonly body?: string
  readonly contentType?: string
  /** How long the server takes [0]. */
  readonly afterSeconds?: number
}

/** A status alone is answered with nothing else. `down`: no connection. `ask`: the server is really asked. */
export type ScriptedWebhook = ScriptedResponse | Status | 'down' | 'ask'

export interface ScriptedDestination {
  /** [answered] */
  readonly outcome?: Party['outcome']
  /** From the begin of ringing to the answer or refusal. */
  readonly afterSeconds?: number
  readonly talkSeconds?: number
  /** Where the plan wants it, it presses 1 before the talk; a voicemail does not [true]. */
  readonly confirms?: boolean
}

export interface ScriptedQueue {
  /** [answered] */
  readonly outcome?: Queue['outcome']
  /** From the caller's coming to it. */
  readonly afterSeconds?: number
  readonly talkSeconds?: number
}

export interface ScriptedMailbox {
  /** [left] */
  readonly outcome?: Mailbox['outcome']
  /** How long the message is. */
  readonly messageSeconds?: number
}

/** What callers, callees and customers' servers do. */
export interface Given {
  /** One entry for each prompt, the terminator included; '' and the end of the list: nothing is keyed. */
  readonly digits: readonly string[]
  /** webhook → its answer, or one for each request, of which the last one is repeated. */
  readonly webhooks: Readonly<Record<string, ScriptedWebhook | readonly ScriptedWebhook[]>>
  /** destination → how it behaves; any other rings and is not answered. */
  readonly destinations: Readonly<Record<string, Party['outcome'] | ScriptedDestination>>
  /** queue → what becomes of the caller there; in any other they wait. */
  readonly queues: Readonly<Record<string, Queue['outcome'] | ScriptedQueue>>
  /** mailbox → what the caller leaves there; in any other a message. */
  readonly mailboxes: Readonly<Record<string, Mailbox['outcome'] | ScriptedMailbox>>
  /** Name of audio → how long it plays, or that it cannot be played. */
  readonly audioSeconds: Readonly<Record<string, number | 'unplayable'>>
  /** The caller hangs up so long after the call came in. */
  readonly hangsUpAfterSeconds?: number
}

export interface TrialScript {
  readonly call: ScriptedCall
  readonly given: Given
}

const NUMBER = { type: 'string', maxLength: 128 }
const SECONDS = { type: 'number', minimum: 0, maximum: 86_400 }
const TEXT = { type: 'string', maxLength: 2000 }
const MOST_ENTRIES = 1000
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?$/

const call = closedObject<ScriptedCall>({
  title: 'call',
  description: 'Who calls whom.',
  properties: {
    did: {
      ...NUMBER,
      minLength: 1,
      description: 'The dialled number, as a carrier delivers it.',
      examples: ['+31502100000'],
    },
    callerid: {
      ...NUMBER,
      default: '+31612345678',
      description: "The caller's number, as a carrier delivers it; empty or `anonymous` for none.",
    },
    callername: { type: 'string', maxLength: 256, default: '', description: "The caller's display name." },
    withheld: { type: 'boolean', default: false, description: 'The caller asks for privacy.' },
    domain: {
      type: 'string',
      minLength: 1,
      maxLength: 253,
      default: 'pbx.example',
      description: 'What FreeSWITCH says its domain is.',
    },
    at: {
      type: 'string',
      pattern: MOMENT.source,
      otherwise: () => 'must be a moment such as "2026-12-24T18:00" or "2026-12-24T18:00:00+01:00"',
      check: (at: string) =>
        MOMENT.test(at) && Number.isNaN(momentOf(at))
          ? 'is no moment: there is no such day or time'
          : undefined,
      description:
        "When the call comes in; without an offset by the clock in the document's `timezone`, else the operator's. Without the field it is now.",
      examples: ['2026-12-24T18:00'],
    },
  },
  required: ['did'],
})

const response = closedObject<ScriptedResponse>({
  title: 'response',
  description: "What the customer's server answers.",
  properties: {
    status: { enum: STATUSES, description: 'As the server returns it.' },
    destination: { ...TEXT, description: 'As the server returns it.' },
    destinations: {
      type: 'array',
      maxItems: MOST_ENTRIES,
      items: TEXT,
      description: 'As the server returns them: a list that rings.',
      examples: [['215', '216']],
    },
    callername: { ...TEXT, description: 'As the server returns it.' },
    variables: {
      type: 'object',
      maxProperties: MOST_ENTRIES,
      additionalProperties: { type: ['string', 'number', 'boolean', 'null'], maxLength: 2000 },
      description: 'As the server returns them: name → value.',
      examples: [{ tier: 'gold' }],
    },
    http: { type: 'integer', minimum: 200, maximum: 599, description: 'The HTTP status [200].' },
    body: { type: 'string', maxLength: 65_536, description: 'The whole body, in place of the fields.' },
    contentType: { type: 'string', maxLength: 200, description: 'Of `body` [a form].' },
    afterSeconds: { ...SECONDS, description: 'How long the server takes [0].' },
  },
  required: [],
})

const webhook: JsonSchema = {
  anyOf: [{ enum: [...STATUSES, 'down', 'ask'] }, response],
  otherwise: () =>
    'must be an answer such as "ACK" or {"status": "ACK"}, or "down"; "ask" really asks the server',
}

/** An outcome alone, or the whole of it. */
const outcomeOr = (outcomes: readonly string[], whole: JsonSchema, example: string): JsonSchema => ({
  anyOf: [{ enum: outcomes }, whole],
  otherwise: () => `must be one of ${outcomes.join(', ')}, or ${example}`,
})

const destination = outcomeOr(
  PARTY_OUTCOMES,
  closedObject<ScriptedDestination>({
    title: 'destination',
    properties: {
      outcome: { enum: PARTY_OUTCOMES, description: 'What becomes of it [answered].' },
      afterSeconds: { ...SECONDS, description: 'From the begin of ringing to the answer or refusal.' },
      talkSeconds: { ...SECONDS, description: 'How long they talk.' },
      confirms: {
        type: 'boolean',
        description: 'Whether it presses 1 where a bridge has `confirm`, as no voicemail does [true].',
      },
    },
    required: [],
  }),
  '{"outcome": "answered", "afterSeconds": 5}',
)

const queue = outcomeOr(
  QUEUE_OUTCOMES,
  closedObject<ScriptedQueue>({
    title: 'queue',
    properties: {
      outcome: { enum: QUEUE_OUTCOMES, description: 'What becomes of the caller there [answered].' },
      afterSeconds: { ...SECONDS, description: "From the caller's coming to it to that." },
      talkSeconds: { ...SECONDS, description: 'How long they talk.' },
    },
    required: [],
  }),
  '{"outcome": "answered", "afterSeconds": 40}',
)

const mailbox = outcomeOr(
  MAILBOX_OUTCOMES,
  closedObject<ScriptedMailbox>({
    title: 'mailbox',
    properties: {
      outcome: { enum: MAILBOX_OUTCOMES, description: 'What comes of it [left].' },
      messageSeconds: { ...SECONDS, description: 'How long the message is.' },
    },
    required: [],
  }),
  '{"messageSeconds": 20}',
)

const given = closedObject<Given>({
  title: 'given',
  description: "What the caller, the called parties and customers' servers do.",
  properties: {
    digits: {
      type: 'array',
      maxItems: MOST_ENTRIES,
      default: [],
      items: {
        type: 'string',
        pattern: '^[0-9*#]{0,128}$',
        otherwise: (keys: string) => `${keys} cannot be keyed; write digits, * and #`,
      },
      description: 'What the caller keys at each prompt, the terminator included; an empty text is nothing.',
      examples: [['1234#']],
    },
    webhooks: {
      type: 'object',
      maxProperties: MOST_ENTRIES,
      default: {},
      additionalProperties: {
        anyOf: [
          ...(webhook['anyOf'] as object[]),
          { type: 'array', minItems: 1, maxItems: MOST_ENTRIES, items: webhook },
        ],
        otherwise: webhook['otherwise'],
      },
      description: 'webhook → what its server answers: always, or a list with one answer for each request.',
      examples: [{ crm: { status: 'ACK', callername: 'Jane Doe' } }],
    },
    destinations: {
      type: 'object',
      maxProperties: MOST_ENTRIES,
      default: {},
      additionalProperties: destination,
      description: 'destination → what becomes of it; any other rings and is not answered.',
      examples: [{ '215': 'busy', '216': { outcome: 'answered', afterSeconds: 5 } }],
    },
    queues: {
      type: 'object',
      maxProperties: MOST_ENTRIES,
      default: {},
      additionalProperties: queue,
      description:
        'queue → what becomes of the caller there; in any other nobody answers, and the caller waits. `exitKey` keys it, `full` has as many callers as the operator allows, and `missing` is a queue that FreeSWITCH does not have.',
      examples: [{ sales: 'timeout' }],
    },
    mailboxes: {
      type: 'object',
      maxProperties: MOST_ENTRIES,
      default: {},
      additionalProperties: mailbox,
      description:
        'mailbox → what the caller leaves there: in any other a message. `none` says nothing, and `missing` is a mailbox that FreeSWITCH does not have.',
      examples: [{ '215': { messageSeconds: 20 } }],
    },
    audioSeconds: {
      type: 'object',
      maxProperties: MOST_ENTRIES,
      default: {},
      additionalProperties: {
        anyOf: [SECONDS, { const: 'unplayable' }],
        otherwise: () => 'must be seconds, or "unplayable"',
      },
      description:
        'name of audio → how long it plays [3 seconds], or `unplayable`, such as a file that is not there.',
    },
    hangsUpAfterSeconds: { ...SECONDS, description: 'The caller hangs up so long after the call came in.' },
  },
  default: {},
  required: [],
})

export const scriptProperties = { call, given }

/** Some server is really asked. */
export function asksSomebody({ webhooks }: Given): boolean {
  return Object.values(webhooks).flat().includes('ask')
}

/** Milliseconds since 1970; NaN for no moment. Without an offset it is by the clocks of `timeZone`. */
export function momentOf(at: string, timeZone = UTC): number {
  const hasOffset = /(Z|[+-]\d\d:\d\d)$/.test(at)
  const ms = Date.parse(hasOffset ? at : `${at}Z`)
  // Date.parse takes 31 February for 3 March.
  const day = at.slice(8, 10)
  const local = new Date(Date.parse(`${at.slice(0, 10)}T00:00Z`))
  if (Number.isNaN(ms) || local.getUTCDate() !== Number(day)) return NaN
  return hasOffset || timeZone === UTC ? ms : momentAt(at, timeZone)
}

const validateScript = createAjv({
  allErrors: true,
  strictRequired: false,
  allowUnionTypes: true,
}).compile<TrialScript>(closedObject<TrialScript>({ properties: scriptProperties, required: ['call'] }))

type CheckedScript =
  | { readonly script: TrialScript; readonly faults: readonly [] }
  | { readonly script?: undefined; readonly faults: readonly Fault[] }

/** Checks a script and fills in its defaults, in place. */
export function checkScript(value: JsonObject): CheckedScript {
  if (validateScript(value)) return { script: value, faults: [] }
  return { faults: [...faultsOf(validateScript.errors ?? [])].slice(0, MOST_FINDINGS) }
}
