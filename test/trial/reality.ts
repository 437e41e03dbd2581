/**
 * Calls of `arbitraries.ts` in both worlds: as trials, and over a socket on a running controller that asks servers over
 * HTTP. Each comes to an account, from which is left out what cannot be the same: ids, moments, and how long things took.
 */
import { once } from 'node:events'
import { open, readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { StepRecord, WebhookValues } from '../../src/plan/index.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { placeCall, type CallResult, type CallScript, type TimelineEntry } from '../../src/simulator/index.ts'
import { displayed, type TrialReport } from '../../src/trial/index.ts'
import { callScript, partyOf } from '../../src/trial/parties.ts'
import { createScriptTime } from '../../src/trial/script-time.ts'
import { createControllers } from '../harness/controller.ts'
import { steadyPorts } from '../harness/ports.ts'
import { until } from '../harness/until.ts'
import { ENDPOINTS, ENVIRONMENT, placed, type Case, type Place } from './arbitraries.ts'
import { configurationFor, createSimulating } from './simulating.ts'

/** What both worlds have to agree on. */
export interface Account {
  readonly did: string
  readonly caller: string
  readonly document: string | undefined
  readonly plan: string | undefined
  /** Without their times. */
  readonly steps: readonly object[]
  /** Endpoint and display of each INVITE. */
  readonly invites: readonly string[]
  readonly answeredBy: string | undefined
  readonly keyed: readonly string[]
  /** What is played to the caller, and whether that can be. */
  readonly audio: readonly string[]
  /** Each with how it was left. */
  readonly queues: readonly string[]
  /** Questions that came to a server, each once. */
  readonly asked: readonly object[]
  /** What `notify` steps told, each once, in no order. */
  readonly told: readonly string[]
  readonly missed: boolean
  readonly ending: string
  readonly cause: string | undefined
  readonly sip: number | undefined
  readonly answered: boolean
  readonly talkMs: number | undefined
  /** How long what was recorded is. */
  readonly recordedMs: number
  readonly transferredTo: object | undefined
  readonly notes: readonly string[]
  readonly violations: readonly string[]
}

export interface Both {
  readonly report: TrialReport
  readonly trial: Account
  /** To be called when everything is over: a missed call is told behind its record. */
  readonly reality: () => Account
}

export interface Reality {
  play(at: number): Promise<Both>
  /** Puts a case in the place of another. */
  replace(at: number, played: Case): Promise<void>
  /** Ends the controller, which tells of the last missed calls. */
  close(): Promise<void>
}

export async function openReality(cases: readonly Case[]): Promise<Reality> {
  const servers = await openServers()
  const placeOf = (at: number): Place => ({ digits: String(50_200_000 + at), ...servers.urls })
  const nameOf = (at: number) => `customer-${at}`
  const all = cases.map((one, at) => placed(one, placeOf(at)))
  const names = all.map((_, at) => nameOf(at))
  const controllers = createControllers()
  const controller = await controllers.start({
    documents: Object.fromEntries(all.map(({ document }, at) => [nameOf(at), { ...document }])),
    config: configurationFor(names),
    env: ENVIRONMENT,
    // As in a trial: lists in any order begin with the first.
    random: () => 0,
  })
  const { folder, esl } = controller
  const simulating = createSimulating(names)
  const recordOf = createRecords(join(folder, 'data'))

  async function play(at: number): Promise<Both> {
    const own = all[at]!
    const set = simulating.setOf(nameOf(at), own)
    const report = await simulating.run(own, set)
    const customer = servers.open(placeOf(at).digits, own.servers)
    const timeline: TimelineEntry[] = []
    const { time: _, hangUp: __, ...script } = callScript(own, set, createScriptTime(0))
    const result = await placeCall(
      { host: esl.host, port: esl.port },
      {
        ...script,
        speed: Infinity,
        answers: (endpoint) => partyOf(own.given, ENDPOINTS[telephone(endpoint)]?.[0] ?? ''),
        ...hangUpAsIn(report, own, customer),
        observe: (entry) => void timeline.push(entry),
      },
    )
    const record = await until('the record of the call', () => recordOf(result.id))
    const trial = accountOfTrial(report, stepsAs(record))
    if (trial.missed) await until('the missed call is told', () => wasMissed(customer) || undefined)
    if (trial.told.length > 0)
      await until('what notify steps tell', () => told(customer).length === trial.told.length || undefined)
    const document = set.compiled(nameOf(at))!.document
    const names = new Map(Object.entries(document.audio).map(([name, played]) => [played, name]))
    return {
      report,
      trial,
      reality: () => accountOf({ record, result, timeline, customer, names, asTold: stepsAs(record) }),
    }
  }

  return {
    play,
    async replace(at, played) {
      all[at] = placed(played, placeOf(at))
      await controller.put(nameOf(at), { ...all[at].document })
      await controller.reload({ token: 'test', address: '127.0.0.1' })
    },
    async close() {
      await controllers.end()
      servers.close()
    },
  }
}

/** The servers of one call. */
interface Customer {
  /** Each request once, however often it is tried. */
  readonly requests: Map<
    string,
    Omit<WebhookValues, 'variables'> & { readonly webhook: string; readonly tier: string }
  >
  /** Called for each request that is not answered. */
  onHeld: () => void
}

const wasMissed = ({ requests }: Customer) => [...requests.values()].some(({ webhook }) => webhook === 'lost')

/** Nobody waits for these, so that they come in any order, also to a call's other requests. */
const toldOf = (requests: readonly (WebhookValues & { readonly webhook: string })[]) =>
  requests
    .map(({ webhook, code, did, callerid, callername }) =>
      JSON.stringify({ webhook, code, did, callerid, callername }),
    )
    .sort()

const told = ({ requests }: Customer) =>
  toldOf([...requests.values()].filter(({ webhook }) => webhook === 'screen'))

/** Customers' servers: the first part of a path says whose, the second one which. */
async function openServers() {
  const customers = new Map<
    string,
    { customer: Customer; servers: Case['servers']; counts: Map<string, number> }
  >()

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://server.test')
    const [, digits = '', path = ''] = pathname.split('/')
    const { customer, servers, counts } = customers.get(digits)!
    const value = (name: string) => searchParams.get(name) ?? ''
    customer.requests.set(String(request.headers['idempotency-key']), {
      ...{ webhook: path.replace(/-2$/, ''), code: value('c'), did: value('d') },
      ...{ callerid: value('f'), callername: value('n'), tier: value('v') },
    })
    const count = counts.get(path) ?? 0
    counts.set(path, count + 1)
    const said = servers[path]![Math.min(count, servers[path]!.length - 1)]!
    if (said === 'closes') return void request.socket.destroy()
    const {
      status,
      destination,
      destinations,
      callername,
      variables,
      http = 200,
      body,
      contentType,
      afterSeconds = 0,
    } = said
    if (afterSeconds > 10) return customer.onHeld()
    const type =
      contentType ?? (body === undefined ? 'application/json' : 'application/x-www-form-urlencoded')
    const text = body ?? JSON.stringify({ status, destination, destinations, callername, variables })
    setTimeout(() => response.writeHead(http, { 'content-type': type }).end(text), 1000 * afterSeconds)
  }

  const answering = createServer(answer)
  const closing = createServer((request, response) => {
    response.setHeader('connection', 'close')
    answer(request, response)
  })
  const urls = await Promise.all(
    [answering, closing].map(async (server) => {
      // Longer than the controller keeps connections: a POST on one that is just being closed is not sent again.
      server.keepAliveTimeout = 60_000
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }),
  )
  const [down] = await steadyPorts(1)
  return {
    urls: { answering: urls[0]!, closing: urls[1]!, down: `http://127.0.0.1:${down}` },
    open(digits: string, servers: Case['servers']): Customer {
      const customer: Customer = { requests: new Map(), onHeld: () => undefined }
      customers.set(digits, { customer, servers, counts: new Map() })
      return customer
    },
    close() {
      for (const server of [answering, closing]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

/** Records as the controller writes them: of calls that ended, or on which two parties talk. */
function createRecords(data: string): (id: string) => Promise<CallRecord | undefined> {
  const known = new Map<string, CallRecord>()
  const read = new Map<string, number>()
  let reading: Promise<void> | undefined

  async function readOn(): Promise<void> {
    const folder = join(data, 'journal')
    for (const name of await readdir(folder)) {
      await using file = await open(join(folder, name))
      const from = read.get(name) ?? 0
      const { size } = await file.stat()
      const { buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
      const end = buffer.lastIndexOf('\n') + 1
      read.set(name, from + end)
      for (const line of buffer.toString('utf8', 0, end).split('\n').filter(Boolean)) {
        const record = JSON.parse(line) as CallRecord
        known.set(record.id, record)
      }
    }
  }

  return async (id) => {
    const talking = await readFile(join(data, 'talking', `${id}.json`), 'utf8').catch(() => undefined)
    if (talking !== undefined) return JSON.parse(talking) as CallRecord
    if (!known.has(id)) await (reading ??= readOn().finally(() => (reading = undefined)))
    return known.get(id)
  }
}

/** Nobody in a trial waits for longer. */
const PATIENCE_MS = 3_600_000
const SLOW_MS = 2000

/**
 * When the caller hangs up. The simulator's time does not pass while a server is asked: what passed in the trial is
 * taken off. Who hangs up while a server is late does so when the request has come to it.
 */
function hangUpAsIn({ asks, steps }: TrialReport, { given }: Case, customer: Customer): Partial<CallScript> {
  const { hangsUpAfterSeconds = PATIENCE_MS / 1000 } = given
  const own = asks.filter(({ kind }) => kind === 'plain' || kind === 'codes')
  if (own.at(-1)?.result?.error === 'caller gone' && steps.at(-1)?.outcome === 'interrupted') {
    const before = own.filter(({ result }) => result?.error === 'timeout: no answer').length
    const caller = new AbortController()
    let held = 0
    customer.onHeld = () => {
      if (++held > before) caller.abort()
    }
    return { signal: caller.signal }
  }
  // While an answered caller waits, audio would have to end at a time that does not come.
  if (own.some(({ ms }) => ms > SLOW_MS)) return {}
  const atMs = 1000 * hangsUpAfterSeconds
  const askingMs = own.reduce((sum, ask) => sum + (ask.atMs < atMs ? ask.ms : 0), 0)
  return { hangUp: { when: { afterMs: Math.round(atMs - askingMs) } } }
}

const telephone = (endpoint: string) => endpoint.replace(/^.*\//, '').replace(/@.*$/, '')

/** Nor which branch was walked, which a record does not say. */
function withoutTimes({
  ms: _,
  eachMs: __,
  atMs: ___,
  branch: ____,
  clock: _____,
  recording,
  waitMs: ______,
  messageMs: _______,
  file: ________,
  ...kept
}: StepRecord): object {
  // The file has the time and the id of the call in its name.
  return { ...kept, isRecorded: recording !== undefined }
}

const played = (audio: string, failed: boolean) => (failed ? `${audio} fails` : audio)

/** Of a record that would be too long, the outcomes of its steps alone. */
const stepsAs = ({ shortened }: CallRecord): AsTold =>
  shortened === undefined ? withoutTimes : ({ type, outcome }) => ({ type, outcome })

type AsTold = (step: StepRecord) => object

function accountOfTrial(report: TrialReport, asTold: AsTold): Account {
  const { did, caller, document, plan, steps, ending, cause, sip, answered, talkMs, transferredTo } = report
  const { recordedMs = 0 } = report
  const missed = report.asks.some(({ kind }) => kind === 'missed')
  return {
    ...{
      did,
      caller,
      document,
      plan,
      missed,
      ending,
      cause,
      sip,
      answered,
      talkMs,
      recordedMs,
      transferredTo,
    },
    steps: steps.map(asTold),
    invites: report.rings
      .flatMap(({ shown }) => shown)
      .map(({ destination, endpoint, withheld, ...shown }) => {
        const isRight = ENDPOINTS[telephone(endpoint)]?.includes(destination)
        const to = isRight ? endpoint : `${destination}, which is not at ${endpoint}`
        return `${to} sees ${displayed(shown)}${withheld ? ', withheld' : ''}`
      }),
    answeredBy: report.rings.flatMap(({ answeredBy, shown }) => {
      const answered = shown.find(({ destination }) => destination === answeredBy)
      return answered ? telephone(answered.endpoint) : []
    })[0],
    keyed: report.keyed.map(({ keys }) => keys),
    audio: report.hears.flatMap(({ audio, failed = false }) =>
      audio === undefined || /^the (queue|mailbox) /.test(audio) ? [] : played(audio, failed),
    ),
    queues: report.queues.map(({ queue, end }) => `${queue} ${end}`),
    told: toldOf(
      report.asks
        .filter(({ kind }) => kind === 'notice')
        .map(({ webhook, values }) => ({ webhook, ...values })),
    ),
    asked: report.asks.flatMap(({ webhook, values, result }) =>
      result && result.tries > 0 && !isUnreached(result.error) ? askedWith(webhook, values) : [],
    ),
    ...{ notes: report.notes, violations: report.violations },
  }
}

/** As the server sees it. */
function askedWith(webhook: string, { variables = {}, ...values }: WebhookValues): object {
  return { webhook, ...values, tier: variables['tier'] ?? '' }
}

/** Nobody listened at the URL, nor at the other. */
const isUnreached = (error = '') => /^connection refused(; fallback: connection refused)?$/.test(error)

interface Happened {
  readonly record: CallRecord
  readonly result: CallResult
  readonly timeline: readonly TimelineEntry[]
  readonly customer: Customer
  /** What FreeSWITCH plays → its name. */
  readonly names: ReadonlyMap<string, string>
  readonly asTold: AsTold
}

function accountOf({ record, result, timeline, customer, names, asTold }: Happened): Account {
  const { did, caller, document, plan, steps, ending, cause, answered } = record
  const notes = (record.notes ?? []).filter((note) => !/^details of \d+ steps are left out/.test(note))
  return {
    ...{ did, caller, document, plan, ending, answered, notes, missed: wasMissed(customer) },
    ...{ cause: result.cause ?? cause, sip: result.sip, talkMs: result.talkMs },
    ...{ transferredTo: result.transferredTo, violations: result.violations },
    recordedMs: timeline.reduce((ms, one) => ms + (one.type === 'recorded' ? one.ms : 0), 0),
    steps: steps.map(asTold),
    invites: result.invites.map(({ endpoint, number, name, privacy }) => {
      const isNamed = name !== number && !(privacy && name === 'Anonymous')
      return `${endpoint} sees ${isNamed ? `${name} <${number}>` : number}${privacy ? ', withheld' : ''}`
    }),
    answeredBy: timeline.flatMap((entry) =>
      entry.type === 'bridge' && entry.endpoint !== undefined ? telephone(entry.endpoint) : [],
    )[0],
    keyed: timeline.flatMap((entry) => (entry.type === 'digits' ? entry.keyed : [])),
    audio: timeline.flatMap((entry) =>
      entry.type === 'audio' ? played(names.get(entry.audio) ?? entry.audio, entry.end === 'failed') : [],
    ),
    queues: timeline.flatMap((entry) => (entry.type === 'queue' ? [`${entry.queue} ${entry.end}`] : [])),
    told: told(customer),
    asked: [...customer.requests.values()].filter(
      ({ webhook }) => webhook !== 'lost' && webhook !== 'screen',
    ),
  }
}
