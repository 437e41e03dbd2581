/** `GET /readyz`: the parts of the controller and their states. */
import type { ListedEvent } from '../../events/listed-event.ts'
import type { ListedController, ListedControllers } from '../../sharing/listed-controller.ts'
import { askJson } from './client.ts'

export type { ListedController, ListedControllers, ListedEvent }

export interface Readiness {
  readonly ready: boolean
  readonly draining: boolean
  /** A token for some documents sees no more than the two above. */
  readonly plans?: {
    readonly state: 'current' | 'stale' | 'rolledBack'
    readonly revision: string
    readonly since: string
  }
  readonly esl?: {
    readonly listening: boolean
    readonly host: string
    readonly port: number
    readonly overloaded: boolean
  }
  readonly calls?: { readonly held: number; readonly max: number }
  readonly freeswitch?: readonly LinkedSwitch[]
  readonly store?:
    | { readonly configured: false }
    | {
        readonly configured: true
        readonly connected: boolean
        readonly since: string
        readonly error?: string
      }
}

/** A FreeSWITCH with which the controller is to have an inbound link. */
export interface LinkedSwitch {
  readonly name: string
  readonly connected: boolean
  readonly since: string
  readonly version?: string
  readonly error?: string
}

/** 503 is an answer, too: not ready. */
export const readReadiness = (signal: AbortSignal): Promise<Readiness> =>
  askJson('/readyz', { signal, good: [503] })

export const readControllers = (signal: AbortSignal): Promise<ListedControllers> =>
  askJson('/controllers', { signal })

export interface WebhookOrigin {
  readonly document: string
  /** Scheme, host and port. */
  readonly origin: string
  readonly circuit: 'closed' | 'open' | 'probing'
  /** Now. */
  readonly inFlight: number
  readonly queued: number
  /** The rest is of the last `minutes`. */
  readonly requests: number
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>
  /** What callers got in place of an answer. */
  readonly instead: { readonly fallback: number; readonly stale: number; readonly failed: number }
  readonly p50Ms?: number
  readonly p95Ms?: number
  /** However long ago. */
  readonly lastError?: { readonly at: string; readonly error: string }
}

export type FailureKind = 'timeout' | 'network' | 'refused' | 'server' | 'reply' | 'circuit' | 'busy'

export interface WebhookOrigins {
  readonly minutes: number
  /** Those in trouble first. */
  readonly webhooks: readonly WebhookOrigin[]
  readonly more: boolean
}

/** As many as a person looks at. */
export const readWebhooks = (signal: AbortSignal): Promise<WebhookOrigins> =>
  askJson('/webhooks?most=200', { signal })

interface EventList {
  readonly events: readonly ListedEvent[]
  /** Those of other machines are missing. */
  readonly incomplete?: boolean
}

/** `most` of each state, the oldest first. */
export async function readEvents(
  most: number,
  signal: AbortSignal,
): Promise<
  Readonly<Record<ListedEvent['state'], readonly ListedEvent[]>> & { readonly incomplete: boolean }
> {
  const read = (state: ListedEvent['state']) =>
    askJson<EventList>(`/events?state=${state}&most=${most}`, { signal })
  const [waiting, givenUp] = await Promise.all([read('waiting'), read('givenUp')])
  const incomplete = waiting.incomplete === true || givenUp.incomplete === true
  return { waiting: waiting.events, givenUp: givenUp.events, incomplete }
}

/** For another 24 hours. */
export const retryEvent = (id: string): Promise<ListedEvent> =>
  askJson(`/events/${encodeURIComponent(id)}/retry`, { method: 'POST' })
