/** What commands check plans against. */
import { type Config, lintOptions, loadConfig } from '../config/index.ts'
import { type LoadOptions, toE164 } from '../plan/index.ts'
import { createRouter } from '../routing/index.ts'
import type { Io } from './io.ts'

/**
 * `file`: as the user named it; without a configuration there are no contexts, grants, limits and routes to check against.
 * @throws BelplanError `config` when it is not valid
 */
export async function planOptions(
  file: string | undefined,
  { env, cwd }: Io,
): Promise<{ config: Config; options: LoadOptions }> {
  const config = await loadConfig({ env, cwd, ...(file !== undefined && { file }) })
  if (config.file === undefined) return { config, options: {} }
  const { routes, defaultCountry: country, limits } = config
  const e164Of = (number: string) => toE164(number, country)
  const router = createRouter({ routes, country, e164Of, maxSeconds: limits.maxSeconds })
  return { config, options: { ...lintOptions(config, env), set: config.plans, refusal: router.refusal } }
}
