/** Plan sets as commands read them, and what they are checked against. */
import { resolve } from 'node:path'
import { type Config, lintOptions, loadConfig } from '../config/index.ts'
import { type LoadOptions, loadSet, type PlanSet, PlanSetError, planSetOf, toE164 } from '../plan/index.ts'
import { createRouter } from '../routing/index.ts'
import { BelplanError } from '../util/errors.ts'
import type { Io } from './io.ts'

export interface PlanOptions {
  readonly config: Config
  readonly options: LoadOptions
}

/**
 * `file`: as the user named it; without a configuration there are no contexts, grants, limits and routes to check against.
 * @throws BelplanError `config` when it is not valid
 */
export async function planOptions(
  file: string | undefined,
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
): Promise<PlanOptions> {
  const config = await loadConfig({ env, cwd, ...(file !== undefined && { file }) })
  if (config.file === undefined) return { config, options: {} }
  const { routes, defaultCountry: country, limits } = config
  const e164Of = (number: string) => toE164(number, country)
  const router = createRouter({ routes, country, e164Of, maxSeconds: limits.maxSeconds })
  return { config, options: { ...lintOptions(config, env), set: config.plans, refusal: router.refusal } }
}

/**
 * The set at `path`, as the user named it.
 * @throws PlanSetError when it does not validate, BelplanError `plans` when it cannot be read
 */
export async function readPlanSet(
  path: string,
  { config, options }: PlanOptions,
  { cwd }: Pick<Io, 'cwd'>,
): Promise<PlanSet> {
  const loaded = await loadSet(resolve(cwd, path), options)
  if (loaded.errors.length > 0) throw new PlanSetError(path, loaded.errors, loaded.warnings)
  return planSetOf(loaded, config.defaultCountry)
}

/**
 * Where the plan set of the configuration is, for a command that may be given another one.
 * @throws BelplanError `usage` where it is in the database: what lies in the folder need not be what serves
 */
export function configuredPlans({ plans, store }: Config): string {
  if (store === undefined) return plans
  throw new BelplanError(
    'usage',
    'the plans are in the database: name a folder (belplan plans pull), or ask GET /plans/explain',
  )
}

/** Where editors find the schemas of plans and of their tests: at the controller of the configuration. */
export function schemaAddresses({ api }: Config): { readonly schema: string; readonly testsSchema: string } {
  const address = `http://${api.host}:${api.port}/plans`
  return { schema: `${address}/schema`, testsSchema: `${address}/tests/schema` }
}

/** For an argument that is a folder or a revision. */
export function noRevision(revision: string, { data }: Config): BelplanError {
  return new BelplanError(
    'plans',
    `there is no revision ${revision} in ${data}; for a folder write ./${revision}`,
  )
}

/**
 * For commands that compare: exit code 1 says there that something is different, as of diff(1), so what cannot be read is
 * taken as wrong use.
 * @throws BelplanError `usage` in place of `plans`
 */
export async function comparing(compare: () => Promise<number>): Promise<number> {
  try {
    return await compare()
  } catch (error) {
    if (error instanceof BelplanError && error.code === 'plans')
      throw new BelplanError('usage', error.message, error.details, error)
    throw error
  }
}
