/** The controller from the opening of its ports to the letting go of its last call. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createApi, createMetrics, listenApi } from '../api/index.ts'
import { type Calls, createCalls } from '../call/index.ts'
import type { Config } from '../config/index.ts'
import {
  createWritten,
  type Journal,
  openConversations,
  type Talking,
  type Unwritten,
  watchUnwritten,
} from '../records/index.ts'
import { type EslServer, listen } from '../esl/index.ts'
import { countedCalls, countedReload, measuredWebhooks } from './measure.ts'
import { watchOverload, type Overload } from './load-shedding.ts'
import type { Grants, PlanStore } from '../plan/index.ts'
import { readinessOf } from './health.ts'
import { type Asker, createMissed } from '../webhook/index.ts'
import { within } from '../util/within.ts'

/** Calls, and the `missed` webhooks still to be asked, have so long to be let go. */
const DRAIN_MS = 1500
/** And everything else has so long to close. */
const CLOSE_MS = 400

/** Where it listens; the ports are those really had where the configuration says 0. */
export interface Addresses {
  readonly esl: { readonly host: string; readonly port: number }
  readonly api: { readonly host: string; readonly port: number }
}

/** Everything that is there before the first call. */
export interface RunParts {
  readonly log: Logger
  readonly version: string
  readonly config: Config
  readonly grants: Grants
  readonly store: PlanStore
  readonly journal: Journal
  readonly talking: Talking
  readonly asker: Asker
}

/** Everything that runs. */
export interface Running {
  readonly addresses: Addresses
  readonly reload: PlanStore['reload']
  stop(): Promise<void>
}

/** Throws BelplanError('listen') when a port cannot be had; nothing is left open then. */
export async function run(parts: RunParts): Promise<Running> {
  const { config, store, journal, log, version, asker } = parts
  let unwritten: Unwritten | undefined
  const conversations = openConversations(config, parts, (end, event) => unwritten?.ended(end, event))
  const { link } = conversations
  // The API's parts are looked at from the first request on, the calls' when their port is open.
  let esl: EslServer | undefined
  let calls: Calls | undefined
  let overload: Overload | undefined
  let draining = false
  const metrics = createMetrics({
    version,
    held: () => calls?.count ?? 0,
    listening: () => esl?.listening ?? false,
    stale: () => store.state() === 'stale',
    heldBack: () => store.heldBack().length,
    journal: journal.counts,
    origins: asker.stats,
    ...(link && { linked: () => link.state().connected }),
  })
  const sendWebhook = measuredWebhooks(asker.ask, metrics)
  const missed = createMissed({ ask: sendWebhook, log })
  const reload = countedReload(store.reload, metrics)
  const api = await createApi({
    log,
    version,
    token: config.api.token,
    plans: { ...store, reload },
    calls: { live: () => calls?.live() ?? [], find: (id) => calls?.find(id) },
    talking: parts.talking,
    journal,
    readiness: () =>
      readinessOf({
        config,
        plans: store,
        esl,
        overloaded: overload?.active ?? false,
        draining,
        held: calls?.count ?? 0,
        link,
      }),
    metrics: metrics.registry,
  })

  async function close(): Promise<void> {
    const written = Promise.resolve(unwritten?.close()).then(() => journal.flush())
    await within(CLOSE_MS, Promise.all([asker.close(), conversations.close(), written, api.close()]))
  }

  try {
    const apiPort = await listenApi(api, config.api)
    esl = await listen({
      ...config.esl,
      log,
      onConnection(connection) {
        calls!.take(connection)
        overload!.called()
      },
    })
    const node = `${hostname()}:${esl.port}`
    calls = createCalls({
      plans: store,
      config,
      grants: parts.grants,
      log,
      node,
      sendWebhook,
      missed: missed.tell,
      records: {
        add: countedCalls(journal.write, metrics),
        addWhenEnded: countedCalls(conversations.letGo, metrics),
      },
    })
    overload = watchOverload({ gate: esl, maxCalls: config.esl.maxCalls, log })
    unwritten = watchUnwritten({
      ...{ config, grants: parts.grants, node, log, plans: store },
      ...{ talking: parts.talking, missed: missed.tell },
      folder: join(config.data, 'controllers'),
      written: createWritten({ folder: join(config.data, 'journal') }),
      adopted: metrics.callEnded,
    })
    const taking = { esl, calls, overload }
    return {
      reload,
      addresses: {
        esl: { host: config.esl.host, port: esl.port },
        api: { host: config.api.host, port: apiPort },
      },
      async stop() {
        draining = true
        taking.overload.stop()
        taking.esl.close()
        const drained = Promise.all([taking.calls.drain(), missed.close(DRAIN_MS)])
        if (!(await within(DRAIN_MS, drained)))
          log.warn({ held: taking.calls.count }, 'not all calls could be let go')
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
