/** Tells a customer's server of a missed call. The call is over by then: it goes on without it. */
import type { BaseLogger } from 'pino'
import { Members } from '../util/members.ts'
import type { SendWebhook, WebhookRequest } from '../plan/index.ts'
import { pause, within, type Deadline } from './deadline.ts'

/** Before the second and the third try: a server that is being restarted should be back by then. */
const PAUSES_MS: readonly number[] = [2000, 15_000]

/** Far longer than all tries together; what ends them sooner is `close`. */
const LONGEST_MS = 120_000

export interface MissedParts {
  readonly ask: SendWebhook
  readonly log: Pick<BaseLogger, 'info' | 'warn'>
  readonly pausesMs?: readonly number[]
}

export interface Missed {
  /** Returns at once; asks up to 3 times, with growing pauses, until there is a 2xx answer. */
  readonly tell: (question: Omit<WebhookRequest, 'kind' | 'signal'>) => void
  /** Tries those that are pausing once more, right now, and gives all of them `withinMs` to end. */
  readonly close: (withinMs: number) => Promise<void>
}

export function createMissed({ ask, log, pausesMs = PAUSES_MS }: MissedParts): Missed {
  const running = new Members<Promise<void>>()
  const deadlines = new Members<Deadline>()
  const hurry = new AbortController()

  async function run(question: Omit<WebhookRequest, 'kind' | 'signal'>): Promise<void> {
    const deadline = within(LONGEST_MS, new AbortController().signal)
    const place = deadlines.add(deadline)
    for (let tries = 1; ; tries++) {
      const wasHurried = hurry.signal.aborted
      const answer = await ask({ ...question, kind: 'missed', signal: deadline.signal })
      const about = { document: question.document, webhook: question.name, call: question.callId, tries }
      if (answer.status === 'ACK') {
        log.info(about, 'missed call told')
        break
      }
      const next = pausesMs[tries - 1]
      if (next === undefined || wasHurried || deadline.signal.aborted) {
        // Without the URL: it holds callers' numbers.
        log.warn({ ...about, error: answer.error, http: answer.http }, 'missed call could not be told')
        break
      }
      await pause(next, hurry.signal)
    }
    deadline.release()
    deadlines.leave(place)
  }

  return {
    tell(question) {
      const place = running.add(run(question).finally(() => running.leave(place)))
    },
    async close(withinMs) {
      hurry.abort()
      const timer = setTimeout(() => {
        for (const { member } of deadlines) member.end('closing')
      }, withinMs)
      await Promise.all(Array.from(running, ({ member }) => member))
      clearTimeout(timer)
    },
  }
}
