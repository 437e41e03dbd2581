/**
 * Calls at random: a document with every kind of step, and a script of what its caller, its called parties and its
 * servers do. What they do is chosen so that it can be played on a running controller, too: there a server that is
 * late takes real time, and a call goes at its own speed.
 */
import fc from 'fast-check'
import { causes } from '../../src/plan/index.ts'
import { type Party, PARTY_OUTCOMES } from '../../src/simulator/index.ts'
import {
  type ScriptedCall,
  type Given,
  type ScriptedDestination,
  type ScriptedResponse,
  type ScriptedWebhook,
} from '../../src/trial/script.ts'
import { hostileText } from '../fuzz/arbitraries.ts'

/** A server at one URL: what it does with each request, the last one again and again. */
export type Server = readonly (ScriptedResponse | 'closes')[]

export interface Case {
  /** Its numbers and URLs are those of `PLACE`. */
  readonly document: Document
  readonly call: ScriptedCall
  readonly given: Given
  /** Path of a URL → its server. */
  readonly servers: Readonly<Record<string, Server>>
}

interface Document {
  readonly plans: Readonly<Record<string, object>>
  readonly webhooks: Readonly<Record<string, object>>
}

/** Where a case is played. */
export interface Place {
  /** The first 8 of the 9 digits of its number. */
  readonly digits: string
  /** Servers that answer, servers that close the first connection of each request, and where nobody listens. */
  readonly answering: string
  readonly closing: string
  readonly down: string
}

export const PLACE: Place = {
  ...{ digits: 'DDDDDDDD', answering: 'http://answering.test', closing: 'http://closing.test' },
  down: 'http://down.test',
}

/** The same case at another place. */
export function placed(played: Case, place: Place): Case {
  const text = (Object.keys(PLACE) as (keyof Place)[]).reduce(
    (json, key) => json.replaceAll(PLACE[key], place[key]),
    JSON.stringify(played),
  )
  return JSON.parse(text) as Case
}

/** Endpoint → the spellings that lead there by the routes of `OPERATOR`; the others are not rung. */
export const ENDPOINTS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(['215', '216', '217', '218'].map((number) => [number, [number]])),
  '0502102544': ['+31502102544', '0502102544'],
  '0612345670': ['+31612345670'],
}
const RUNG = Object.values(ENDPOINTS).flat()
const NOT_RUNG = ['0900123', '+31900123', '555', '+4930123456', '*21#']

/** The operator's configuration for all cases. `env`: names that every document is granted is the test's affair. */
export const OPERATOR = {
  defaultCountry: 'NL',
  routes: [
    { match: '^0900|^\\+31900', deny: 'premium numbers' },
    { match: '^21[56]$', dial: 'user/{destination}@{domain}' },
    { match: '^21\\d$', dial: 'sofia/internal/{destination}@phones.example', maxSeconds: 5 },
    { match: '^\\+31(\\d{9})$', dial: 'sofia/gateway/carrier/0{1}', maxSeconds: 600 },
  ],
  transferContexts: [
    { context: 'default', extensions: '8\\d{3}|0900\\d*' },
    { context: 'internal', extensions: '[a-z0-9-]+', maxSeconds: 30 },
  ],
  recordings: '/var/recordings',
  queues: [{ queues: 'narrow', maxWaiting: 3 }, { queues: 'sales|support' }],
  mailboxes: [{ mailboxes: '2\\d\\d' }],
  // Circuits open by the time that passes between calls of a server, which is not the same in both worlds.
  webhooks: {
    allowPrivateNetworks: ['127.0.0.0/8'],
    breaker: { minimum: 1000 },
  },
  limits: { calls: 0, legsPerSecond: 0, perCaller: { callsPerMinute: 0, calls: 0 } },
}

/** Its environment. */
export const ENVIRONMENT = { ACME_KEY: 'the key of acme' }

