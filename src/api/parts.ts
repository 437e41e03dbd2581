/** What the API shows and does: parts of the controller, as it sees them. */
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Calls } from '../call/index.ts'
import type { Secret } from '../config/index.ts'
import type { Records } from '../records/index.ts'
import type { PlanStore } from '../plan/index.ts'

/** Each part of the controller and its state. */
export interface Readiness {
  readonly ready: boolean
  readonly draining: boolean
  readonly plans: { readonly state: 'current' | 'stale'; readonly revision: string; readonly since: string }
  readonly esl: {
    readonly listening: boolean
    readonly host: string
    readonly port: number
    readonly overloaded: boolean
  }
  readonly calls: { readonly held: number; readonly max: number }
  /** Alone it never makes the controller unready. */
  readonly freeswitch:
    | { readonly configured: false }
    | {
        readonly configured: true
        readonly connected: boolean
        readonly since: string
        readonly version?: string
        readonly error?: string
      }
}

export interface ApiParts {
  readonly log: Logger
  /** Of belplan. */
  readonly version: string
  /** None: everybody on this machine may ask everything. */
  readonly token: Secret | undefined
  readonly plans: Pick<PlanStore, 'current' | 'state' | 'reload' | 'validate'>
  readonly calls: Pick<Calls, 'live' | 'find'>
  readonly records: Pick<Records, 'find'>
  readonly readiness: () => Readiness
  readonly metrics: Registry
}
