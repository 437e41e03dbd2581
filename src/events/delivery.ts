/**
 * Delivers events: those of one call to one webhook in order, each until its server took it or 24 hours are over. What
 * waits is on disk; in memory is what is on its way, and a line for each webhook that has something waiting.
 *
 * A webhook that fails is asked with one event at a time, after pauses that grow, and others do not wait for it. An event
 * that is refused has pauses of its own, so that the next attempt is made with another call's.
 */
import type { StoredEvent } from './event-list.ts'
import type { Elsewhere, EventStore, Failure } from './event-store.ts'

export interface DeliveryOptions {
  readonly store: EventStore
  /** Sends an event; resolves with why it was not taken. */
  readonly send: (event: StoredEvent) => Promise<Failure | undefined>
  /** What other machines know of an event, where it may be any; undefined: nobody has to be asked. Never rejects. */
  readonly elsewhere?: (event: StoredEvent) => Promise<Elsewhere> | undefined
  readonly log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void
  /** The pause before the next attempt, after so many failures. */
  readonly pauseMs?: (failures: number) => number
  readonly now?: () => number
}

export interface Delivery {
  /** Events of this webhook may be due. */
  added(document: string, webhook: string): void
  /** Whether it is being sent just now. */
  isSending(id: string): boolean
  /** Looks through the disk, also for what controllers left that have ended. Resolves when it did. */
  look(): Promise<void>
  /** Since the start. */
  counts(): { readonly delivered: number; readonly givenUp: number; readonly lost: number }
  /** Begins nothing more; resolves when nothing is on its way. */
  close(): Promise<void>
}

/** On their way to one webhook, and to all. */
const MOST_OF_ONE = 8
export const MOST_AT_ONCE = 128
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 5 * 60_000
/** Earlier events of the call are with another controller. */
const THEIRS_MS = 1000
/** The disk took no note: nothing is sent until it does, or it would be sent twice. */
const STUCK_MS = 1000
const SOON_MS = 20
/** Attempts, of an event or for its webhook, before any is given up: they take some minutes. */
const OFTEN = 10
const LONGEST_SLEEP_MS = 1000

/** Half of it is random, so that what failed together is not tried together. */
function growingPause(failures: number): number {
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
  return pauseMs * (0.5 + Math.random() / 2)
}

interface Receiver {
  readonly document: string
  readonly webhook: string
  /** Since it took something. */
  failures: number
  /** Of them such as its server was asked. */
  refusals: number
  pausedUntilMs: number
  /** Nothing is due before. */
  dueMs: number
  /** Calls with an event on its way. */
  readonly calls: Set<string>
  givenUp: number
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { store, send, elsewhere: onOtherMachines, log, pauseMs = growingPause, now = Date.now } = options
  // In the order of their turns.
  const receivers = new Map<string, Receiver>()
  const counts = { delivered: 0, givenUp: 0, lost: 0 }
  /** What is to be noted of events that were sent, as soon as the disk takes it. */
  let unnoted: (() => void)[] = []
  const sending = new Set<string>()
  let onTheirWay = 0
  let closing = false
  let timer: NodeJS.Timeout | undefined
  let timerMs = Infinity
  let idle: (() => void) | undefined

  function receiverOf(document: string, webhook: string): Receiver {
    const key = `${document} ${webhook}`
    let receiver = receivers.get(key)
    if (!receiver) {
      receiver = {
        ...{ document, webhook, failures: 0, refusals: 0, pausedUntilMs: 0, dueMs: 0 },
        ...{ calls: new Set(), givenUp: 0 },
      }
      receivers.set(key, receiver)
    }
    return receiver
  }

  function later(ms: number): void {
    const atMs = now() + ms
    if (closing || atMs >= timerMs) return
    clearTimeout(timer)
    timerMs = atMs
    timer = setTimeout(() => {
      timerMs = Infinity
      pump()
    }, ms)
  }

  /** Gives each webhook its turn. */
  function pump(): void {
    if (closing) return
    if (unnoted.length > 0 && !noteAgain()) return later(STUCK_MS)
    let nextMs = now() + LONGEST_SLEEP_MS
    for (const [key, receiver] of [...receivers]) {
      if (onTheirWay >= MOST_AT_ONCE) break
      const readyMs = Math.max(receiver.pausedUntilMs, receiver.dueMs)
      if (readyMs > now()) {
        nextMs = Math.min(nextMs, readyMs)
        continue
      }
      try {
        sendTo(receiver)
      } catch (error) {
        log('error', { err: error }, 'events cannot be read')
        return later(STUCK_MS)
      }
      receivers.delete(key)
      // At the end of the queue; a webhook for which nothing waits is forgotten.
      if (receiver.dueMs < Infinity || receiver.calls.size > 0 || receiver.givenUp > 0)
        receivers.set(key, receiver)
      nextMs = Math.min(nextMs, Math.max(receiver.pausedUntilMs, receiver.dueMs))
    }
    if (receivers.size > 0) later(Math.max(SOON_MS, nextMs - now()))
  }

