import type { Readiness } from '../api/index.ts'
import type { Config } from '../config/index.ts'
import type { Link } from '../freeswitch/index.ts'
import type { PlanStore } from '../plan/index.ts'

/** What readiness is judged by. */
export interface ReadinessParts {
  readonly config: Pick<Config, 'esl'>
  readonly plans: Pick<PlanStore, 'current' | 'state'>
  /** Undefined before the port is open. */
  readonly esl: { readonly listening: boolean; readonly port: number } | undefined
  readonly overloaded: boolean
  readonly draining: boolean
  readonly held: number
  readonly link: Link | undefined
}

/** Each part and its state. The link to FreeSWITCH alone never makes a controller unready. */
export function readinessOf({
  config,
  plans,
  esl,
  overloaded,
  draining,
  held,
  link,
}: ReadinessParts): Readiness {
  const { host, port, maxCalls } = config.esl
  const set = plans.current()
  const listening = esl?.listening ?? false
  return {
    ready: listening && !draining && held < maxCalls,
    draining,
    plans: { state: plans.state(), revision: set.revision, since: set.since.toISOString() },
    esl: { listening, host, port: esl?.port ?? port, overloaded },
    calls: { held, max: maxCalls },
    freeswitch: link === undefined ? { configured: false } : { configured: true, ...link.state() },
  }
}
