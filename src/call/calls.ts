/** All calls that this controller holds, from the connection that brings each to its record, and the drain. */
import type { Logger } from 'pino'
import type { Config } from '../config/index.ts'
import type { Connection } from '../esl/index.ts'
import {
  createCalendar,
  createRingOrder,
  createSharedTurns,
  type MissedCall,
  rememberedE164,
} from '../plan/index.ts'
import type { Records } from '../records/index.ts'
import { createRouter } from '../routing/index.ts'
import { BelplanError } from '../util/errors.ts'
import { Members } from '../util/members.ts'
import type { Tally } from '../util/tally.ts'
import { realTime } from '../util/time.ts'
import { within } from '../util/within.ts'
import { createAdmission, type LimitCounts } from './admission.ts'
import { Call, type CallContext, type EndedCall, type LiveCall, type Walked } from './call.ts'
import { createSignature } from './checkpoint.ts'

/** What a `CallContext` is made of. */
export interface CallContextOptions extends Pick<
  CallContext,
  | 'plans'
  | 'grants'
  | 'sendWebhook'
  | 'takeWaiting'
  | 'nodeName'
  | 'log'
  | 'time'
  | 'ringOrder'
  | 'tell'
  | 'keeper'
  | 'follower'
> {
  readonly config: Pick<
    Config,
    'defaultCountry' | 'timezone' | 'routes' | 'recordings' | 'noPlanCause' | 'limits' | 'checkpointSecret'
  >
  /** Other controllers count as well [false]. */
  readonly shared?: boolean | undefined
}

/** What a controller has counted, and the others have together. */
export interface SharedCounts extends LimitCounts {
  /** A digest of each step whose list is rung in turn → how often it was. */
  readonly turns: Tally
}

/** Where several controllers count together. */
export interface Counting {
  /** What this controller has counted, as far as it matters where so many count together. */
  own(controllers: number): SharedCounts
  /** What the others have counted, from now on; undefined: it is not known, and this one counts for itself. */
  setOthers(counts: SharedCounts | undefined): void
  /** Turns that an earlier run of this controller told last. */
  begin(turns: Tally): void
}

interface CallsOptions extends Omit<CallContextOptions, 'time' | 'takeWaiting' | 'ringOrder'> {
  /** As `createRingOrder` takes it. */
  readonly random?: (() => number) | undefined
  readonly log: Pick<Logger, 'debug' | 'warn' | 'error'>
  readonly records: Pick<Records, 'add' | 'addWhenEnded' | 'addWaiting' | 'takeWaiting' | 'addIfSwitchLost'>
  /** Sends a request to a `missed` webhook; returns at once, never throws. */
  readonly missed: (call: MissedCall) => void
  /** Called with what was done of each call, once this controller does not hold it any more. */
  readonly onLetGo?: ((call: Walked) => void) | undefined
}

export interface Calls {
  /** Takes a connection whose peer is FreeSWITCH. */
  take(connection: Connection): void
  /** Calls that are held. */
  readonly count: number
  readonly draining: boolean
  live(): LiveCall[]
  find(id: string): LiveCall | undefined
  /** Releases every call, so that another controller goes on with it; resolves when none is left. */
  drain(): Promise<void>
  /** Does something only where it is `shared`. */
  readonly counting: Counting
}

/** How long a webhook request in flight may still be answered when calls are handed over; most are, and none is then sent twice. */
const PATIENCE_MS = 1000

/**
 * A call, or its record, waits no longer for its events, since others write it after a second: a disk that does not answer
 * will not write it either.
 */
const KEPT_MS = 500

/** Dialled numbers and destinations whose E.164 form is remembered; some 1 MB. */
const NUMBERS_KEPT = 10_000

export function createCallContext({ config, shared, ...given }: CallContextOptions): CallContext {
  const { routes, defaultCountry: country, limits } = config
  const e164Of = rememberedE164(country, NUMBERS_KEPT)
  return {
    ...given,
    config,
    admission: createAdmission(limits, { shared: shared ?? false }),
    calendar: createCalendar({ timeZone: config.timezone }),
    reading: { country, e164Of, signature: createSignature(config.checkpointSecret) },
    router: createRouter({ routes, country, e164Of, maxSeconds: limits.maxSeconds }),
  }
}

export function createCalls({
  records,
  missed,
  onLetGo,
  random,
  tell: keep,
  ...options
}: CallsOptions): Calls {
  const { log, shared } = options
  const turns = createSharedTurns()
  const context = createCallContext({
    ...options,
    ...{ takeWaiting: records.takeWaiting, time: realTime },
    ringOrder: createRingOrder(random, shared ? turns : undefined),
    ...(keep && {
      async tell(event) {
        await within(KEPT_MS, keep(event))
      },
    }),
  })
  const held = new Members<Call>()
  /** Connections whose call is not yet over and recorded. */
  let taken = 0
  let draining = false
  const drains: (() => void)[] = []

  async function hold(call: Call): Promise<EndedCall | undefined> {
    const place = held.add(call)
    try {
      return await call.run()
    } finally {
      held.leave(place)
      onLetGo?.(call.walked)
    }
  }

  async function conclude({ record, missed: request, watch, events, state, core }: EndedCall): Promise<void> {
    const call = { record, missed: request, ...(watch && { watch }) }
    if (state === 'lost') return records.addIfSwitchLost(call, core)
    if (state === 'waiting') return records.addWaiting(call, core)
    // Before the record: a call that has none is told of by whoever writes it.
    await Promise.all(events.map((event) => context.tell!(event)))
    if (request) missed(request)
    await (state === 'talking' ? records.addWhenEnded(record, core, watch) : records.add(record, core))
  }

  /** Never rejects. */
  async function take(connection: Connection): Promise<void> {
    taken++
    try {
      const call = await Call.open(connection, context)
      if (draining) call.channel.release()
      const ended = await hold(call)
      if (ended?.state !== 'ended') context.follower?.left(call, ended)
      if (ended) await conclude(ended)
    } catch (error) {
      // The connection logged it itself, or the peer disconnected at once: a flood of those is not worth a warning each.
      const known =
        error instanceof BelplanError && (error.code === 'timeout' || error.code === 'disconnected')
      log[known ? 'debug' : 'warn'](
        { err: error },
        'a connection from FreeSWITCH ended before its call was known',
      )
      connection.destroy()
    }
    taken--
    if (taken === 0) drains.splice(0).forEach((done) => done())
  }

  return {
    take: (connection) => void take(connection),
    get count() {
      return held.size
    },
    get draining() {
      return draining
    },
    live: () => Array.from(held, ({ member }) => member.live),
    // The same call may be back on a new connection before the old one is closed.
    find: (id) => [...held].findLast(({ member }) => member.channel.id === id)?.member.live,
    async drain() {
      draining = true
      for (const { member } of held) member.channel.drain()
      const late = setTimeout(() => {
        for (const { member } of held) member.channel.release()
      }, PATIENCE_MS)
      if (taken > 0) await new Promise<void>((done) => drains.push(done))
      clearTimeout(late)
    },
    counting: {
      own: (controllers) => ({ ...context.admission.own(controllers), turns: turns.own() }),
      setOthers(counts) {
        context.admission.setOthers(counts)
        // What is not known any more is as it was: nobody's turn is skipped, and none comes twice.
        if (counts) turns.setOthers(counts.turns)
      },
      begin: turns.begin,
    },
  }
}
