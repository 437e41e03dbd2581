/** Records on their way to the database that machines share, and calls found there: by a process of its own. */
import { extname } from 'node:path'
import type { Logger } from 'pino'
import type { CallLine, CallRecord } from '../records/index.ts'
import { supervise } from '../util/supervised-process.ts'
import type { CallQuery } from './call-query.ts'
import type { Forgetting, OwnFromShipping, SharedAnswer, ShippingCounts, ToShipping } from './messages.ts'

export interface Shipping {
  /** By any machine, as far as they are shipped. Undefined: the database does not answer. Never rejects. */
  list(query: CallQuery): Promise<readonly CallLine[] | undefined>
  /** Undefined: there is no such record. Rejects where the database does not answer. */
  find(id: string): Promise<CallRecord | undefined>
  readonly counts: ShippingCounts
  /** Starts the process, unless it runs. */
  ensure(): void
  /** Waits `withinMs` for the process to end. */
  close(withinMs: number): Promise<void>
}

export interface ShippingOptions {
  /** The folder of all data. */
  readonly data: string
  /** URL of the database. */
  readonly store: string
  /** Of the controller. */
  readonly name: () => string
  /** The database keeps the records of so many days that are over; absent: of all. */
  readonly sharedDays?: number | undefined
  /** Takes a person out of all that is kept below `data`; whether that was done. Never rejects. */
  readonly forget: (forgetting: Forgetting) => Promise<boolean>
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** TypeScript beside the sources, JavaScript beside the build. */
const PROGRAM = new URL(`./shipping-process${extname(import.meta.url)}`, import.meta.url)

/** A connection that cannot be made, and a question that takes too long, together. */
const ANSWER_MS = 5000

const NOTHING: ShippingCounts = { waiting: 0, oldestMs: 0, shipped: 0, failures: 0, refused: 0 }

export function openShipping(options: ShippingOptions): Shipping {
  const { data, store, name, sharedDays, forget, log } = options
  let counts = NOTHING
  /** Of processes that ended. */
  let before = NOTHING
  const background = supervise<ToShipping, OwnFromShipping>({
    ...{
      program: PROGRAM,
      place: 'behind',
      name: 'the process that ships records',
      log,
      answerMs: ANSWER_MS,
    },
    failing: 'the database cannot be asked',
    start: () => ({ say: 'start', data, store, name: name(), sharedDays }),
    onMessage(message) {
      if (message.say === 'counts') return void (counts = sum(before, message.counts))
      const { forgetting } = message
      void forget(forgetting).then((isDone) => background.post({ say: 'forgotten', forgetting, isDone }))
    },
    onExit: () => void (before = counts),
  })

  const ask = <T>(question: (n: number) => ToShipping) => background.ask<SharedAnswer<T>>(question)

  return {
    list: (query) =>
      ask<readonly CallLine[]>((n) => ({ say: 'list', n, query })).then(
        (answer) => ('found' in answer ? answer.found : undefined),
        () => undefined,
      ),
    async find(id) {
      const answer = await ask<CallRecord | undefined>((n) => ({ say: 'find', n, id }))
      if ('found' in answer) return answer.found
      throw new Error(`the database cannot be asked: ${answer.away}`)
    },
    get counts() {
      return counts
    },
    ensure: background.ensure,
    close: background.close,
  }
}

/** What waits is what the last process says; what was done is the sum. */
const sum = (before: ShippingCounts, { shipped, failures, refused, ...now }: ShippingCounts) => ({
  ...now,
  shipped: before.shipped + shipped,
  failures: before.failures + failures,
  refused: before.refused + refused,
})
