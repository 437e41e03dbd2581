/** What the commands that try calls have in common: a plan set, and the operator's part. */
import type { Config } from '../config/index.ts'
import type { PlanSet } from '../plan/index.ts'
import { createTrials, operatorOf, type Trials } from '../trial/index.ts'
import { createHttpTransport, grantedEnvironment } from '../webhook/index.ts'
import type { Io } from './io.ts'
import { planOptions, readPlanSet } from './plan-set.ts'

export interface TrialSetup {
  readonly config: Config
  readonly set: PlanSet
  readonly trials: Trials
  /** Ends the connections to servers that were asked. */
  close(): Promise<void>
}

/**
 * Reads the set at `path`; `asks`: some server is really asked.
 * @throws PlanSetError when it does not validate, BelplanError `plans` or `config` when something cannot be read
 */
export async function setUpTrials(
  path: string,
  { config: file, asks = false }: { readonly config?: string | undefined; readonly asks?: boolean },
  { env, cwd, version }: Io,
): Promise<TrialSetup> {
  const options = await planOptions(file, { env, cwd })
  const { config } = options
  const set = await readPlanSet(path, options, { cwd })
  const operator = operatorOf(config, set)
  const transport = asks
    ? createHttpTransport({
        config: config.webhooks,
        privateNetworks: (document) => operator.grants.of(document).privateNetworks,
      })
    : undefined
  const trials = createTrials({
    ...operator,
    version,
    ...(transport && { ask: { transport, env: grantedEnvironment(operator.grants, env) } }),
  })
  return { config, set, trials, close: async () => transport?.close() }
}

/** What finds the set again on a command line, as the user named it. */
export function placeOf(path: string, config: string | undefined): string {
  const parts = [path, ...(config === undefined ? [] : ['--config', config])]
  return parts
    .map((part) => (/^[\w./+:@-]+$/.test(part) ? part : `'${part.replaceAll("'", "'\\''")}'`))
    .join(' ')
}
