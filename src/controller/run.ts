/** The controller from the opening of its ports to the letting go of its last call. */
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { createApi, createMetrics, listenApi } from '../api/index.ts'
import { type Calls, createCalls, createLostCallJudge } from '../call/index.ts'
import type { Config } from '../config/index.ts'
import { openRecords } from '../records/index.ts'
import { type EslServer, listen } from '../esl/index.ts'
import { countedReload, measuredWebhooks } from './measure.ts'
import { watchOverload, type Overload } from './load-shedding.ts'
import type { Grants, PlanStore } from '../plan/index.ts'
import { readinessOf } from './health.ts'
import { createMissedCallNotifier, type WebhookClient } from '../webhook/index.ts'
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
  readonly webhooks: WebhookClient
}

/** Everything that runs. */
export interface Running {
  readonly addresses: Addresses
  readonly reload: PlanStore['reload']
  stop(): Promise<void>
}

/** Throws BelplanError `config` or `listen`, as App.start does; nothing is left open then. */
export async function run(parts: RunParts): Promise<Running> {
  const { config, grants, store, log, version, webhooks } = parts
  const metrics = createMetrics(version)
  const sendWebhook = measuredWebhooks(webhooks.send, metrics)
  const missedCalls = createMissedCallNotifier({ send: sendWebhook, log })
  const records = await openRecords({
    ...{ data: config.data, freeswitch: config.freeswitch, log },
    claimant: `${config.esl.port}-${process.pid}`,
    lostCalls: createLostCallJudge({ plans: store, grants, config }),
    onRecord: metrics.callEnded,
    onMissed: missedCalls.notify,
  })
  const { link } = records
  // The API's parts are looked at from the first request on, the calls' when their port is open.
  let esl: EslServer | undefined
  let calls: Calls | undefined
  let overload: Overload | undefined
  let draining = false
  metrics.observe({
    held: () => calls?.count ?? 0,
    listening: () => esl?.listening ?? false,
    stale: () => store.state() === 'stale',
    heldBack: () => store.heldBack().length,
    journal: records.counts,
    origins: webhooks.stats,
    ...(link && { linked: () => link.state().connected }),
  })
  const reload = countedReload(store.reload, metrics)
  const api = await createApi({
    log,
    version,
    token: config.api.token,
    plans: { ...store, reload },
    calls: { live: () => calls?.live() ?? [], find: (id) => calls?.find(id) },
    records,
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
    await within(CLOSE_MS, Promise.all([webhooks.close(), records.close(), api.close()]))
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
      grants,
      log,
      node,
      sendWebhook,
      missed: missedCalls.notify,
      records,
    })
    overload = watchOverload({ gate: esl, maxCalls: config.esl.maxCalls, log })
    records.register(node)
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
        const drained = Promise.all([taking.calls.drain(), missedCalls.close(DRAIN_MS)])
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
