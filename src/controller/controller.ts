/** The controller: its parts, made one after the other from the configuration, and its ports, opened last. */
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { createApi, createMetrics, listenApi, type Metrics } from '../api/index.ts'
import { type Author, type Change, openAudit, openServings, type Servings } from '../audit/index.ts'
import { createCalls, createLostCallReader, eventsOfEnd } from '../call/index.ts'
import { type Config, type Environment, grantEntries, lintOptions, type Secret } from '../config/index.ts'
import { createEslServer } from '../esl/index.ts'
import { openEvents } from '../events/index.ts'
import { findAnywhere, openHistory } from '../history/index.ts'
import {
  createGrants,
  openStore,
  type PlanStore,
  type ReloadResult,
  type SendWebhook,
} from '../plan/index.ts'
import { openRecords } from '../records/index.ts'
import type { SharedStore, SharedStoreOptions } from '../shared-plans/index.ts'
import { createLive } from '../live/index.ts'
import { createReplays } from '../replay/index.ts'
import { openSharing, type Own, type Sharing } from '../sharing/index.ts'
import { within } from '../util/within.ts'
import { openTraces, type Traces } from '../traces/index.ts'
import { createTrials, testModule } from '../trial/index.ts'
import {
  createHttpTransport,
  createMissedCallNotifier,
  createNotices,
  createWebhookClient,
  grantedEnvironment,
  type Transport,
} from '../webhook/index.ts'
import { createForgetBehind } from './forget-behind.ts'
import { readinessOf } from './health.ts'
import { listedControllers } from './listed-controllers.ts'
import { createLoadShedding } from './load-shedding.ts'
import { missingModules } from './needed-modules.ts'
import { createPublishing } from './publishing.ts'

/** How long calls, notices, and `missed` webhooks still to be sent, may take to be released. */
const DRAIN_MS = 1500
/** How long the processes beside the controller may take to end before they are left to themselves. */
const PROCESSES_MS = 50
/** How long everything else may take to close. */
const CLOSE_MS = 400

export interface ControllerOptions {
  readonly log: Logger
  /** Of belplan. */
  readonly version: string
  /** Where granted `env:` names of plans are looked up. */
  readonly env: Environment
  /** Chooses where lists begin that are rung in turn, and how others are shuffled [Math.random]. */
  readonly random?: () => number
  /** The folder of the built console [that of this build]. */
  readonly console?: URL
}

/** Where it listens; the port that was bound where the configuration says 0. */
interface Address {
  readonly host: string
  readonly port: number
}

export interface Controller {
  readonly esl: Address
  readonly api: Address
  readonly plans: Pick<PlanStore, 'current' | 'state'>
  /** Reads the plan set again; throws as PlanStore.reload does. `by` stands in the audit. */
  reload(by: Author): Promise<ReloadResult>
  /** Stops taking calls at once and releases those that it holds, so that another controller goes on with them; 2 s at most. */
  stop(): Promise<void>
}

/**
 * Reads the plan set, opens the records and listens. Throws PlanSetError when the set does not validate and no revision
 * was served before, BelplanError `store` when plans are shared and neither the database nor a copy of them can be used,
 * `config` when a folder of its data cannot be made, `listen` when a port cannot be bound; nothing is left listening then.
 */
