/** Builds what the controller needs before its first call, from its configuration. */
import type { Logger } from 'pino'
import { type Config, type Environment, grantEntries, lintOptions } from '../config/index.ts'
import { createGrants, openStore, type PlanStore, type ReloadResult } from '../plan/index.ts'
import { run, type Addresses, type Running } from './run.ts'
import { createWebhookClient } from '../webhook/index.ts'

export interface AppOptions {
  readonly log: Logger
  /** Of belplan. */
  readonly version: string
  /** Where granted `env:` names of plans are looked up. */
  readonly env: Environment
}

export interface App {
  /**
   * Opens the records and begins to listen. Throws BelplanError('config') when a folder of theirs cannot be made and
   * 'listen' when a port cannot be bound; nothing is left open then.
   */
  start(): Promise<Addresses>
  /** Stops taking calls at once and lets go of those held, so that another controller goes on with them; 2 s at most. */
  stop(): Promise<void>
  /** Reads the plan set again; throws as PlanStore.reload does. */
  reload(): Promise<ReloadResult>
  readonly plans: Pick<PlanStore, 'current' | 'state'>
}

/**
 * Reads the plan set. Throws PlanSetError when the set does not validate and no revision was served before.
 */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  const { log, env, version } = options
  const store = await openStore({
    path: config.plans,
    data: config.data,
    log,
    options: { invalidDocuments: config.invalidDocuments, ...lintOptions(config, env) },
  })
  const grants = createGrants(grantEntries(config), config.defaultCountry)
  const granted = (document: string, name: string): string | undefined =>
    grants.of(document).env.includes(name) ? env[name] : undefined
  const webhooks = createWebhookClient({
    config: config.webhooks,
    env: granted,
    privateNetworks: (document) => grants.of(document).privateNetworks,
    log,
    version,
  })
  const parts = { ...options, config, grants, store, webhooks }
  let running: Running | undefined

  return {
    plans: store,
    reload: () => (running ?? store).reload(),
    async start() {
      running = await run(parts)
      return running.addresses
    },
    async stop() {
      await running?.stop()
      running = undefined
    },
  }
}