const AUDIO = {
  hello: 'acme/hello.wav',
  sorry: 'acme/sorry.wav',
  tone: 'tone_stream://%(1000,4000,425);loops=3',
  quiet: 'silence_stream://1500',
  gone: 'acme/gone.wav',
}
const ENDLESS = { music: 'local_stream://moh', hum: 'tone_stream://%(1000,0,425);loops=-1' }

/** Longer than any server may take. */
const LATE_SECONDS = 60
/** An answered caller hears `waitAudio`. */
const LONG_SECONDS = 2.2
/** Of a server that may be late: a busy machine has to answer within it. */
const SHORT_TIMEOUT_SECONDS = 1

/** What kind of case it is, by what can be played in both worlds. */
interface Kind {
  /** The caller hangs up at a time. */
  readonly hangsUp: boolean
  /** Plans lead to one another in circles: no server is late then, or the call would take minutes. */
  readonly loops: boolean
  /** Audio without end is played, until the caller hangs up. */
  readonly endless: boolean
  /** An answer takes longer than callers hear nothing. */
  readonly waits: boolean
}

/** So many times there for each time absent. */
const optional = <T>(arbitrary: fc.Arbitrary<T>, weight = 1) =>
  fc.option(arbitrary, { nil: undefined, freq: weight + 1 })

/** Once for three times absent. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary, weight: 1 })

/** Without the fields that are undefined, as JSON has it. */
function filled(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  return fc
    .record(fields)
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)))
}

const texts = fc.oneof(
  fc.constantFrom('VIP ', 'Jane Doe', 'Müller & Söhne', '日本', `O'Brien, "Bob" <x>`, '100% a@b/c:d', '\\'),
  hostileText.map((text) => Array.from(text.toWellFormed()).slice(0, 40).join('')),
)
const shortTexts = texts.filter((text) => text.length > 0)

const destinations = fc.oneof(
  { arbitrary: fc.constantFrom(...RUNG), weight: 8 },
  { arbitrary: fc.constantFrom(...NOT_RUNG), weight: 1 },
)
/** As a server may write it. */
const returned = fc.oneof(
  { arbitrary: destinations, weight: 4 },
  {
    arbitrary: fc.constantFrom('050 - 210 2544', '+31 (50) 210.25.44', '', 'sales', '215,216', '${x}'),
    weight: 1,
  },
)

interface Context {
  readonly kind: Kind
  readonly audio: readonly string[]
  readonly webhooks: readonly string[]
  /** Plans that a step may lead to. */
  readonly plans: readonly string[]
  readonly belowWebhook: boolean
  readonly belowCode: boolean
  readonly depth: number
  /** Steps that were made already: each is a large arbitrary, and stands in many places. */
  readonly known: Map<string, fc.Arbitrary<object>>
}

const OUTCOME_BRANCHES = ['busy', 'rejected', 'noAnswer', 'unavailable', 'failed'] as const
const CHOICES = ['1', '12', '123', '2', '21', '*', '#', '0#', '9'] as const

const ADDRESS_BOOK = { '0612345678': 'Jane of the book', '+49*': 'Büro', '215': 'Desk', '+493*': 'Berlin' }

/** What a switch looks at → what its cases may fit, which are all different. */
const MATCHES: Readonly<Record<string, readonly string[]>> = {
  callerid: ['0612345678', '+31612345679', '+316*', '215', '+49*', '2*', 'withheld'],
  did: [`+31${PLACE.digits}0`, '+3150*', '+31502109999', '1'],
  callername: ['Jane*', 'jane doe', '日本', 'vip *', 'Kept'],
  country: ['NL', 'DE', 'BE'],
  code: ['1', '12*', '1234', '#', '9*'],
  tier: ['gold', 'gol*', '7', 'true', '日本 & co'],
  pin: ['4711', '1*'],
}

const messages = ({ audio }: Context) => ({
  startMessage: fc.constantFrom(...audio),
  errorMessage: optional(fc.constantFrom(...audio), 2),
  timeoutMessage: optional(fc.constantFrom(...audio), 2),
  timeoutSeconds: optional(fc.integer({ min: 1, max: 60 })),
  interDigitSeconds: optional(fc.integer({ min: 1, max: 10 })),
  attempts: optional(fc.integer({ min: 1, max: 4 }), 2),
})

