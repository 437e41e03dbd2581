import type { EventName } from './events.ts'

/** Whoever gets the channel's events: the socket of the controller that holds it. */
export interface Audience {
  readonly finished: boolean
  fire(name: EventName, render: () => string): void
  /** `early`: its last events are still to come. */
  channelDown(early: boolean): void
}