export async function startController(
  config: Config,
  { log, version, env, random, console }: ControllerOptions,
): Promise<Controller> {
  const esl = createEslServer({ ...config.esl, log })
  const host = hostname()
  const nodeName = () => `${host}:${esl.port}`
  const servings = openServings({ data: config.data, controller: nodeName, log })
  const planOptions = {
    ...{ data: config.data, log, tests: testModule(config, version), requireTests: config.requireTests },
    ...lintOptions(config, env),
  }
  const shared = config.store && (await openShared(config.store, { ...planOptions, nodeName, servings }))
  const store: PlanStore =
    shared ??
    (await openStore({ ...planOptions, path: config.plans, invalidDocuments: config.invalidDocuments }))
  const grants = createGrants(grantEntries(config), config.defaultCountry)
  const metrics = createMetrics(version, { exemplars: config.traces !== undefined })
  const granted = grantedEnvironment(grants, env)
  const reachable = {
    config: config.webhooks,
    privateNetworks: (document: string) => grants.of(document).privateNetworks,
  }
  const webhooks = createWebhookClient({ ...reachable, env: granted, log, version })
  // Connections of their own: a call waits for none that is being tried.
  const tried = createHttpTransport(reachable)
  const notices = createNotices({ send: webhooks.send, config: config.webhooks, log })
  const traces = config.traces && (await openTraces({ config: config.traces, version, nodeName, log }))
  const sendWebhook = measured(traces ? traces.traced(notices.send) : notices.send, metrics, traces)
  const missedCalls = createMissedCallNotifier({ send: sendWebhook, log })
  const events = openEvents({
    ...{ data: config.data, webhooks: config.webhooks, plans: store, env: granted, log, version },
    privateNetworks: reachable.privateNetworks,
    ...(config.store && { shared: { url: config.store.reveal(), controller: nodeName } }),
  })
  const audit = openAudit({ data: config.data, controller: nodeName, log })
  const history = openHistory({
    ...{ data: config.data, retention: config.journal, log },
    ...(config.store && {
      shared: {
        store: config.store.reveal(),
        name: nodeName,
        sharedDays: config.journal?.sharedDays,
        forget: createForgetBehind({ data: config.data, audit, log }),
      },
    }),
  })
  const live = createLive({ held: () => calls })
  const own = (): Own => ({ revision: store.current().revision, ready: readiness().ready })
  const sharing: Sharing | undefined =
    config.store &&
    (await openSharing({
      ...{ url: config.store.reveal(), data: config.data, version, own, log },
      counting: () => calls.counting,
      // What waits on the disk may have been written elsewhere, which nobody could say before.
      onAnswering: () => records.sweep(),
    }))
  const records = await openRecords({
    ...{ data: config.data, freeswitch: config.freeswitch, log },
    claimant: `${config.esl.port}-${process.pid}`,
    others: sharing,
    locate: history.find,
    lostCalls: createLostCallReader({ plans: store, grants, config }),
    onRecord(record) {
      metrics.callEnded(record)
      traces?.ended(record)
      if (record.revision !== undefined) servings.called(record.revision)
    },
    onWrite: live.ended,
    async onEnd(call, atMs) {
      await Promise.all(eventsOfEnd(call, events.name, atMs).map(events.tell))
    },
    onMissed: missedCalls.notify,
    onLinked: (link) => void missingModules({ plans: store, link, log }),
  })
  const { links } = records
  const calls = createCalls({
    ...{ plans: store, config, grants, log, nodeName, sendWebhook, records, random },
    shared: sharing !== undefined,
    ...{ tell: events.tell, keeper: events.name, follower: live.follower },
    missed: missedCalls.notify,
    onLetGo: traces?.letGo,
  })
  const shedding = createLoadShedding({ gate: esl, maxCalls: config.esl.maxCalls, log })
  const readiness = () => readinessOf({ config, plans: store, shared, esl, shedding, calls, links, sharing })
  const startedAt = new Date()
  metrics.observe({
    held: () => calls.count,
    ready: () => readiness().ready,
    revision: () => store.current().revision,
    listening: () => esl.listening,
    stale: () => store.state() === 'stale',
    rolledBack: () => store.state() === 'rolledBack',
    heldBack: () => store.heldBack().length,
    journal: records.counts,
    removed: () => history.removed,
    ...(history.shipping && { shipping: history.shipping }),
    audit: audit.failed,
    events: events.counts,
    ...(config.store && { eventCopies: events.counts }),
    origins: webhooks.stats,
    stream: live.counts,
    ...(traces && { spans: traces.counts }),
    ...(links.length > 0 && {
      linked: () => new Map(links.map(({ name, state }) => [name, state().connected])),
    }),
    ...(shared && { plansInStep: () => shared.behind() === undefined }),
    ...(sharing && {
      store: () => ({
        connected: sharing.store().connected,
        silentSeconds: sharing.silentSeconds(),
        controllers: sharing.controllers().filter(({ state }) => state === 'lives').length,
      }),
    }),
  })
  const publishing = createPublishing({
    plans: store,
    metrics,
    audit,
    servings,
    missingModules: () => links.map((link) => missingModules({ plans: store, link, log })),
  })
  const api = await createApi({
    log,
    version,
    tokens: config.api.tokens,
    plans: { ...store, ...publishing, history: servings.history },
    trials: createTrials({
      config,
      grants,
      version,
      ask: { transport: loggedTransport(tried, log), env: granted },
    }),
    replays: createReplays({ config, grants }),
    calls,
    events,
    records: config.store ? { ...records, find: findAnywhere(records, history) } : records,
    history,
    live,
    webhooks: webhooks.report,
    country: config.defaultCountry,
    readiness,
    controllers: () =>
      listedControllers({ sharing, startedAt, own: () => ({ name: nodeName(), version, ...own() }) }),
    metrics: metrics.text,
    ...(console && { console }),
  })

  async function close(): Promise<void> {
    shedding.stop()
    // A record that is being written may yet request its `missed` webhook, and tell the end of its call.
    await within(
      CLOSE_MS,
      Promise.all([
        records.close().then(webhooks.close).then(servings.close).then(traces?.close),
        api.close(),
        tried.close(),
      ]),
    )
    await Promise.all([
      events.close(PROCESSES_MS),
      history.close(PROCESSES_MS),
      ...[shared, sharing].flatMap((room) => room?.close(PROCESSES_MS) ?? []),
    ])
  }

  async function openPorts(): Promise<number> {
    const apiPort = await listenApi(api, config.api)
    await esl.open((connection) => {
      calls.take(connection)
      shedding.called()
    })
    records.register(nodeName())
    sharing?.register(nodeName())
    await audit.write(startOf(store))
    servings.began(store.current().revision, 'start')
    return apiPort
  }

  const apiPort = await openPorts().catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    esl: { host: config.esl.host, port: esl.port },
    api: { host: config.api.host, port: apiPort },
    plans: store,
    reload: publishing.reload,
    async stop() {
      // At once: what they read would end with this controller's calls, and they come back to another one.
      live.close()
      shedding.stop()
      esl.close()
      const drained = Promise.all([calls.drain(), missedCalls.close(DRAIN_MS), notices.settle(DRAIN_MS)])
      if (!(await within(DRAIN_MS, drained))) log.warn({ held: calls.count }, 'not all calls could be let go')
      await close()
    },
  }
}