const codes = (context: Context) => ({
  ...messages(context),
  minDigits: optional(fc.integer({ min: 1, max: 4 })),
  maxDigits: optional(fc.integer({ min: 4, max: 8 })),
  terminator: optional(fc.constantFrom('#', '*', 'none')),
})

function steps(context: Context, most = 3): fc.Arbitrary<object[]> {
  return fc.array(step(context), { maxLength: context.depth > 0 ? most : 1 })
}

const base = { id: optional(fc.constant('id')), note: optional(fc.constant('for people')) }

/** A step may have branches while `depth` is left. */
function step(context: Context): fc.Arbitrary<object> {
  const { known, depth, belowWebhook, belowCode, plans } = context
  const key = [depth, belowWebhook, belowCode, ...plans].join(' ')
  const made = known.get(key) ?? newStep(context)
  known.set(key, made)
  return made
}

function newStep(context: Context): fc.Arbitrary<object> {
  const below: Context = { ...context, depth: context.depth - 1 }
  const of = (type: string, fields: Record<string, fc.Arbitrary<unknown>>) =>
    filled({ type: fc.constant(type), ...base, ...fields })
  const flat = [
    { arbitrary: of('bridge', { ...ringsOf(context), destination: destinationsOf(1) }), weight: 3 },
    { arbitrary: of('callername', named), weight: 2 },
    { arbitrary: of('callername', { mode: fc.constant('book') }), weight: 1 },
    { arbitrary: of('callerid', { presentation: fc.constantFrom('caller', 'called', 'suppressed') }), weight: 1 },
    { arbitrary: of('play', { audio: fc.constantFrom(...context.audio), answer: optional(fc.boolean(), 2) }), weight: 2 },
    { arbitrary: of('transfer', transfers), weight: 1 },
    // One who goes while FreeSWITCH alone has the call, or talks then, has a record by the inbound link only.
    ...(context.kind.hangsUp ? [] : [{ arbitrary: of('queue', queued), weight: 2 }, { arbitrary: of('voicemail', leaving), weight: 1 }]),
    { arbitrary: of('notify', { webhook: fc.constant('screen') }), weight: 1 },
    { arbitrary: of('record', { announce: optional(fc.constantFrom(...context.audio)) }), weight: 1 },
    { arbitrary: of('record', { stop: fc.constant(true) }), weight: 1 },
    { arbitrary: of('hangup', { cause: optional(fc.constantFrom(...causes), 2) }), weight: 1 },
    ...(context.plans.length > 0 ? [{ arbitrary: of('goto', { plan: fc.constantFrom(...context.plans) }), weight: 2 }] : []),
    // Plans that lead to one another must not call one another.
    ...(context.plans.length > 0 && !context.kind.loops ? [{ arbitrary: of('call', { plan: fc.constantFrom(...context.plans) }), weight: 2 }] : []),
    ...(context.belowWebhook ? [
      { arbitrary: of('callername', { mode: fc.constant('webhook') }), weight: 4 },
      { arbitrary: of('bridge', { ...ringsOf(context), from: fc.constant('webhook') }), weight: 4 },
    ] : []),
  ] // prettier-ignore
  if (context.depth === 0) return fc.oneof(...flat)
  const webhook = of('webhook', {
    // Often the same one: what is kept of its answers is asked for again.
    webhook: fc.constantFrom('crm', 'crm', ...context.webhooks),
    success: optional(steps({ ...below, belowWebhook: true }), 5),
    failure: optional(steps(below), 5),
  })
  const on = filled(
    Object.fromEntries(OUTCOME_BRANCHES.map((outcome) => [outcome, optional(steps(below, 2))])),
  )
  const menu = fc.constantFrom('#', '*', 'none', undefined).chain((terminator) => {
    const choices = CHOICES.filter((choice) => terminator === undefined || !choice.includes(terminator))
    return of('ivr', {
      ...messages(context),
      terminator: fc.constant(terminator),
      choices: filled(
        Object.fromEntries(choices.map((choice) => [choice, optional(steps(below, 1), 2)])),
      ).filter((some) => Object.keys(some).length > 0),
      failure: optional(steps(below, 2), 3),
    })
  })
  const schedule = of('schedule', {
    ...hours,
    open: optional(steps(below, 2), 3),
    closed: optional(steps(below, 2), 3),
  })
  const code = of('ivr', {
    ...codes(context),
    success: steps({ ...below, belowCode: true }),
    failure: optional(steps(below, 2), 3),
  })
  const subjects = Object.entries(MATCHES).filter(([on]) => on !== 'code' || context.belowCode)
  const switches = fc.constantFrom(...subjects).chain(([on, entries]) =>
    of('switch', {
      on: fc.constant(on === 'tier' || on === 'pin' ? { variable: on } : on),
      cases: fc
        .uniqueArray(fc.constantFrom(...entries), { minLength: 1, maxLength: 4 })
        .chain((chosen) =>
          fc.tuple(
            ...chosen.map((match) =>
              filled({ match: fc.constantFrom(match, [match]), steps: steps(below, 2) }),
            ),
          ),
        ),
      default: optional(steps(below, 2), 3),
    }),
  )
  return fc.oneof(
    ...flat,
    { arbitrary: schedule, weight: 1 },
    { arbitrary: webhook, weight: 6 },
    { arbitrary: switches, weight: 2 },
    { arbitrary: of('bridge', { ...ringsOf(context), destination: destinationsOf(4), on }), weight: 4 },
    {
      arbitrary: of('bridge', {
        ...{ ...ringsOf(context), on, destination: timedDestinations },
        strategy: fc.constantFrom(undefined, 'simultaneous'),
      }),
      weight: 2,
    },
    { arbitrary: menu, weight: 4 },
    { arbitrary: code, weight: 2 },
  )
}

