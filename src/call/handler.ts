/** All calls that this controller holds: takes each connection, tells its story, writes it down, and drains. */
import type { Connection } from '../esl/index.ts'
import { BelplanError } from '../util/errors.ts'
import { Members } from '../util/members.ts'
import type { Records } from '../records/index.ts'
import { rememberedE164 } from '../plan/index.ts'
import { createScreening } from '../routing/index.ts'
import { HeldCall, type Ended, type HeldParts, type LiveCall } from './held.ts'
import { Leg } from './leg.ts'
import { createLimits } from './limits.ts'
import type { Missed } from './missed.ts'
import { createSeal } from './seal.ts'
import type { CallParts } from './story.ts'

export type { LiveCall }

export interface HandlerParts extends CallParts {
  readonly records: Pick<Records, 'add' | 'addWhenEnded'>
  /** Asks a `missed` webhook; takes its time, never rejects. */
  readonly missed: (question: Missed) => void
}

export interface CallHandler {
  /** Takes a connection whose peer is FreeSWITCH. */
  handle(connection: Connection): void
  readonly count: number
  live(): LiveCall[]
  find(id: string): LiveCall | undefined
  /** Lets go of every call, so that another controller goes on with it; resolves when all are gone. */
  drain(): Promise<void>
}

/** A question that is under way has so long to be answered when calls are handed over; most are, and none is then asked twice. */
const PATIENCE_MS = 1000

/** Dialled numbers and destinations whose reading is remembered, and destinations with what denies them; some 3 MB. */
const NUMBERS_KEPT = 10_000

export function createHandler(parts: HandlerParts): CallHandler {
  const held = new Members<HeldCall>()
  /** Told when the last connection is done with. */
  const waiting: (() => void)[] = []
  const { routes, defaultCountry: country, limits } = parts.config
  const e164Of = rememberedE164(country, NUMBERS_KEPT)
  const screening = createScreening({ routes, country, e164Of }, NUMBERS_KEPT)
  const routing = { routes, country, e164Of, screening, maxSeconds: limits.maxSeconds }
  const reading = { country, e164Of, seal: createSeal(parts.config.checkpointSecret) }
  const shared: HeldParts = { ...parts, inUse: createLimits(limits), reading, routing }
  let taken = 0
  let draining = false

  /** Apart from `take`, which would keep the connect reply as long as it waits for the call's end. */
  async function open(connection: Connection): Promise<HeldCall> {
    const { leg, headers } = await Leg.open(connection)
    return new HeldCall(leg, headers, shared)
  }

  /** Never rejects. */
  async function take(connection: Connection): Promise<void> {
    taken++
    try {
      const call = await open(connection)
      if (draining) call.leg.release()
      const ended = await hold(call)
      if (ended) await conclude(ended)
    } catch (error) {
      // The connection said so itself, or whoever connected went away again: a flood of them is no news.
      const known =
        error instanceof BelplanError && (error.code === 'timeout' || error.code === 'disconnected')
      parts.log[known ? 'debug' : 'warn'](
        { err: error },
        'a connection from FreeSWITCH ended before its call was known',
      )
      connection.destroy()
    }
    taken--
    if (taken === 0) waiting.splice(0).forEach((done) => done())
  }

  async function hold(call: HeldCall): Promise<Ended | undefined> {
    const place = held.add(call)
    try {
      return await call.tell()
    } finally {
      held.leave(place)
    }
  }

  async function conclude({ record, talking, missed }: Ended): Promise<void> {
    if (missed) parts.missed(missed)
    await (talking ? parts.records.addWhenEnded(record) : parts.records.add(record))
  }

  return {
    handle(connection) {
      void take(connection)
    },
    get count() {
      return held.size
    },
    live: () => Array.from(held, ({ member }) => member.live),
    // The same call may be back on a new connection before the old one is done with.
    find: (id) => [...held].findLast(({ member }) => member.leg.id === id)?.member.live,
    async drain() {
      draining = true
      for (const { member } of held) member.leg.drain()
      const late = setTimeout(() => {
        for (const { member } of held) member.leg.release()
      }, PATIENCE_MS)
      if (taken > 0) await new Promise<void>((done) => waiting.push(done))
      clearTimeout(late)
    },
  }
}
