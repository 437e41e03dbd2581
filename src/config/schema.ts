/**
 * The keys of the configuration file: of each the type, the bounds, the default and, for some, a check. What each
 * means is in docs/configuration.md.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import { type Check, type JsonSchema, closedObject, type ObjectSchema } from '../json/index.ts'
import {
  type Cause,
  causes,
  isCountry,
  type MailboxEntry,
  type OwnerEntry,
  type QueueEntry,
  readNumberPattern,
  timeZoneFault,
  type TransferContext,
} from '../plan/index.ts'
import { patternFault, type RouteEntry } from '../routing/index.ts'
import {
  dialTemplateFault,
  DOCUMENTS,
  ENVIRONMENT_VARIABLE,
  HOST_NAME,
  LONGEST_CALL_SECONDS,
  NAME,
  recordingsFault,
  VOICEMAIL_PROFILE,
} from '../syntax/index.ts'
import { databaseUrlFault } from '../util/database-url.ts'
import { isNetwork } from '../util/networks.ts'
import { rights, type TokenEntry, tokenFault } from './tokens.ts'

/** A string that passes `check`. */
const checked = (check: Check, more: JsonSchema = {}): JsonSchema => ({ type: 'string', check, ...more })
const list = (items: JsonSchema, more: JsonSchema = { default: [] }): JsonSchema => ({
  type: 'array',
  items,
  ...more,
})
const nonEmpty = (value?: string): JsonSchema => ({
  type: 'string',
  minLength: 1,
  ...(value !== undefined && { default: value }),
})
const port = (value: number): JsonSchema => ({ type: 'integer', minimum: 0, maximum: 65535, default: value })
const whole = (minimum: number, maximum: number): JsonSchema => ({ type: 'integer', minimum, maximum })
const atLeast = (minimum: number, value: number): JsonSchema => ({ type: 'integer', minimum, default: value })

/** A part of the file that may be absent: all of it has defaults. */
const section = <T>(properties: ObjectSchema<T>['properties']): JsonSchema =>
  closedObject<T>({ properties, required: [], default: {} })

const host = nonEmpty('127.0.0.1')

const network = checked((text) =>
  isNetwork(text) ? undefined : 'must be an address or a network such as `127.0.0.0/8` or `::1`',
)

const pattern = checked(patternFault, { minLength: 1, maxLength: 500 })

const longestCall = { type: 'integer', minimum: 1, maximum: LONGEST_CALL_SECONDS }

interface EventSocket {
  readonly host: string
  readonly port: number
  readonly allow: readonly string[]
  readonly maxCalls: number
}

const esl = section<EventSocket>({
  host,
  port: port(8084),
  allow: list(network, { default: ['127.0.0.0/8', '::1'] }),
  maxCalls: atLeast(1, 5000),
})

/** Which documents something holds for. */
const documents = {
  pattern: DOCUMENTS.source,
  otherwise: () => 'must be a document such as `acme`, a folder such as `north/*`, or `*`',
}

interface Api {
  readonly host: string
  readonly port: number
  readonly token?: string
  /** name → what the token of that name may do. */
  readonly tokens?: Readonly<Record<string, TokenEntry>>
}

const token = checked(tokenFault)

const api = section<Api>({
  host,
  port: port(8080),
  token,
  tokens: {
    type: 'object',
    minProperties: 1,
    propertyNames: {
      pattern: NAME.source,
      otherwise: () => 'must be a name of up to 64 letters, digits, dots, dashes and underscores',
    },
    additionalProperties: closedObject<TokenEntry>({
      properties: {
        token,
        right: { enum: [...rights] },
        documents: list({ type: 'string', ...documents }, { minItems: 1 }),
      },
      required: ['token', 'right'],
    }),
  },
})

/** An inbound link. */
export interface FreeSwitchEntry {
  /** In records, metrics and log [host:port]. */
  readonly name?: string
  readonly host: string
  readonly port: number
  readonly password: string
}

/** FreeSWITCH's own, and the one that belplan 0.1.0 came with. */
const knownPasswords: ReadonlySet<string> = new Set(['ClueCon', 'change-me'])

const oneFreeSwitch = closedObject<FreeSwitchEntry>({
  properties: {
    name: {
      type: 'string',
      pattern: NAME.source,
      otherwise: () => 'must be a name of up to 64 letters, digits, dots, dashes and underscores',
    },
    host,
    port: port(8021),
    password: checked((text) => {
      // A newline in it would be a command of its own on the event socket.
      if (!/^[\x20-\x7e]+$/.test(text)) return 'must be printable ASCII'
      if (!knownPasswords.has(text)) return undefined
      return 'is known to everybody, and who logs in there is root on FreeSWITCH; set another one in its event_socket.conf.xml and here, such as `openssl rand -hex 32` makes'
    }),
  },
  required: ['password'],
})