/** What is open at any time or at none: the two worlds do not come to a step at the same moment. */
const hours = {
  hours: fc.constantFrom(
    [],
    [{ days: 'mon-sun', from: '00:00', to: '24:00' }],
    [{ days: ['sat-tue', 'wed-fri'], from: '12:00', to: '00:00' }, { days: 'mon-sun', from: '00:00', to: '12:00' }],
    [{ days: 'fri-thu', from: '18:00', to: '06:00' }, { days: 'mon-sun', from: '06:00', to: '18:00' }],
  ),
  closedOn: optional(fc.constantFrom([], ['2020-02-29', '1999-12-31'])),
  timezone: optional(fc.constantFrom('Europe/Amsterdam', 'America/St_Johns', 'Pacific/Apia')),
} // prettier-ignore

const ringsOf = ({ audio }: Context) => ({
  ringSeconds: optional(fc.integer({ min: 1, max: 300 }), 2),
  strategy: optional(fc.constantFrom('simultaneous', 'sequential', 'roundRobin', 'random'), 2),
  record: seldom(fc.constant(true)),
  ringback: seldom(fc.constantFrom(...audio)),
  announce: seldom(fc.constantFrom(...audio)),
  confirm: seldom(fc.boolean()),
  callerName: seldom(fc.oneof(shortTexts, fc.constantFrom('{var.tier} ', '{var.other}'))),
})
const destinationsOf = (most: number) =>
  fc.oneof(destinations, fc.uniqueArray(destinations, { minLength: 1, maxLength: most }))
