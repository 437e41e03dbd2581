/** Notifies a customer's server of a missed call. That is over by then, and does not wait. */
import type { BaseLogger } from 'pino'
import type { MissedCall, SendWebhook } from '../plan/index.ts'
import { Members } from '../util/members.ts'
import { createDeadline, pause, type Deadline } from './deadline.ts'

/** Before the second and the third attempt: a server that restarts should be up again by then. */
const PAUSES_MS: readonly number[] = [2000, 15_000]

/** Far longer than all attempts together; `close` ends them earlier. */
const MAX_MS = 120_000

interface MissedCallNotifier {
  /** Returns at once; sends up to 3 requests, with growing pauses, until there is a 2xx response. */
  readonly notify: (call: MissedCall) => void
  /** Retries at once, and for the last time, those that pause, and gives all of them `withinMs` to end. */
  readonly close: (withinMs: number) => Promise<void>
}

export function createMissedCallNotifier(options: {
  readonly send: SendWebhook
  readonly log: Pick<BaseLogger, 'info' | 'warn'>
  readonly pausesMs?: readonly number[]
}): MissedCallNotifier {
  const { send, log, pausesMs = PAUSES_MS } = options
  const running = new Members<Promise<void>>()
  const deadlines = new Members<Deadline>()
  const closing = new AbortController()

  async function run(call: MissedCall): Promise<void> {
    const deadline = createDeadline(MAX_MS, new AbortController().signal)
    const place = deadlines.add(deadline)
    for (let tries = 1; ; tries++) {
      const isLast = closing.signal.aborted
      const { status, error, http } = await send({ ...call, kind: 'missed', signal: deadline.signal })
      const fields = { document: call.document, webhook: call.name, call: call.callId, tries }
      if (status === 'ACK') {
        log.info(fields, 'missed call told')
        break
      }
      const pauseMs = pausesMs[tries - 1]
      if (pauseMs === undefined || isLast || deadline.signal.aborted) {
        // Without the URL: it contains callers' numbers.
        log.warn({ ...fields, error, http }, 'missed call could not be told')
        break
      }
      await pause(pauseMs, closing.signal)
    }
    deadline.release()
    deadlines.leave(place)
  }

  return {
    notify(call) {
      const place = running.add(run(call).finally(() => running.leave(place)))
    },
    async close(withinMs) {
      closing.abort()
      const timer = setTimeout(() => {
        for (const { member } of deadlines) member.end('closing')
      }, withinMs)
      await Promise.all(Array.from(running, ({ member }) => member))
      clearTimeout(timer)
    },
  }
}
