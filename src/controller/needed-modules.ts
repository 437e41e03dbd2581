/** What each FreeSWITCH must have loaded for the steps of the set that serves: a call that comes to such a step would end there. */
import type { Logger } from 'pino'
import type { Link } from '../freeswitch/index.ts'
import type { PlanStore } from '../plan/index.ts'

interface NeededModulesOptions {
  readonly plans: Pick<PlanStore, 'current'>
  readonly link: Pick<Link, 'name' | 'hasModule'>
  readonly log: Pick<Logger, 'warn' | 'debug'>
}

export interface MissingModule {
  /** The name of the FreeSWITCH. */
  readonly freeswitch: string
  readonly module: string
}

/**
 * The modules that the set needs and the FreeSWITCH of `link` has not loaded, as far as that is known; each is warned of in
 * the log. Asks nothing for a set without such steps. Never rejects.
 */
export async function missingModules({
  plans,
  link,
  log,
}: NeededModulesOptions): Promise<readonly MissingModule[]> {
  const { revision, modules } = plans.current()
  const { name: freeswitch } = link
  const missing: MissingModule[] = []
  for (const module of modules) {
    try {
      if (await link.hasModule(module)) continue
    } catch (error) {
      // Asked again as soon as the link is there.
      log.debug({ err: error, freeswitch, module }, 'it is not known whether FreeSWITCH has a module')
      break
    }
    missing.push({ freeswitch, module })
    log.warn(
      { freeswitch, module, revision },
      `FreeSWITCH ${freeswitch} has not loaded ${module}, which steps of the plan set need: calls that come to one of them end there; load it, and name it in modules.conf.xml`,
    )
  }
  return missing
}