/** In which some ring later, or for a time of their own. */
const timedDestinations = fc.uniqueArray(destinations, { minLength: 2, maxLength: 4 }).chain((list) =>
  fc.tuple(
    ...list.map((to) =>
      fc.oneof(
        fc.constant(to),
        filled({
          to: fc.constant(to),
          delaySeconds: optional(fc.integer({ min: 0, max: 40 }), 2),
          ringSeconds: optional(fc.integer({ min: 1, max: 60 })),
        }),
      ),
    ),
  ),
)
const named = {
  mode: fc.constantFrom('prepend', 'replace'),
  text: fc.oneof(shortTexts, fc.constantFrom('{var.tier} ', '{var.other}')),
}
const leaving = {
  mailbox: fc.constantFrom('215', '299'),
  greeting: optional(fc.constantFrom('hello', 'gone')),
  maxSeconds: optional(fc.integer({ min: 3, max: 100 })),
}
const queued = {
  queue: fc.constantFrom('sales', 'support', 'narrow'),
  maxWaitSeconds: fc.integer({ min: 1, max: 300 }),
  exitKey: fc.constantFrom('1', '#', '*'),
}
const transfers = {
  // Allowed where it is granted and not denied.
  destination: fc.constantFrom('8000', '8123', '0900123'),
  context: optional(fc.constantFrom('default', 'internal')),
}

const TOO_LARGE = `status=ACK&x=${'é'.repeat(40_000)}`
const variables = filled({
  tier: optional(fc.constantFrom('gold', 'silver', '', 7, true, null, '日本 & co'), 4),
  pin: optional(fc.constantFrom('4711', '1')),
  ...{ Bad: optional(fc.constant('x')), long: optional(fc.constantFrom('y'.repeat(256), 'z'.repeat(257))) },
  other: optional(hostileText),
})

/** A server's answer that comes at once. */
const answers: fc.Arbitrary<ScriptedResponse> = fc.oneof(
  {
    arbitrary: filled({
      status: fc.constantFrom('ACK', 'ACK', 'ACK', 'NAK', 'ERR'),
      destination: optional(returned, 3),
      callername: optional(texts, 2),
      variables: optional(variables),
      destinations: seldom(fc.array(returned, { maxLength: 4 })),
    }),
    weight: 10,
  },
  {
    arbitrary: filled({
      status: optional(fc.constantFrom('ACK', 'NAK', 'ERR'), 4),
      http: fc.constantFrom(200, 201, 204, 299, 302, 304, 400, 404, 410, 500, 500, 503),
      callername: optional(texts),
    }),
    weight: 4,
  },
  {
    arbitrary: filled({
      body: fc.oneof(
        fc.constantFrom('status=ACK&destination=+31502102544', 'status=ack&callername=J%C3%BCrgen+%26+co', ' status=NAK\n', '', 'what?', '{"status":"ACK","destination":215}', '{"status":', '[]', TOO_LARGE, TOO_LARGE, TOO_LARGE),
        hostileText,
      ),
      contentType: optional(fc.constantFrom('application/json', 'Application/Vnd.acme+JSON ; charset=utf-8', 'text/plain', 'text/html; charset=latin1'), 2),
      http: optional(fc.constantFrom(200, 404, 502)),
    }),
    weight: 3,
  },
) // prettier-ignore

/** No complete answer: another URL is asked. */
const isIncomplete = ({ afterSeconds, body = '', http = 200 }: ScriptedResponse) =>
  afterSeconds === LATE_SECONDS || (Buffer.byteLength(body) > 64 * 1024 && ![204, 304].includes(http))

interface Webhook {
  readonly spec: Record<string, unknown>
  readonly script: ScriptedWebhook | readonly ScriptedWebhook[]
  readonly servers: Readonly<Record<string, Server>>
}

/** As many requests of a webhook as a call may make. */
const MOST_REQUESTS = 110

