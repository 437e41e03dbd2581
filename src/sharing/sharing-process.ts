/** The process for what controllers tell each other: says that its controller lives, tells what it counts, and reads both of the others. */
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { connect, isOutage, watchSchema } from '../postgres/index.ts'
import {
  logAtController as log,
  notAnswered,
  sayToController,
  superviseMe,
} from '../util/supervised-process.ts'
import { within } from '../util/within.ts'
import { createClaims } from './claims.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { Claimed, Counts, Own, OwnFromSharing, Start, ToSharing } from './messages.ts'
import { createPendingCopies } from './pending-copies.ts'
import { createSharedCounts } from './shared-counts.ts'

/** What is counted is told and read so often. */
const TURN_MS = 250
const BEAT_MS = 1000
/** A controller says each second that it is there. One that has not for as long stands still, and is not said to live. */
const SILENT_MS = 1500
/** Between two tries while the database is away. */
const MOST_PAUSE_MS = 2000
const ANSWER_MS = 2000
/** A conversation that is shorter is not copied. */
const COPY_MS = 2000
const TIDY_MS = 3600_000
/** A controller that ends has others to tell, and no time. */
const END_MS = 1000

const say = (message: OwnFromSharing): void => sayToController(message)

superviseMe({
  name: 'the process for sharing',

  start({ url, name, run, data, folder, version, revision, ready }: Start) {
    const db = connect({ url, name: 'sharing', most: 2, answerMs: ANSWER_MS })
    const schema = watchSchema(db)
    const heartbeat = createHeartbeat(db, { name, run, data, version })
    const counts = createSharedCounts(db, { name, run })
    const claims = createClaims(db, { name, data })
    const copies = createPendingCopies(db, { folder, data })
    const closing = new AbortController()
    let own: Own = { revision, ready }
    let heardMs = performance.now()
    /** Something is said of the controller that it has said since. */
    let isNew = true
    let readMs = -Infinity
    let copiedMs = -Infinity
    let tidiedMs = -Infinity
    /** Of those that share the data, one copies what waits there. */
    let isCopying = false
    let copying: Promise<void> | undefined
    /** That is to be told; undefined: it has been. */
    let untold: Counts | undefined
    let told: Counts | undefined
    let isBegun = false
    let fault: string | undefined
    let hasRival = false

    function noteRival(found: boolean): void {
      if (found && !hasRival)
        log(
          'error',
          { name },
          'another controller has the name of this one: give it another host name, or port',
        )
      hasRival ||= found
    }

    async function beat(): Promise<void> {
      const nowMs = performance.now()
      const isHeard = isNew && nowMs - heardMs < SILENT_MS
      if (isHeard) noteRival(await heartbeat.beat(own))
      isNew = false
      if (!isHeard && nowMs - readMs < BEAT_MS) return
      const controllers = await heartbeat.read()
      readMs = nowMs
      isCopying = controllers.find((one) => one.data === data && one.state === 'lives')?.name === name
      say({ say: 'controllers', controllers })
    }

    async function tell(): Promise<void> {
      const telling = untold
      if (!telling) return
      await counts.write(telling)
      told = telling
      if (untold === telling) untold = undefined
    }

    /** Thousands, after an outage: nothing else waits for them. */
    function copy(): void {
      if (!isCopying || copying || performance.now() - copiedMs < COPY_MS) return
      copying = copies
        .copy()
        .catch((error: unknown) => {
          if (!isOutage(error)) log('warn', { err: error }, 'records that wait are not copied')
        })
        .finally(() => {
          copying = undefined
          copiedMs = performance.now()
        })
    }

    async function tidy(): Promise<void> {
      if (performance.now() - tidiedMs < TIDY_MS) return
      tidiedMs = performance.now()
      await db
        .deleteFrom('controllers')
        .where('seen_at', '<', sql<Date>`now() - interval '1 day'`)
        .execute()
      await db
        .deleteFrom('counts')
        .where('controller', 'not in', db.selectFrom('controllers').select('name'))
        .execute()
      await claims.removeOld()
      await copies.removeOld()
    }

    async function turn(): Promise<void> {
      await schema.require()
      if (!isBegun) say({ say: 'before', turns: await counts.readBefore() })
      isBegun = true
      await beat()
      await tell()
      const others = await counts.read()
      if (others) say({ say: 'others', counts: others })
      copy()
      await tidy()
    }

    function back(): void {
      if (fault !== undefined) log('info', {}, 'the database answers again')
      fault = undefined
    }

    function away(error: unknown): void {
      const { message } = error as Error
      if (fault !== message)
        log('warn', { err: error }, 'the database is away: each controller counts for itself')
      fault = message
      // It may be another one by the time it is back, and what it knew of this controller may be gone.
      schema.doubt()
      isNew = true
      readMs = -Infinity
      untold ??= told
      counts.forget()
      copies.forget()
      say({ say: 'away', error: message })
    }

    const isClosing = () => closing.signal.aborted

    async function keepOn(): Promise<void> {
      let waitMs = TURN_MS
      while (!isClosing()) {
        try {
          await turn()
          back()
          waitMs = TURN_MS
        } catch (error) {
          if (isClosing()) return
          away(error)
          waitMs = Math.min(waitMs * 2, MOST_PAUSE_MS)
        }
        await pause(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
    const running = keepOn()

    return {
      hear(message: Own) {
        heardMs = performance.now()
        isNew = true
        own = message
      },
      count(message: Counts) {
        untold = message
      },
      async claim(message: Extract<ToSharing, { say: 'claim' }>): Promise<Claimed | undefined> {
        if (fault !== undefined) return undefined
        try {
          const ours = await claims.claim(message.calls)
          return { ours, copies: await copies.read(ours) }
        } catch (error) {
          log('warn', { err: error }, 'lost calls could not be claimed')
          return undefined
        }
      },
      async close() {
        closing.abort()
        const ended = running.then(() => (fault === undefined ? heartbeat.end() : undefined))
        await within(END_MS, ended).catch(() => false)
        await within(END_MS, db.destroy())
      },
    }
  },

  take(message: Exclude<ToSharing, { say: 'start' }>, sharing) {
    switch (message.say) {
      case 'own':
        sharing.hear(message)
        return notAnswered
      case 'counts':
        sharing.count(message.counts)
        return notAnswered
      case 'claim':
        return sharing.claim(message)
    }
  },

  close: ({ close }) => close(),
})
