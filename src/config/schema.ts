/** JSON Schema of the configuration file: the one source of its keys, bounds and defaults. */
import type { FormatDefinition, SchemaObject } from 'ajv'
import { isSupportedCountry } from 'libphonenumber-js/max'
import { patternFault } from '../routing/index.ts'
import { dialTemplateFault, ENVIRONMENT_VARIABLE, HOST_NAME, NAME } from '../syntax/index.ts'
import { causes, readNumberPattern } from '../plan/index.ts'
import { isNetwork } from '../util/networks.ts'

/** FreeSWITCH's own, and the one that belplan 0.1.0 came with. */
const knownPasswords: ReadonlySet<string> = new Set(['ClueCon', 'change-me'])

/** Formats, each with what is wrong with a value, or undefined. */
export const formats: Readonly<Record<string, (text: string) => string | undefined>> = {
  network: (text) =>
    isNetwork(text) ? undefined : 'must be an address or a network such as `127.0.0.0/8` or `::1`',
  country: (text) =>
    isSupportedCountry(text)
      ? undefined
      : 'must be a country by its two ISO letters in capitals, such as `NL`',
  pattern: patternFault,
  number: (text) =>
    readNumberPattern(text) === undefined
      ? 'must be a number such as `+31502100000`, a prefix such as `+3150210*`, or `*`'
      : undefined,
  domain: (text) =>
    text === '*' || HOST_NAME.test(text)
      ? undefined
      : 'must be a host name such as `acme.example`, or `*` for any',
  dial: dialTemplateFault,
  // Guesses at it are not slowed down for whoever guesses right: its length is what stands against them.
  token: (text) =>
    /^[\x21-\x7e]{16,}$/.test(text)
      ? undefined
      : 'must be at least 16 characters without blanks, such as `openssl rand -hex 32` makes',
  password: (text) => {
    // A newline in it would be a command of its own on the event socket.
    if (!/^[\x20-\x7e]+$/.test(text)) return 'must be printable ASCII'
    if (!knownPasswords.has(text)) return undefined
    return 'is known to everybody, and who logs in there is root on FreeSWITCH; set another one in its event_socket.conf.xml and here, such as `openssl rand -hex 32` makes'
  },
}

/** The same for ajv. */
export const ajvFormats: Record<string, FormatDefinition<string>> = Object.fromEntries(
  Object.entries(formats).map(([name, fault]) => [name, { validate: (text) => fault(text) === undefined }]),
)

const text = { type: 'string', minLength: 1 }
const secret = (format: 'token' | 'password') => ({ type: 'string', format })
const longSecret = { minLength: 16 }
const port = (value: number) => ({ type: 'integer', minimum: 0, maximum: 65535, default: value })
const atLeast = (minimum: number, value: number) => ({ type: 'integer', minimum, default: value })
const networks = (value: string[]) => ({
  type: 'array',
  items: { type: 'string', format: 'network' },
  default: value,
})

/** An object whose keys are all known. With a default it is filled in where it is absent. */
const section = (
  properties: Record<string, SchemaObject>,
  more: SchemaObject = { default: {} },
): SchemaObject => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
})

const rates = (callsPerMinute: number, calls: number) => ({
  callsPerMinute: atLeast(0, callsPerMinute),
  calls: atLeast(0, calls),
})

const name = { type: 'string', pattern: NAME.source }
const pattern = { type: 'string', minLength: 1, maxLength: 500, format: 'pattern' }

/** FreeSWITCH is told of the end, a week ahead at most (esl/dial-string.ts). */
const longest = { type: 'integer', minimum: 1, maximum: 604_800 }

const transferContexts = {
  type: 'array',
  items: section(
    { context: name, extensions: pattern, maxSeconds: longest },
    { required: ['context', 'extensions'], examples: [{ context: 'default', extensions: '8\\d{3}' }] },
  ),
  default: [],
}

const environment = { type: 'array', items: { type: 'string', pattern: ENVIRONMENT_VARIABLE.source } }

const owner = section(
  {
    numbers: { type: 'array', items: { type: 'string', format: 'number' }, default: [] },
    domains: { type: 'array', items: { type: 'string', format: 'domain' }, default: [] },
    env: { ...environment, default: [] },
    transferContexts,
    privateNetworks: networks([]),
    destinations: { type: 'array', items: pattern },
  },
  {},
)

/** Without the anchors. */
const part = NAME.source.slice(1, -1)

const owners = {
  type: 'object',
  // A document by its name, a folder with all below it, or all the rest.
  propertyNames: {
    pattern: `^(\\*|${part}(/${part})*(/\\*)?)$`,
  },
  additionalProperties: owner,
}

const route = section(
  {
    match: pattern,
    dial: { type: 'string', minLength: 1, maxLength: 1000, format: 'dial' },
    deny: text,
    maxSeconds: longest,
  },
  { required: ['match'] },
)

const breaker = section({
  failureRate: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 0.5 },
  minimum: atLeast(1, 10),
  windowSeconds: { type: 'number', minimum: 1, maximum: 3600, default: 30 },
  openSeconds: { type: 'number', minimum: 1, maximum: 3600, default: 10 },
})

const webhooks = section({
  allowPrivateNetworks: networks([]),
  env: {
    type: 'object',
    additionalProperties: environment,
    default: {},
  },
  maxConcurrent: atLeast(1, 64),
  maxQueued: atLeast(0, 64),
  maxConcurrentPerDocument: atLeast(1, 128),
  maxConnections: atLeast(1, 1024),
  requestsPerSecond: atLeast(0, 250),
  breaker,
  // A plan may not ask for more than 10 anyway (plan format, section 3).
  maxTimeoutSeconds: { type: 'number', minimum: 0.2, maximum: 10, default: 10 },
  proxy: { type: 'string', pattern: '^https?://[^\\s/]+/?$' },
})

export const configSchema: SchemaObject = section(
  {
    $schema: { type: 'string' },
    plans: { ...text, default: 'plans' },
    invalidDocuments: { enum: ['refuseSet', 'keepPrevious'], default: 'refuseSet' },
    data: { ...text, default: 'data' },
    defaultCountry: { type: 'string', format: 'country' },
    esl: section({
      host: { ...text, default: '127.0.0.1' },
      port: port(8084),
      allow: networks(['127.0.0.0/8', '::1']),
      maxCalls: atLeast(1, 5000),
    }),
    api: section({ host: { ...text, default: '127.0.0.1' }, port: port(8080), token: secret('token') }),
    freeswitch: section(
      { host: { ...text, default: '127.0.0.1' }, port: port(8021), password: secret('password') },
      { required: ['password'] },
    ),
    routes: { type: 'array', items: route, default: [] },
    transferContexts,
    owners,
    // One, or two while it is changed.
    checkpointSecret: {
      type: ['string', 'array'],
      ...longSecret,
      minItems: 2,
      maxItems: 2,
      items: { type: 'string', ...longSecret },
    },
    noPlanCause: { enum: [...causes], default: 'UNALLOCATED_NUMBER' },
    webhooks,
    limits: section({
      // No one document takes all of a controller, and a loop, which keeps its caller's number, soon ends.
      ...rates(0, 1000),
      perCaller: section(rates(120, 20)),
      bridgesPerCall: atLeast(1, 20),
      legsPerSecond: atLeast(0, 50),
      maxSeconds: { ...longest, default: 14400 },
    }),
    log: { enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], default: 'info' },
  },
  { type: 'object' },
)