function webhook(name: string, context: Context): fc.Arbitrary<Webhook> {
  const { kind } = context
  const late = (seconds: number) => answers.map((answer) => ({ ...answer, afterSeconds: seconds }))
  const answer = fc.oneof(
    { arbitrary: answers, weight: 9 },
    { arbitrary: late(LATE_SECONDS), weight: kind.loops || kind.waits ? 0 : 1 },
    { arbitrary: late(LONG_SECONDS), weight: kind.waits ? 3 : 0 },
  )
  // A caller who hangs up between two requests to one server would need to see the server.
  const again = !kind.hangsUp
  return fc
    .record({
      first: fc.oneof(
        { arbitrary: fc.array(answer, { minLength: 1, maxLength: 3 }), weight: 8 },
        // What was answered once serves again.
        {
          arbitrary: answer.map((next): ScriptedResponse[] => [
            { status: 'ACK', callername: 'Kept' },
            { ...next, http: 500 },
          ]),
          weight: 2,
        },
        { arbitrary: fc.constant('down' as const), weight: 1 },
        { arbitrary: fc.record({ closes: answers }), weight: again ? 1 : 0 },
      ),
      fallback: again ? optional(fc.oneof(answer, fc.constant('down' as const))) : fc.constant(undefined),
      retries: again ? optional(fc.integer({ min: 0, max: 2 })) : fc.constant(undefined),
      spec: filled({
        description: optional(fc.constant('The CRM')),
        callerIdPresentation: optional(fc.constantFrom('caller', 'called', 'suppressed'), 2),
        method: optional(fc.constantFrom('GET', 'POST'), 2),
        reply: fc.constantFrom(undefined, undefined, undefined, 'required', 'ignored'),
        waitAudio: optional(fc.constantFrom(...context.audio)),
        headers: optional(fc.constant({ 'x-api-key': 'env:ACME_KEY', 'Accept-Language': 'nl' })),
        secretVariables: optional(fc.constant(['pin'])),
        signingSecret: optional(fc.constantFrom('env:ACME_KEY', ['env:ACME_KEY', 'env:ACME_KEY'])),
      }),
      // Long enough for either world, or not at all.
      kept: optional(
        fc.constantFrom<object[]>(
          { cacheSeconds: 86_400 },
          { staleIfErrorSeconds: 86_400 },
          { staleIfErrorSeconds: 604_800 },
          { cacheSeconds: 86_400, staleIfErrorSeconds: 60 },
        ),
        2,
      ),
      ivr: seldom(filled(codes(context))),
      path: fc.constantFrom('', '/{did}', '/{callerid}/x'),
    })
    .map(({ first, fallback, retries, spec, kept, ivr, path }) => {
      const closes = !Array.isArray(first) && first !== 'down'
      const tries = 1 + (closes ? Math.max(1, retries ?? 0) : (retries ?? 0))
      const responses = Array.isArray(first) ? first : closes ? [first.closes] : []
      const isLate = [...responses, fallback].some(
        (one) => typeof one === 'object' && one.afterSeconds === LATE_SECONDS,
      )
      const isLong = [...responses, fallback].some(
        (one) => typeof one === 'object' && one.afterSeconds === LONG_SECONDS,
      )
      const host = first === 'down' ? PLACE.down : closes ? PLACE.closing : PLACE.answering
      const query = `?c={code}&d={did}&f={callerid}&n={callername}&v={var.tier}&p={var.pin}`
      const own = {
        ...spec,
        urlTemplate: `${host}/${PLACE.digits}/${name}${path}${query}`,
        ...(isLate ? { timeoutSeconds: SHORT_TIMEOUT_SECONDS } : isLong ? { timeoutSeconds: 10 } : {}),
        ...(tries > 1 && { retries: tries - 1 }),
        ...(closes && { method: 'GET' }),
        ...(fallback !== undefined && {
          fallbackUrlTemplate: `${fallback === 'down' ? PLACE.down : PLACE.answering}/${PLACE.digits}/${name}-2${query}`,
        }),
        ...(ivr ? { ivr } : kept),
      }
      const script: ScriptedWebhook[] = []
      for (let asked = 0; script.length < MOST_REQUESTS; asked++) {
        const answered = responses[Math.min(asked, responses.length - 1)]
        if (answered === undefined) script.push(...Array.from({ length: tries }, () => 'down' as const))
        else script.push(...(closes ? (['down', answered] as const) : [answered]))
        if (fallback !== undefined && (answered === undefined || isIncomplete(answered)))
          script.push(fallback)
      }
      const servers = {
        ...(responses.length > 0 && {
          [name]: closes
            ? Array.from({ length: MOST_REQUESTS }, (_, i) => (i % 2 === 0 ? 'closes' : responses[0]!))
            : responses,
        }),
        ...(typeof fallback === 'object' && { [`${name}-2`]: [fallback] }),
      }
      return { spec: own, script, servers }
    })
}