interface SharedOptions extends Omit<SharedStoreOptions, 'url' | 'controller' | 'onServed'> {
  readonly nodeName: () => string
  readonly servings: Pick<Servings, 'began'>
}

/** Loaded where a database is configured, and not else. */
async function openShared(
  url: Secret,
  { nodeName, servings, ...options }: SharedOptions,
): Promise<SharedStore> {
  const { openSharedStore } = await import('../shared-plans/index.ts')
  return openSharedStore({
    ...{ ...options, url: url.reveal(), controller: nodeName },
    onServed: ({ to, what, author }) => servings.began(to, what as Change['what'], author),
  })
}

/** What this start changed: the set on disk, or a revision in its place, serves now. */
function startOf(store: PlanStore): Change {
  const { revision: to } = store.current()
  const from = store.lastServed
  const outcome = store.state() === 'stale' ? 'refused' : from === to ? 'unchanged' : 'changed'
  return { what: 'start', ...(from !== undefined && { from }), to, outcome }
}

/** Requests of trials are in no journal. */
function loggedTransport({ send }: Transport, log: Logger): Pick<Transport, 'send'> {
  return {
    send(request, sender, signal) {
      const { document, webhook } = sender
      log.info({ document, webhook, origin: request.url.origin }, 'a server is asked for a trial')
      return send(request, sender, signal)
    },
  }
}

function measured(send: SendWebhook, metrics: Metrics, traces: Traces | undefined): SendWebhook {
  return async (request) => {
    const began = performance.now()
    const result = await send(request)
    metrics.webhookSent(result, performance.now() - began, traces?.traceIdOf(request.callId))
    return result
  }
}
