import type { Readiness } from '../api/index.ts'
import type { Calls } from '../call/index.ts'
import type { Config } from '../config/index.ts'
import type { EslServer } from '../esl/index.ts'
import type { Link } from '../freeswitch/index.ts'
import type { PlanStore } from '../plan/index.ts'
import type { SharedStore } from '../shared-plans/index.ts'
import type { Sharing } from '../sharing/index.ts'
import type { LoadShedding } from './load-shedding.ts'

/** What readiness is judged by. */
export interface ReadinessSources {
  readonly config: Pick<Config, 'esl'>
  readonly plans: Pick<PlanStore, 'current' | 'state'>
  /** Absent where no database is configured. */
  readonly shared?: Pick<SharedStore, 'behind'> | undefined
  readonly esl: Pick<EslServer, 'listening' | 'port'>
  readonly shedding: Pick<LoadShedding, 'active'>
  readonly calls: Pick<Calls, 'count' | 'draining'>
  readonly links: readonly Pick<Link, 'name' | 'state'>[]
  readonly sharing: Pick<Sharing, 'store'> | undefined
}

/** Each part and its state. Neither links with FreeSWITCH make a controller unready nor the database. */
export function readinessOf(sources: ReadinessSources): Readiness {
  const { config, plans, shared, esl, shedding, calls, links, sharing } = sources
  const { host, maxCalls } = config.esl
  const { listening, port } = esl
  const { draining, count: held } = calls
  const set = plans.current()
  const behind = shared?.behind()
  return {
    ready: listening && !draining && held < maxCalls,
    draining,
    plans: {
      ...{ state: plans.state(), revision: set.revision, since: set.since.toISOString() },
      ...(behind && { behind: { ...behind, since: behind.since.toISOString() } }),
    },
    esl: { listening, host, port, overloaded: shedding.active },
    calls: { held, max: maxCalls },
    freeswitch: links.map((link) => ({ name: link.name, ...link.state() })),
    store: sharing === undefined ? { configured: false } : { configured: true, ...sharing.store() },
  }
}
