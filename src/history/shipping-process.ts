/**
 * The process that ships a controller's records to the database which machines share, and finds calls there. Of the controllers that
 * share a journal one ships it at a time. It runs behind all calls, and apart from the index of the journal, which knows nothing of it.
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, isOutage } from '../postgres/index.ts'
import { takeLock } from '../util/file-lock.ts'
import {
  logAtController as log,
  notAnswered,
  sayToController,
  superviseMe,
} from '../util/supervised-process.ts'
import type { Forgetting, OwnFromShipping, SharedAnswer, ToShipping } from './messages.ts'
import { sharedCalls } from './shared-calls.ts'
import { createShipper } from './shipper.ts'

const LOOK_MS = 1000
/** Between attempts. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [250, 2000]
/** How much waits is told so often. */
const TELL_MS = 1000
/** Two batches, and the note of how far they came. Whoever looks for calls has connections of its own, and does not wait for these. */
const CONNECTIONS = 3

/** Of query_canceled, by `statement_timeout`. */
const TOO_LONG = '57014'

superviseMe({
  name: 'the process that ships records',

  start({ data, store, name, sharedDays }: Extract<ToShipping, { say: 'start' }>) {
    const db = connect({ url: store, name: 'records', most: CONNECTIONS })
    const asked = connect({ url: store, name: 'calls' })
    const shipper = createShipper({ db, data, name, sharedDays, log })
    const closing = new AbortController()
    const { signal } = closing
    let lock: DatabaseSync | undefined
    let forgetting: { readonly seq: number; readonly done: (isDone: boolean) => void } | undefined
    /** Nobody waits for a database of which is known that it does not answer. */
    let away = { until: -Infinity, reason: '' }

    const say = (told: OwnFromShipping) => sayToController(told)
    const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined)

    /** By the controller. Whether it was done; not, where this process ends first. */
    async function forget(person: Forgetting): Promise<boolean> {
      if (signal.aborted) return false
      const { promise, resolve } = Promise.withResolvers<boolean>()
      forgetting = { seq: person.seq, done: resolve }
      say({ say: 'forget', forgetting: person })
      return promise
    }

    /** Whether there is more to ship. */
    async function ship(): Promise<boolean> {
      lock ??= takeLock(join(data, 'shipping.lock'))
      if (!lock) return false
      const result = await shipper.ship(signal)
      if (typeof result === 'boolean') return !result
      await shipper.forgotten(result, await forget(result))
      return true
    }

    async function shipOn(): Promise<void> {
      let pauseMs = FIRST_PAUSE_MS
      let fault: string | undefined
      while (!signal.aborted) {
        try {
          const isMore = await ship()
          if (fault !== undefined) log('info', {}, 'records are shipped again')
          fault = undefined
          pauseMs = FIRST_PAUSE_MS
          if (!isMore) await pause(LOOK_MS)
        } catch (error) {
          const { message } = error as Error
          if (fault !== message)
            log('error', { err: error }, 'records are not shipped; they wait in the journal')
          fault = message
          await pause(pauseMs)
          pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)
        }
      }
    }

    const shipping = shipOn()
    const telling = setInterval(() => say({ say: 'counts', counts: shipper.counts() }), TELL_MS)

    return {
      calls: sharedCalls(asked),
      async ask<T>(question: () => Promise<T>): Promise<SharedAnswer<T>> {
        if (performance.now() < away.until) return { away: away.reason }
        try {
          return { found: await question() }
        } catch (error) {
          const { message: reason, code } = error as Error & { readonly code?: string }
          // Another question may be answered sooner.
          if (code === TOO_LONG) log('warn', { err: error }, 'calls are not found in the database in time')
          else if (isOutage(error)) away = { until: performance.now() + LONGEST_PAUSE_MS, reason }
          else log('error', { err: error }, 'calls are not found in the database')
          return { away: reason }
        }
      },
      answer({ seq }: Forgetting, isDone: boolean) {
        if (forgetting?.seq === seq) forgetting.done(isDone)
      },
      async close() {
        closing.abort()
        forgetting?.done(false)
        clearInterval(telling)
        await shipping
        lock?.close()
        await Promise.all([db.destroy(), asked.destroy()])
      },
    }
  },

  take(message: Exclude<ToShipping, { say: 'start' }>, { calls, ask, answer }) {
    if (message.say === 'list') return ask(() => calls.list(message.query))
    if (message.say === 'find') return ask(() => calls.find(message.id))
    answer(message.forgetting, message.isDone)
    return notAnswered
  },

  close: ({ close }) => close(),
})