const scripted: fc.Arbitrary<Party['outcome'] | ScriptedDestination> = fc.oneof(
  { arbitrary: fc.constantFrom(...PARTY_OUTCOMES.filter((outcome) => outcome !== 'answered')), weight: 5 },
  { arbitrary: fc.constant('answered' as const), weight: 1 },
  {
    arbitrary: filled({
      outcome: optional(fc.constantFrom(...PARTY_OUTCOMES)),
      afterSeconds: optional(fc.integer({ min: 0, max: 40 }), 3),
      talkSeconds: optional(fc.integer({ min: 0, max: 120 }), 2),
      confirms: seldom(fc.boolean()),
    }),
    weight: 3,
  },
)

const keys = fc.array(
  fc.oneof(
    { arbitrary: fc.constantFrom('1', '2', '12', '1', '2', '12', '123', '1#', '1234#', '1234', '12345678', '#', '*', '9', '0#', ''), weight: 8 },
    { arbitrary: fc.string({ unit: fc.constantFrom(...Array.from('0123456789*#')), maxLength: 12 }), weight: 1 },
  ),
  { maxLength: 8 },
) // prettier-ignore

const queueScripts = fc.oneof(
  fc.constantFrom(
    'timeout' as const,
    'noAgents' as const,
    'exitKey' as const,
    'waits' as const,
    'full' as const,
    'missing' as const,
  ),
  fc.record({
    outcome: fc.constantFrom('timeout' as const, 'exitKey' as const),
    afterSeconds: fc.integer({ min: 0, max: 400 }),
  }),
)

const mailboxScripts = fc.oneof(
  fc.constantFrom('left' as const, 'none' as const, 'missing' as const),
  fc.record({ messageSeconds: fc.integer({ min: 0, max: 200 }) }),
)

const DID = `+31${PLACE.digits}0`

const call: fc.Arbitrary<ScriptedCall> = filled({
  did: fc.oneof(
    { arbitrary: fc.constantFrom(DID, `0${PLACE.digits}0`, `0031${PLACE.digits}0`), weight: 20 },
    { arbitrary: fc.constantFrom('+31502109999', 'nobody', '1'), weight: 1 },
  ),
  callerid: fc.oneof(
    { arbitrary: fc.constant('+31612345678'), weight: 4 },
    { arbitrary: fc.constantFrom('0612345678', 'anonymous', '', '215', '+4930123456'), weight: 3 },
    { arbitrary: hostileText.map((text) => text.toWellFormed().slice(0, 128).toWellFormed()), weight: 1 },
  ),
  callername: fc.oneof(fc.constantFrom('', 'Jane Doe', '+31612345678', '0612345678'), texts),
  withheld: fc.oneof(fc.constant(false), fc.constant(false), fc.boolean()),
  domain: fc.constantFrom('pbx.example', 'other.example'),
}) as fc.Arbitrary<ScriptedCall>

const WEBHOOKS = ['crm', 'pin', 'cdr'] as const
const PLANS = ['main', 'night', 'vip'] as const

/** Round for ever, as the caller would say. */
const again = fc.constantFrom([], [{ type: 'goto', plan: 'main' }])

const everybody = (outcome: Party['outcome']) =>
  Object.fromEntries(Object.keys(ENDPOINTS).map((at) => [at, outcome]))

