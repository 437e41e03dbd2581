/** Machines that share a database, each with a folder of its own, in small: a store of events, its delivery and its copies. */
import { onTestFinished } from 'vitest'
import { type Copying, openCopying } from '../../src/events/copying.ts'
import { createDelivery, type Delivery } from '../../src/events/delivery.ts'
import type { EventStore } from '../../src/events/event-store.ts'
import type { CallEvent } from '../../src/plan/index.ts'
import { openCutLine, type CutLine } from '../harness/cut-line.ts'
import type { Database, Postgres } from '../harness/postgres.ts'
import { stores, type Stores } from './stores.ts'

export interface Machine {
  readonly name: string
  readonly folder: Stores
  readonly store: EventStore
  readonly delivery: Delivery
  readonly copying: Copying
  /** To the database. */
  readonly line: CutLine
  readonly logged: string[]
  keep(...events: readonly CallEvent[]): void
  /** Waits until all is copied. */
  readonly isCopied: () => true | undefined
  /** Nothing more is heard of it. */
  lose(): Promise<void>
}

export interface Machines {
  /** What was told, in this order. */
  readonly told: { readonly by: string; readonly id: string }[]
  /** These cannot reach the server of the customer. */
  readonly unable: Set<string>
  /** `folder`: that of another one, for a second controller of a machine. */
  open(name: string, folder?: Stores): Promise<Machine>
}

/** Long enough for a busy machine, and short enough for a test. */
export const LOST_MS = 4500

export function machines(postgres: Postgres, { url }: Database): Machines {
  const told: Machines['told'] = []
  const unable: Machines['unable'] = new Set()
  return {
    told,
    unable,
    async open(name, folder = stores()) {
      Object.defineProperty(folder.clock, 'ms', { get: () => Date.now(), configurable: true })
      const line = await openCutLine(postgres.port)
      const logged: string[] = []
      const log = (level: string, fields: object, message: string) =>
        void logged.push(`${level}: ${message} ${JSON.stringify(fields, errorText)}`)
      const store = folder.open(name, { copied: true })
      const delivery = createDelivery({
        ...{ store, log, pauseMs: () => 100 },
        send({ id }) {
          if (unable.has(name)) return Promise.resolve({ reason: 'no answer' })
          told.push({ by: name, id })
          return Promise.resolve(undefined)
        },
        elsewhere: (event) => copying.elsewhere(event),
      })
      const copying = openCopying({
        ...{ store, copies: store.copies!, name, log, lostMs: LOST_MS, controller: `${name}:8084` },
        url: url.replace(`:${postgres.port}/`, `:${new URL(line.url).port}/`),
        readLog: () => Promise.resolve(),
        isSending: delivery.isSending,
        onAdded: ({ document, webhook }) => delivery.added(document, webhook),
      })
      let looking: NodeJS.Timeout | undefined
      let isLost = false
      const look = async () => {
        await delivery.look()
        copying.tookOver()
        if (!isLost) looking = setTimeout(() => void look(), 500)
      }
      void look()
      async function lose() {
        isLost = true
        line.close()
        clearTimeout(looking)
        await delivery.close()
        await copying.close(0)
      }
      onTestFinished(lose)
      return {
        ...{ name, folder, store, delivery, copying, line, logged, lose },
        keep(...events) {
          const sinceMs = Date.now()
          store.add(
            events.map((event) => ({ event, sinceMs, dueMs: event.holders ? sinceMs + 500 : sinceMs })),
          )
          for (const { document, webhook } of events) delivery.added(document, webhook)
        },
        isCopied: () => (copying.counts().uncopied === 0 ? true : undefined),
      }
    },
  }
}

const errorText = (_key: string, value: unknown): unknown => (value instanceof Error ? value.message : value)