/** One, or a list of them. */
const freeswitch = { ...oneFreeSwitch, type: ['object', 'array'], items: oneFreeSwitch }

/** The oldest files go first, and today's never does. */
interface Journal {
  readonly days?: number
  /** Of all files together. */
  readonly bytes?: number
  /** In the database that machines share. */
  readonly sharedDays?: number
}

const journal = closedObject<Journal>({
  properties: {
    days: whole(1, 36_500),
    bytes: whole(1024 * 1024, Number.MAX_SAFE_INTEGER),
    sharedDays: whole(1, 36_500),
  },
  required: [],
})

const route = closedObject<RouteEntry>({
  properties: {
    match: pattern,
    dial: checked(dialTemplateFault, { minLength: 1, maxLength: 1000 }),
    deny: nonEmpty(),
    maxSeconds: longestCall,
  },
  required: ['match'],
})

const transferContexts = list({
  ...closedObject<TransferContext>({
    properties: {
      context: { type: 'string', pattern: NAME.source },
      extensions: pattern,
      maxSeconds: longestCall,
    },
    required: ['context', 'extensions'],
  }),
  examples: [{ context: 'default', extensions: '8\\d{3}' }],
})

const queues = list({
  ...closedObject<QueueEntry>({
    properties: { queues: pattern, maxWaiting: whole(1, 1000) },
    required: ['queues'],
  }),
  examples: [{ queues: 'sales|support', maxWaiting: 20 }],
})

const mailboxes = list({
  ...closedObject<MailboxEntry>({
    properties: {
      mailboxes: pattern,
      profile: checked((text) =>
        VOICEMAIL_PROFILE.test(text)
          ? undefined
          : 'must be the name of a profile of mod_voicemail, such as `default`',
      ),
    },
    required: ['mailboxes'],
  }),
  examples: [{ mailboxes: '2\\d\\d' }],
})

const environmentName = { type: 'string', pattern: ENVIRONMENT_VARIABLE.source }

const owner = closedObject<OwnerEntry>({
  properties: {
    numbers: list(
      checked((text) =>
        readNumberPattern(text) === undefined
          ? 'must be a number such as `+31502100000`, a prefix such as `+3150210*`, or `*`'
          : undefined,
      ),
    ),
    domains: list(
      checked((text) =>
        text === '*' || HOST_NAME.test(text)
          ? undefined
          : 'must be a host name such as `acme.example`, or `*` for any',
      ),
    ),
    env: list(environmentName),
    transferContexts,
    queues,
    mailboxes,
    privateNetworks: list(network),
    destinations: list(pattern, {}),
  },
  required: [],
})

const owners = { type: 'object', propertyNames: documents, additionalProperties: owner }

/** Of a document and origin. */
interface Breaker {
  /** Share of failures, above 0 to 1, at which the circuit opens. */
  readonly failureRate: number
  /** Requests within the window below which it does not open. */
  readonly minimum: number
  readonly windowSeconds: number
  /** How long it stays open before one request is sent as a probe. */
  readonly openSeconds: number
}

interface Webhooks {
  /** Networks that are not public, which webhooks of every document may reach. */
  readonly allowPrivateNetworks: readonly string[]
  /** document → names of environment variables. */
  readonly env: Readonly<Record<string, readonly string[]>>
  /** Requests at one time, of a document and origin. */
  readonly maxConcurrent: number
  /** Requests that wait for one of those to end; another one fails at once. */
  readonly maxQueued: number
  /** Requests at one time, and connections, of a document over all origins. */
  readonly maxConcurrentPerDocument: number
  /** In all, idle ones included. */
  readonly maxConnections: number
  /** Of one document, redirects and retries included; 0: no limit. */
  readonly requestsPerSecond: number
  readonly breaker: Breaker
  readonly maxTimeoutSeconds: number
  /** URL of an HTTP proxy for all requests. It resolves the names: only literal addresses are checked here. */
  readonly proxy?: string
}

const webhooks = section<Webhooks>({
  allowPrivateNetworks: list(network),
  env: { type: 'object', additionalProperties: list(environmentName, {}), default: {} },
  maxConcurrent: atLeast(1, 64),
  maxQueued: atLeast(0, 64),
  maxConcurrentPerDocument: atLeast(1, 128),
  maxConnections: atLeast(1, 1024),
  requestsPerSecond: atLeast(0, 250),
  breaker: section<Breaker>({
    failureRate: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 0.5 },
    minimum: atLeast(1, 10),
    windowSeconds: { type: 'number', minimum: 1, maximum: 3600, default: 30 },
    openSeconds: { type: 'number', minimum: 1, maximum: 3600, default: 10 },
  }),
  // A plan may not ask for more than 10 anyway (plan format, section 3).
  maxTimeoutSeconds: { type: 'number', minimum: 0.2, maximum: 10, default: 10 },
  proxy: { type: 'string', pattern: '^https?://[^\\s/]+/?$' },
})

