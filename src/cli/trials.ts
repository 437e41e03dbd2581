/** What the commands that try calls have in common: a plan set, and the operator's part. */
import { resolve } from 'node:path'
import { type Config, lintOptions, loadConfig } from '../config/index.ts'
import { loadSet, type PlanSet, PlanSetError, planSetOf } from '../plan/index.ts'
import { createTrials, operatorOf, type Trials } from '../trial/index.ts'
import { createHttpTransport } from '../webhook/index.ts'
import type { Io } from './io.ts'

export interface TrialSetup {
  readonly config: Config
  readonly set: PlanSet
  readonly trials: Trials
  /** Ends the connections to servers that were asked. */
  close(): Promise<void>
}

/** @throws PlanSetError when it does not validate, BelplanError `plans` when it cannot be read */
export async function readTriedSet(
  path: string,
  config: Config,
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
): Promise<PlanSet> {
  // What an operator grants is not known without a configuration.
  const options = config.file === undefined ? {} : { ...lintOptions(config, env), set: config.plans }
  const loaded = await loadSet(resolve(cwd, path), options)
  if (loaded.errors.length > 0) throw new PlanSetError(path, loaded.errors, loaded.warnings)
  return planSetOf(loaded, config.defaultCountry)
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
  const config = await loadConfig({ env, cwd, ...(file !== undefined && { file }) })
  const set = await readTriedSet(path, config, { env, cwd })
  const operator = operatorOf(config, set)
  const transport = asks
    ? createHttpTransport({
        config: config.webhooks,
        privateNetworks: (document) => operator.grants.of(document).privateNetworks,
      })
    : undefined
  const granted = (document: string, name: string) =>
    operator.grants.of(document).env.includes(name) ? env[name] : undefined
  const trials = createTrials({
    ...operator,
    version,
    ...(transport && { ask: { transport, env: granted } }),
  })
  return { config, set, trials, close: async () => transport?.close() }
}
