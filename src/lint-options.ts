import type { Environment } from './config-source.ts'
import type { Config } from './config.ts'
import type { LintOptions } from './plan/lint/options.ts'

/** What the configuration says about plans. */
export function lintOptions(config: Config, env: Environment): LintOptions {
  const { transferContexts, webhooks, defaultCountry } = config
  return {
    transferContexts,
    envGrants: webhooks.env,
    envIsSet: (name) => env[name] !== undefined && env[name] !== '',
    maxTimeoutSeconds: webhooks.maxTimeoutSeconds,
    ...(defaultCountry !== undefined && { defaultCountry }),
  }
}