  function sendTo(receiver: Receiver): void {
    const { document, webhook, calls, failures } = receiver
    const room = Math.min((failures > 0 ? 1 : MOST_OF_ONE) - calls.size, MOST_AT_ONCE - onTheirWay)
    // Looked at again as soon as one of them is over.
    receiver.dueMs = Infinity
    if (room <= 0) return
    const due = store.next(document, webhook, room + calls.size).filter(({ call }) => !calls.has(call))
    for (const event of due.slice(0, room)) void deliver(receiver, event)
    if (calls.size === 0) receiver.dueMs = store.nextDueMs(document, webhook)
  }

  /** `before`: the failures as it was sent. Those that were on their way together are one. */
  function fails(receiver: Receiver, before: number, call: string, { reason, unasked }: Failure): void {
    if (receiver.failures !== before) return
    if (!unasked) receiver.refusals++
    if (before === 0) log('warn', { ...fieldsOf(receiver), call, reason }, 'event not taken')
    receiver.failures++
    receiver.pausedUntilMs = now() + pauseMs(receiver.failures)
  }

  function whereElse(event: StoredEvent): Elsewhere {
    try {
      return store.elsewhere(event)
    } catch (error) {
      log('error', { err: error }, 'events of other controllers cannot be read')
      return 'earlier'
    }
  }

  async function deliver(receiver: Receiver, event: StoredEvent): Promise<void> {
    const { calls, failures } = receiver
    const { id, call, tries } = event
    calls.add(call)
    onTheirWay++
    let elsewhere = whereElse(event)
    const asked = elsewhere === 'nothing' ? onOtherMachines?.(event) : undefined
    if (asked) {
      elsewhere = await asked
      if (closing) return over()
    }
    if (elsewhere === 'earlier') note(() => void store.postpone(event, now() + THEIRS_MS))
    else if (elsewhere === 'told') note(() => store.delivered([id]))
    else if (elsewhere === 'theirs') note(() => store.drop([id]))
    else {
      sending.add(id)
      const failed = await send(event).catch((error: unknown): Failure => ({ reason: String(error) }))
      if (failed === undefined) {
        if (receiver.failures > 0) log('info', fieldsOf(receiver), 'events are taken again')
        receiver.failures = receiver.refusals = receiver.pausedUntilMs = 0
        note(() => {
          store.delivered([id])
          counts.delivered++
        })
      } else if (!closing) {
        fails(receiver, failures, call, failed)
        const often = tries + 1 >= OFTEN || receiver.refusals >= OFTEN
        note(() => {
          if (!store.postpone(event, now() + pauseMs(tries + 1), { ...failed, often })) return
          counts.givenUp++
          receiver.givenUp++
        })
      }
    }

    /** The call has its next event no sooner than this one's end is on the disk. */
    function note(write: () => void): void {
      const whole = () => {
        write()
        over()
      }
      try {
        if (unnoted.length > 0) throw new Error('others are not noted either')
        whole()
      } catch (error) {
        if (unnoted.length === 0)
          log(
            'error',
            { err: error },
            'what became of events cannot be noted on disk: none is sent until it can',
          )
        unnoted.push(whole)
      }
    }
    function over(): void {
      calls.delete(call)
      sending.delete(id)
      onTheirWay--
      receiver.dueMs = 0
      if (closing) idle?.()
      else later(0)
    }
    if (closing && calls.has(call)) over()
  }

  function noteAgain(): boolean {
    try {
      while (unnoted.length > 0) {
        unnoted[0]!()
        unnoted.shift()
      }
    } catch {
      return false
    }
    log('info', {}, 'what became of events is noted again')
    return true
  }

  return {
    added(document, webhook) {
      receiverOf(document, webhook).dueMs = 0
      later(0)
    },
    isSending: (id) => sending.has(id),
    async look() {
      if (closing) return
      try {
        const moved = await store.look()
        if (moved > 0) log('info', { events: moved }, 'events of a controller that has ended are taken over')
        for (const { document, webhook } of store.waiting()) receiverOf(document, webhook).dueMs = 0
        for (const [document, events] of store.tidy()) {
          counts.lost += events
          log(
            'error',
            { document, events, lost: counts.lost },
            'events are lost: too many wait, or were given up',
          )
        }
      } catch (error) {
        log('error', { err: error }, 'events cannot be looked through')
      }
      for (const receiver of receivers.values()) {
        if (receiver.givenUp > 0)
          log('warn', { ...fieldsOf(receiver), events: receiver.givenUp }, 'events given up')
        receiver.givenUp = 0
        // The clock may have been put back.
        receiver.pausedUntilMs = Math.min(receiver.pausedUntilMs, now() + LONGEST_PAUSE_MS)
      }
      later(0)
    },
    counts: () => ({ ...counts }),
    async close() {
      closing = true
      clearTimeout(timer)
      if (unnoted.length > 0) noteAgain()
      // They are sent again, as after a loss of the controller.
      onTheirWay -= unnoted.length
      unnoted = []
      while (onTheirWay > 0) await new Promise<void>((resolve) => (idle = resolve))
    },
  }
}

const fieldsOf = ({ document, webhook }: Receiver) => ({ document, webhook })
