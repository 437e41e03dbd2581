/** The JSON Schema of a plan document: the one source of defaults, of the plan reference and of `belplan schema`. */
import { ENVIRONMENT_VARIABLE, HOST_NAME, LONGEST_AUDIO, NAME } from '../syntax/index.ts'
import {
  LONGEST_SECRET,
  MOST_ADDRESSES,
  MOST_AUDIO,
  MOST_HEADERS,
  MOST_NUMBERS,
  MOST_PLANS,
  MOST_SCHEDULES,
  MOST_WEBHOOKS,
} from './caps.ts'
import { scheduleSchema, timezoneSchema } from './calendar/index.ts'
import { LONGEST_DISPLAY_NAME } from './clean.ts'
import { digitsInputSchema } from './digits-input.ts'
import type { EventName, EventsSpec } from './call-event.ts'
import { type PlanDocument, type PlanSpec, PRESENTATIONS, type WebhookSpec } from './document.ts'
import type { JsonSchema } from '../json/index.ts'
import {
  entryName,
  noName,
  notTexts,
  noVariable,
  objectSchema,
  stepList,
  textForPeople,
} from './schema-parts.ts'
import { definitions } from './steps/index.ts'
import { LONGEST_URL } from './url-template.ts'
import { MOST_VARIABLES, VARIABLE } from './variables.ts'

const secret = {
  type: 'string',
  maxLength: LONGEST_SECRET,
  pattern: `^env:${ENVIRONMENT_VARIABLE.source.slice(1)}`,
  // Who wrote the secret itself does not want to read it in a log.
  otherwise: () =>
    'a secret must not stand in a plan; set it in an environment variable, write "env:NAME" here, and have the operator grant NAME in webhooks.env',
}

/** name → something; names that begin with `x-` are ignored as everywhere. */
const named = (schema: JsonSchema, title: string, description: string, more: JsonSchema): JsonSchema => ({
  type: 'object',
  title,
  description,
  patternProperties: { '^x-': {}, [`^(?!x-)${NAME.source.slice(1)}`]: schema },
  additionalProperties: false,
  otherwise: noName,
  ...more,
})

const webhook = objectSchema<WebhookSpec>({
  title: 'webhook',
  description: 'A question to a server of yours.',
  properties: {
    description: { ...textForPeople('Description', 'Administrative only.'), default: '' },
    urlTemplate: {
      type: 'string', maxLength: LONGEST_URL, title: 'URL template',
      examples: ['https://crm.acme.example/name?caller={callerid}'],
      description: '`http` or `https` URL with `{code}`, `{did}`, `{callerid}`, `{callername}`, `{var.NAME}` after the host; values are percent-encoded.',
    },
    callerIdPresentation: {
      enum: PRESENTATIONS, title: 'Number shown', examples: ['called'],
      description: 'Which number the called party sees below this webhook. Default: the surrounding one; outermost `caller`.',
    },
    ivr: { $ref: '#/$defs/entry' },
    method: { enum: ['GET', 'POST'], default: 'GET', title: 'Method', examples: ['POST'], description: '`POST` sends the four values, `callid` and the variables, but for secret ones, as a form body.' },
    reply: {
      enum: ['required', 'ignored'], default: 'required', title: 'Reply', examples: ['ignored'],
      description: '`ignored`: any 2xx answer is an `ACK` without values.',
    },
    timeoutSeconds: { type: 'number', minimum: 0.2, maximum: 10, default: 3, title: 'Seconds for one question', examples: [2], description: 'For one question, retries and redirects included.' },
    headers: {
      type: 'object', default: {}, maxProperties: MOST_HEADERS, title: 'Headers', examples: [{ Authorization: 'env:ACME_CRM_TOKEN' }],
      description: 'Extra request headers. `env:NAME` takes the value from the environment, where the operator granted NAME.',
      propertyNames: {
        pattern: '^[A-Za-z0-9!#$%&\'*+.^_`|~-]{1,64}$',
        otherwise: (value: string) => `${value} is no header name; write letters, digits and dashes`,
      },
      additionalProperties: {
        type: 'string', maxLength: 4096, pattern: '^[\\t\\x20-\\x7e]*$',
        otherwise: (value: string) => `${value} holds a character that no header can carry; write printable ASCII`,
      },
    },
    retries: { type: 'integer', minimum: 0, maximum: 3, default: 0, title: 'Retries', examples: [1], description: 'Only when the request cannot have been processed or is safe to repeat.' },
    fallbackUrlTemplate: { type: 'string', maxLength: LONGEST_URL, title: 'Fallback URL template', examples: ['https://crm2.acme.example/name?caller={callerid}'], description: 'Asked once when the first URL gave no complete answer.' },
    cacheSeconds: { type: 'integer', minimum: 0, maximum: 86400, default: 0, title: 'Seconds in the cache', examples: [60], description: 'An `ACK` for the very same URL serves again for so long.' },
    staleIfErrorSeconds: { type: 'integer', minimum: 0, maximum: 604800, default: 0, title: 'Seconds of use after a failure', examples: [3600], description: 'An `ACK` for the very same URL serves for so long when the server does not.' },
    waitAudio: entryName('audio', 'Audio while waiting', 'please-wait', ': what an answered caller hears when the answer takes longer than 2 s. Default: the ringing tone'),
    signingSecret: {
      anyOf: [secret, { type: 'array', items: secret, minItems: 2, maxItems: 2 }],
      otherwise: notTexts,
      title: 'Signing secret', examples: ['env:ACME_SIGNING_SECRET'],
      description: '`env:NAME`, or a list of two while the secret is changed: requests are signed.',
    },
    secretVariables: {
      type: 'array', maxItems: MOST_VARIABLES, uniqueItems: true, title: 'Secret variables', examples: [['token']],
      items: { type: 'string', pattern: VARIABLE.source, otherwise: noVariable },
      description: 'Names of `variables` in its answers that are secret: in no log, no record and no checkpoint.',
    },
  },
  required: ['urlTemplate'],
}) // prettier-ignore