interface Traces {
  /** Of the collector, for OTLP/HTTP. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Share of calls. */
  readonly sample: number
}

const traces = closedObject<Traces>({
  properties: {
    url: checked((text) => {
      const url = URL.parse(text)
      if (!url || !/^https?:$/.test(url.protocol))
        return 'must be a URL such as `http://127.0.0.1:4318/v1/traces`'
      if (url.username !== '' || url.password !== '')
        return 'must not hold a user name or password; send an Authorization header instead'
      return undefined
    }),
    headers: {
      type: 'object',
      propertyNames: {
        pattern: '^[A-Za-z0-9-]{1,100}$',
        otherwise: () => 'must be the name of a header: letters, digits and dashes',
      },
      additionalProperties: checked((text) =>
        /^[\x20-\x7e]+$/.test(text) ? undefined : 'must be printable ASCII',
      ),
      default: {},
    },
    sample: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 0.1 },
  },
  required: ['url'],
})

/** 0: no limit. */
export interface Rates {
  readonly callsPerMinute: number
  /** At one time. */
  readonly calls: number
}

/** Rates are per document; `maxSeconds` is the longest conversation. */
interface Limits extends Rates {
  readonly perCaller: Rates
  readonly bridgesPerCall: number
  /** Of one document; 0: no limit. */
  readonly legsPerSecond: number
  readonly maxSeconds: number
}

const limits = section<Limits>({
  // No one document takes all of a controller, and a loop, which keeps its caller's number, soon ends.
  callsPerMinute: atLeast(0, 0),
  calls: atLeast(0, 1000),
  perCaller: section<Rates>({ callsPerMinute: atLeast(0, 120), calls: atLeast(0, 20) }),
  bridgesPerCall: atLeast(1, 20),
  legsPerSecond: atLeast(0, 50),
  maxSeconds: { ...longestCall, default: 14400 },
})

/** The file's content once it is checked and its defaults are in. */
export interface ConfigFile {
  readonly $schema?: string
  readonly plans: string
  readonly invalidDocuments: 'refuseSet' | 'keepPrevious'
  /** The tests beside documents must pass. */
  readonly requireTests: boolean
  readonly data: string
  /** URL of the PostgreSQL database that controllers of several machines share; absent: there is none. */
  readonly store?: string
  readonly defaultCountry?: CountryCode
  /** Of documents that name none; absent: UTC. */
  readonly timezone?: string
  readonly esl: EventSocket
  readonly api: Api
  readonly freeswitch?: FreeSwitchEntry | readonly FreeSwitchEntry[]
  readonly routes: readonly RouteEntry[]
  readonly transferContexts: readonly TransferContext[]
  /** The folder of all recordings, in FreeSWITCH's file system; absent: nothing is recorded. */
  readonly recordings?: string
  readonly queues?: readonly QueueEntry[]
  readonly mailboxes?: readonly MailboxEntry[]
  /** Whose documents may claim what; absent: any may claim anything. */
  readonly owners?: Readonly<Record<string, OwnerEntry>>
  /** How long records are kept; absent: for ever. */
  readonly journal?: Journal
  readonly noPlanCause: Cause
  readonly checkpointSecret?: string | readonly string[]
  readonly webhooks: Webhooks
  readonly limits: Limits
  /** Absent: there are none. */
  readonly traces?: Traces
  readonly log: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
}

export const configSchema = closedObject<ConfigFile>({
  properties: {
    $schema: { type: 'string' }, // for editors
    plans: nonEmpty('plans'),
    invalidDocuments: { enum: ['refuseSet', 'keepPrevious'], default: 'refuseSet' },
    requireTests: { type: 'boolean', default: false },
    data: nonEmpty('data'),
    store: checked(databaseUrlFault),
    defaultCountry: checked((text) =>
      isCountry(text) ? undefined : 'must be a country by its two ISO letters in capitals, such as `NL`',
    ),
    timezone: checked(timeZoneFault, { maxLength: 64 }),
    esl,
    api,
    freeswitch,
    routes: list(route),
    transferContexts,
    recordings: checked(recordingsFault),
    queues,
    mailboxes,
    owners,
    journal,
    noPlanCause: { enum: [...causes], default: 'UNALLOCATED_NUMBER' },
    // One, or two while it is changed.
    checkpointSecret: {
      type: ['string', 'array'],
      minLength: 16,
      minItems: 2,
      maxItems: 2,
      items: { type: 'string', minLength: 16 },
    },
    webhooks,
    limits,
    traces,
    log: { enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], default: 'info' },
  },
  required: [],
})
