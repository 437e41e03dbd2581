/** `GET /readyz`: the parts of the controller and their states. */
import { askJson } from './client.ts'

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
  readonly freeswitch?:
    | { readonly configured: false }
    | {
        readonly configured: true
        readonly connected: boolean
        readonly since: string
        readonly version?: string
        readonly error?: string
      }
}

/** 503 is an answer, too: not ready. */
export const readReadiness = (signal: AbortSignal): Promise<Readiness> =>
  askJson('/readyz', { signal, good: [503] })