const noVersion = (value: string) =>
  Number(value) > 1
    ? `version ${value} is newer than this controller, which reads version 1`
    : `${value} is no version of this format; write 1`

const noDomain = (value: string) =>
  `${value} is no domain; write a host name such as "acme.example", no address, or leave it out for that of FreeSWITCH`

const plan = objectSchema<PlanSpec>({
  title: 'plan',
  description: 'What happens to a call on these numbers.',
  properties: {
    description: textForPeople('Description', 'For people.'),
    numbers: {
      type: 'array', default: [], maxItems: MOST_NUMBERS, title: 'Numbers', examples: [['+31502100000', '215']],
      items: { type: 'string', minLength: 1, maxLength: 64 },
      description: 'What leads here: `+31502100000`, an internal `215`, a prefix `+3150210*`, or `*` for everything else. Without numbers a plan is reached by `goto` only.',
    },
    missed: entryName('webhooks', 'Webhook of missed calls', 'mail', ': asked after a call that nobody talked on'),
    steps: stepList('Steps', 'What to do, in order.'),
  },
  required: ['steps'],
}) // prettier-ignore

const told = (title: string, when: string) => entryName('webhooks', title, 'crm', `: told ${when}`)

const events = objectSchema<EventsSpec>({
  title: 'Events',
  description:
    'event → the webhook that is told of it, for every call of this document: kept on disk, told at least once, in order.',
  properties: {
    started: told('Call started', 'as a call comes in and its plan begins'),
    ringing: told('Telephones ring', 'each time that destinations are rung'),
    answered: told('Call answered', 'when two parties begin to talk'),
    recorded: told('Conversation recorded', 'where the recording of a conversation is'),
    message: told('Message left', 'when a caller has left a message'),
    missed: told('Call missed', 'after a call that nobody talked on'),
    ended: told('Call ended', 'when a call is over'),
  } satisfies Record<EventName, object>,
  required: [],
})

/** With the sentences for what does not fit (`Otherwise`). */
export const annotatedPlanSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://belplan.example/plan.schema.json',
  title: 'belplan call plan',
  ...objectSchema<PlanDocument>({
    description: 'What one customer has: audio, webhooks and call plans.',
    properties: {
      $schema: {
        ...textForPeople('Schema', 'For editors: the address of this schema, or the way to its file.'),
        examples: ['http://127.0.0.1:8080/plans/schema', 'plan.schema.json'],
      },
      version: { const: 1, default: 1, otherwise: noVersion, title: 'Version', description: 'Of this format.' },
      description: textForPeople('Description', 'For people.'),
      domain: {
        type: 'string', maxLength: 253, pattern: HOST_NAME.source, otherwise: noDomain, title: 'Domain', examples: ['acme.example'],
        description: 'A host name: fills `{domain}` in routes; internal numbers belong to it. Default: what FreeSWITCH says.',
      },
      timezone: { ...timezoneSchema, description: "Where the customer's clocks are, by IANA's name: its schedules go by them. Default: the operator's." },
      audio: named({ type: 'string', maxLength: LONGEST_AUDIO, examples: ['acme/welcome.wav', 'silence_stream://2000'] }, 'Audio', 'name → FreeSWITCH audio: a path below the sounds folder, or `tone_stream://…`, `silence_stream://…`, `local_stream://…`.', { default: {}, maxProperties: MOST_AUDIO, examples: [{ welcome: 'acme/welcome.wav' }] }),
      webhooks: named({ $ref: '#/$defs/webhook' }, 'Webhooks', 'name → webhook.', { default: {}, maxProperties: MOST_WEBHOOKS, examples: [{ crm: { urlTemplate: 'https://crm.acme.example/name?caller={callerid}' } }] }),
      schedules: named({ $ref: '#/$defs/schedule' }, 'Schedules', 'name → opening hours, for `schedule` steps.', { maxProperties: MOST_SCHEDULES, examples: [{ office: { hours: [{ days: 'mon-fri', from: '09:00', to: '17:30' }] } }] }),
      addressBook: {
        type: 'object', title: 'Address book', maxProperties: MOST_ADDRESSES, examples: [{ '+31612345678': 'Jane Doe', '+3150210*': 'ACME' }],
        patternProperties: { '^x-': {} },
        additionalProperties: { type: 'string', minLength: 1, maxLength: LONGEST_DISPLAY_NAME, examples: ['Jane Doe'] },
        description: 'number or prefix → name of the caller, for `callername` with the mode `book`.',
      },
      events: { ...events, examples: [{ answered: 'crm', ended: 'crm' }] },
      plans: named({ $ref: '#/$defs/plan' }, 'Plans', 'name → plan; at least one.', { minProperties: 1, maxProperties: MOST_PLANS, examples: [{ main: { numbers: ['+31502100000'], steps: [{ type: 'bridge', destination: '215' }] } }] }),
    },
    required: ['plans'],
  }),
  $defs: {
    entry: digitsInputSchema,
    webhook,
    schedule: scheduleSchema,
    plan,
    step: {
      type: 'object', discriminator: { propertyName: 'type' }, required: ['type'], title: 'Step', description: 'What to do with the call.',
      oneOf: Object.values(definitions).map(({ schema, example }) => ({ ...schema, examples: [example] })),
      otherwise: (field: string) => `${field} is missing here; write what the step does, such as "bridge"`,
    },
  },
} // prettier-ignore

/** As it is published. */
export const planSchema = JSON.parse(JSON.stringify(annotatedPlanSchema)) as JsonSchema
