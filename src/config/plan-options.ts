import type { Config } from './config.ts'
import type { Environment } from './parse.ts'
import type { GrantEntries, LintOptions } from '../plan/index.ts'

/** What the configuration says about plans. */
export function lintOptions(config: Config, env: Environment): LintOptions {
  const { webhooks, defaultCountry } = config
  return {
    grants: grantEntries(config),
    envIsSet: (name) => env[name] !== undefined && env[name] !== '',
    maxTimeoutSeconds: webhooks.maxTimeoutSeconds,
    ...(defaultCountry !== undefined && { defaultCountry }),
  }
}

export function grantEntries(
  config: Pick<Config, 'transferContexts' | 'queues' | 'mailboxes' | 'recordings' | 'webhooks' | 'owners'>,
): GrantEntries {
  const { transferContexts, queues, mailboxes, recordings, webhooks, owners } = config
  return {
    ...{ transferContexts, mayRecord: recordings !== undefined, env: webhooks.env },
    ...(queues && { queues }),
    ...(mailboxes && { mailboxes }),
    ...(owners && { owners }),
  }
}
