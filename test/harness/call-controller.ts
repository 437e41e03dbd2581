/**
 * The part of a controller that handles calls, in this process and on port 0: a test scripts what its webhooks return,
 * and reads its records from memory.
 */
import { pino } from 'pino'
import { createCalls, type Calls } from '../../src/call/calls.ts'
import type { Config } from '../../src/config/config.ts'
import { compileRoute, type RouteEntry } from '../../src/routing/routes.ts'
import { Secret } from '../../src/config/secret.ts'
import type { Connection } from '../../src/esl/connection.ts'
import { createEslServer, type EslServer } from '../../src/esl/server.ts'
import type { CallRecord, LostCall } from '../../src/records/record.ts'
import { createGrants, type GrantEntries } from '../../src/plan/grants.ts'
import { readNumberPattern } from '../../src/plan/numbers/index.ts'
import { createPlanSetBuilder, type PlanSet } from '../../src/plan/revisions/plan-set.ts'
import type { CallEvent } from '../../src/plan/call-event.ts'
import type { MissedCall, WebhookRequest, WebhookResult } from '../../src/plan/webhook-request.ts'
import { document } from '../plan/walking.ts'

export interface CallControllerOptions {
  /** The document `acme`; what it leaves out is filled in. */
  readonly plan: object
  readonly revision?: string
  /** Sets of other revisions that are known here. */
  readonly others?: readonly PlanSet[]
  /** The result of a webhook request; what it leaves out is that of a request that failed [all]. */
  readonly answer?: (request: WebhookRequest) => Partial<WebhookResult> | Promise<Partial<WebhookResult>>
  readonly routes?: readonly RouteEntry[]
  readonly port?: number
  readonly grants?: GrantEntries
  readonly limits?: Config['limits']
  readonly checkpointSecret?: readonly string[]
  /** The folder of all recordings [`/recordings`]; undefined: there is none. */
  readonly recordings?: string | undefined
  /** Before an event is kept [at once]. */
  readonly keeping?: (event: CallEvent) => Promise<void>
}

export interface CallController {
  readonly host: '127.0.0.1'
  readonly port: number
  readonly calls: Calls
  readonly esl: EslServer
  readonly records: CallRecord[]
  /** Pending records: the parties talk. */
  readonly talking: CallRecord[]
  /** Calls whose connection was lost, with FreeSWITCH's Core-UUID. */
  readonly lost: (LostCall & { readonly core: string })[]
  /** Records of calls that FreeSWITCH has and brings back, by their ids. */
  readonly waiting: ReadonlyMap<string, LostCall>
  readonly requests: WebhookRequest[]
  readonly missed: MissedCall[]
  /** Events, as they are to be kept. */
  readonly told: CallEvent[]
  readonly set: PlanSet
  /** As a crash: every connection breaks, and no hang-up is sent. */
  kill(): void
  stop(): Promise<void>
}

/** A set with one document, `acme`. */
export function planSet(written: object, revision = '5f0c3a9be214'): PlanSet {
  const filled = document(written)
  const builder = createPlanSetBuilder('NL')
  const plans = Object.entries(filled.plans)
  builder.add({
    documents: [
      {
        name: 'acme',
        text: JSON.stringify(filled),
        ...(filled.domain !== undefined && { domain: filled.domain }),
        plans: plans.map(([name]) => [name, {}]),
      },
    ],
    numbers: plans.flatMap(([plan, { numbers }]) =>
      numbers.map((written) => ({
        document: 'acme',
        plan,
        written,
        pattern: readNumberPattern(written, 'NL')!,
      })),
    ),
  })
  return builder.build(revision, new Date())
}

const ROUTES: readonly RouteEntry[] = [
  { match: '^\\+31900', deny: 'no premium numbers' },
  { match: '^[2-4]\\d\\d$', dial: 'user/{destination}@{domain}' },
  { match: '^\\+', dial: 'sofia/gateway/carrier/{destination}', maxSeconds: 600 },
]

const GRANTS: GrantEntries = {
  mayRecord: true,
  transferContexts: [{ context: 'default', extensions: '8\\d{3}' }],
  queues: [{ queues: 'narrow', maxWaiting: 2 }, { queues: '[a-z]+' }],
  mailboxes: [{ mailboxes: '2\\d\\d' }],
  env: {},
}

let nodes = 0

export async function startCallController(options: CallControllerOptions): Promise<CallController> {
  const set = planSet(options.plan, options.revision)
  const sets = [set, ...(options.others ?? [])]
  const records: CallRecord[] = []
  const talking: CallRecord[] = []
  const lost: CallController['lost'] = []
  const waiting = new Map<string, LostCall>()
  const requests: WebhookRequest[] = []
  const missed: MissedCall[] = []
  const told: CallEvent[] = []
  const log = pino({ level: 'silent' })
  const connections = new Set<Connection>()
  const node = `test:${nodes++}`
  const calls = createCalls({
    plans: {
      current: () => set,
      byRevision: (revision) => Promise.resolve(sets.find((one) => one.revision === revision)),
    },
    async sendWebhook(request) {
      requests.push(request)
      const said = await options.answer?.(request)
      return { status: 'ERR', url: '', tries: 1, source: 'server', warnings: [], ...said }
    },
    config: {
      defaultCountry: 'NL',
      routes: (options.routes ?? ROUTES).map(compileRoute),
      noPlanCause: 'UNALLOCATED_NUMBER',
      ...('recordings' in options
        ? options.recordings && { recordings: options.recordings }
        : { recordings: '/recordings' }),
      ...(options.checkpointSecret && {
        checkpointSecret: options.checkpointSecret.map((secret) => new Secret(secret)),
      }),
      limits: options.limits ?? {
        callsPerMinute: 0,
        calls: 0,
        perCaller: { callsPerMinute: 0, calls: 0 },
        bridgesPerCall: 20,
        legsPerSecond: 0,
        maxSeconds: 14_400,
      },
    },
    grants: createGrants(options.grants ?? GRANTS, 'NL'),
    nodeName: () => node,
    log,
    records: {
      add: (record) => Promise.resolve(void records.push(record)),
      addWhenEnded: (record) => Promise.resolve(void talking.push(record)),
      addWaiting: (call) => Promise.resolve(void waiting.set(call.record.id, call)),
      takeWaiting(id) {
        const call = waiting.get(id)
        waiting.delete(id)
        return Promise.resolve(call?.record)
      },
      addIfSwitchLost: (call, core) => Promise.resolve(void lost.push({ ...call, core })),
    },
    missed: (call) => void missed.push(call),
    async tell(event) {
      await options.keeping?.(event)
      told.push(event)
    },
  })
  const esl = createEslServer({
    host: '127.0.0.1',
    port: options.port ?? 0,
    allow: ['127.0.0.1'],
    log,
  })
  await esl.open((connection) => {
    for (const earlier of connections) if (earlier.isClosed) connections.delete(earlier)
    connections.add(connection)
    calls.take(connection)
  })
  let killed = false
  const kill = () => {
    killed = true
    esl.close()
    for (const connection of connections) connection.destroy()
  }
  return {
    host: '127.0.0.1',
    port: esl.port,
    calls,
    esl,
    records,
    talking,
    lost,
    waiting,
    requests,
    missed,
    told,
    set,
    kill,
    async stop() {
      esl.close()
      if (!killed) await calls.drain()
    },
  }
}
