/** What FreeSWITCH must have loaded for the steps of the set that serves: a call that comes to such a step would end there. */
import type { Logger } from 'pino'
import type { Link } from '../freeswitch/index.ts'
import type { PlanStore } from '../plan/index.ts'

interface NeededModulesOptions {
  readonly plans: Pick<PlanStore, 'current'>
  /** Undefined: there is no inbound link, and nobody to ask. */
  readonly link: Pick<Link, 'hasModule'> | undefined
  readonly log: Pick<Logger, 'warn' | 'debug'>
}

/**
 * The modules that the set needs and FreeSWITCH has not loaded, as far as that is known; each is warned of in the log. Asks
 * nothing for a set without such steps. Never rejects.
 */
export async function missingModules({ plans, link, log }: NeededModulesOptions): Promise<readonly string[]> {
  const { revision, modules } = plans.current()
  const missing: string[] = []
  for (const module of link ? modules : []) {
    try {
      if (await link!.hasModule(module)) continue
    } catch (error) {
      // Asked again as soon as the link is there.
      log.debug({ err: error, module }, 'it is not known whether FreeSWITCH has a module')
      break
    }
    missing.push(module)
    log.warn(
      { module, revision },
      `FreeSWITCH has not loaded ${module}, which steps of the plan set need: calls that come to one of them end there; load it, and name it in modules.conf.xml`,
    )
  }
  return missing
}
