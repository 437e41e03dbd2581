/** Stores of events in a folder of their own, and events for them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openEventStore, type EventStore, type EventStoreOptions } from '../../src/events/event-store.ts'
import { type CallEvent, eventPlace, type EventName, OVER, START } from '../../src/plan/index.ts'

export function event(call: string, name: EventName, more: Partial<CallEvent> = {}): CallEvent {
  return {
    ...{ id: `${call}-${name}`, call, document: 'acme', webhook: 'crm', event: name },
    ...{
      place: eventPlace(name, name === 'started' ? START : OVER),
      body: JSON.stringify({ event: name, callid: call }),
    },
    ...more,
  }
}

const BEGAN = Date.now()

export interface Stores {
  readonly folder: string
  /** The clock of all. */
  readonly clock: { ms: number }
  readonly logged: object[]
  open(name: string, more?: Partial<EventStoreOptions>): EventStore
}

export function stores(): Stores {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-events-'))
  const clock = { ms: BEGAN }
  const logged: object[] = []
  const open: EventStore[] = []
  onTestFinished(() => {
    for (const store of open) {
      try {
        store.close()
      } catch {
        // Closed by the test.
      }
    }
    rmSync(folder, { recursive: true })
  })
  return {
    ...{ folder, clock, logged },
    open(name, more) {
      const store = openEventStore({
        ...{ folder, name, now: () => clock.ms, ...more },
        log: (fields, message) => void logged.push({ ...fields, message }),
      })
      open.push(store)
      return store
    },
  }
}

export const kept = (store: EventStore, ...events: readonly CallEvent[]): void =>
  store.add(events.map((one) => ({ event: one, sinceMs: BEGAN, dueMs: 0 })))

/** Ids of what is to be sent next. */
export const nextOf = (store: EventStore, most = 10): string[] =>
  store.next('acme', 'crm', most).map(({ id }) => id)