function casesOf(kind: Kind): fc.Arbitrary<Case> {
  const audio = { ...AUDIO, ...(kind.endless && ENDLESS) }
  const context: Context = {
    ...{ kind, audio: Object.keys(audio), webhooks: WEBHOOKS, plans: [], belowWebhook: false, belowCode: false, depth: 3, known: new Map() },
  }
  const plan = (at: number) => ({
    ...{ description: optional(fc.constant('For people')), missed: optional(fc.constant('lost'), 2) },
    steps: kind.loops ? fc.tuple(steps({ ...context, plans: PLANS }, 4), again).map((both) => both.flat()) : steps({ ...context, plans: PLANS.slice(at + 1) }, 4),
  })
  return fc
    .record({
      domain: optional(fc.constantFrom('acme.example', 'belplan.test')),
      numbers: fc.constantFrom([DID], [`0${PLACE.digits}0`], [`+31${PLACE.digits}*`], [DID, `+31${PLACE.digits}*`]),
      webhooks: fc.record(Object.fromEntries(WEBHOOKS.map((name) => [name, webhook(name, context)]))),
      plans: fc.record({ main: filled(plan(0)), night: filled(plan(1)), vip: filled(plan(2)) }),
      call,
      digits: keys,
      destinations: fc.oneof(
        { arbitrary: fc.record(Object.fromEntries(Object.keys(ENDPOINTS).map((at) => [at, scripted]))), weight: kind.loops ? 1 : 4 },
        { arbitrary: fc.constantFrom('busy' as const, 'unavailable' as const).map(everybody), weight: 1 },
      ),
      mailboxes: fc.record({ '215': mailboxScripts, '299': mailboxScripts }),
      queues: fc.record({ sales: queueScripts, support: queueScripts, narrow: queueScripts }),
      audioSeconds: fc.record(
        Object.fromEntries(['hello', 'sorry', 'tone'].map((name) => [name, optional(fc.integer({ min: 0, max: 20 }))])),
      ),
      hangsUpAfterMs: fc.integer({ min: 1, max: 60_000 }),
    })
    .map(({ domain, numbers, webhooks, plans, call, digits, destinations, queues, mailboxes, audioSeconds, hangsUpAfterMs }) => {
      const specs = Object.fromEntries(Object.entries(webhooks).map(([name, { spec }]) => [name, spec]))
      const lost = { urlTemplate: `${PLACE.answering}/${PLACE.digits}/lost?f={callerid}`, reply: 'ignored' }
      const document = numbered({
        ...(domain !== undefined && { domain }),
        audio,
        webhooks: { ...specs, lost, screen: { ...lost, urlTemplate: lost.urlTemplate.replace('/lost?', '/screen?c={code}&d={did}&n={callername}&') } },
        addressBook: ADDRESS_BOOK,
        plans: { ...plans, main: { ...plans.main, numbers } },
      })
      const given: Given = {
        digits,
        webhooks: Object.fromEntries(Object.entries(webhooks).map(([name, { script }]) => [name, script])),
        destinations: Object.fromEntries(
          Object.entries(ENDPOINTS).flatMap(([at, spellings]) => spellings.map((own) => [own, destinations[at]!])),
        ),
        queues,
        mailboxes,
        audioSeconds: { ...(JSON.parse(JSON.stringify(audioSeconds)) as Record<string, number>), gone: 'unplayable' },
        ...(kind.hangsUp && { hangsUpAfterSeconds: hangsUpAfterMs / 1000 }),
      }
      const servers: Record<string, Server> = { lost: [{ http: 200 }], screen: [{ http: 200 }] }
      for (const own of Object.values(webhooks)) Object.assign(servers, own.servers)
      return { document, call, given, servers }
    })
} // prettier-ignore

/** Gives every `id` a number, since none may be there twice. */
function numbered<T>(document: T): T {
  let ids = 0
  return JSON.parse(
    JSON.stringify(document, (key, value: unknown) => (key === 'id' ? `step-${++ids}` : value)),
  ) as T
}

const USUAL: Kind = { hangsUp: false, loops: false, endless: false, waits: false }

export const cases: fc.Arbitrary<Case> = fc.oneof(
  { arbitrary: casesOf(USUAL), weight: 8 },
  { arbitrary: casesOf({ ...USUAL, hangsUp: true }), weight: 5 },
  { arbitrary: casesOf({ ...USUAL, hangsUp: true, loops: true, endless: true }), weight: 2 },
  { arbitrary: casesOf({ ...USUAL, loops: true }), weight: 2 },
  { arbitrary: casesOf({ ...USUAL, endless: true }), weight: 1 },
  { arbitrary: casesOf({ ...USUAL, waits: true }), weight: 1 },
)
