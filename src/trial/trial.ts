/**
 * A trial: one call through the controller's own code, with the simulator in FreeSWITCH's place, in a script's time.
 * Nobody is called, and no server is asked unless the script says so.
 */
import { duplexPair, type Duplex } from 'node:stream'
import { Call, createCallContext, endedWaiting, type CallContext, type EndedCall } from '../call/index.ts'
import type { Config } from '../config/index.ts'
import { Connection } from '../esl/index.ts'
import { createRingOrder, type Grants, type PlanSet } from '../plan/index.ts'
import type { CallRecord } from '../records/index.ts'
import { type CallResult, type CallScript, placeCall } from '../simulator/index.ts'
import { BelplanError } from '../util/errors.ts'
import { realTime } from '../util/time.ts'
import {
  createOrigins,
  createWebhookClient,
  type GrantedEnvironment,
  type Transport,
} from '../webhook/index.ts'
import { createObserver } from './observer.ts'
import type { TrialReport } from './report.ts'
import { callScript } from './parties.ts'
import { asksSomebody, momentOf, type Given, type ScriptedCall, type TrialScript } from './script.ts'
import { createScriptTime, type ScriptTime } from './script-time.ts'
import { scriptedTransport } from './scripted-webhooks.ts'

/** What trials have in common. */
export interface TrialsOptions {
  readonly config: Pick<
    Config,
    | 'defaultCountry'
    | 'timezone'
    | 'routes'
    | 'recordings'
    | 'noPlanCause'
    | 'limits'
    | 'checkpointSecret'
    | 'webhooks'
  >
  readonly grants: Grants
  /** For servers that are really asked; absent: none is. */
  readonly ask?: {
    readonly transport: Pick<Transport, 'send'>
    readonly env: GrantedEnvironment
  }
  /** Of belplan. */
  readonly version: string
  /** Takes the record of each call, as the journal would have it. */
  readonly onRecord?: (record: CallRecord) => void
}

export interface Trials {
  /**
   * Tries one call against a set. The caller hangs up when `signal` aborts: for trials that ask servers, since all others
   * take no time.
   * @throws BelplanError `usage` when a server is to be asked and none may be, `protocol` when the call does not end
   */
  run(script: TrialScript, set: PlanSet, signal?: AbortSignal): Promise<TrialReport>
}

/** Of a trial the same comes each time: a list that is rung in any order begins with the first, and so it goes on. */
const AS_WRITTEN = () => 0

/** In place of a secret, which no scripted server sees. */
const SECRET = 'a secret of the trial'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined }

export function createTrials({ config, grants, ask, version, onRecord }: TrialsOptions): Trials {
  const shared = createCallContext({
    plans: { current: unused, byRevision: unused },
    sendWebhook: unused,
    takeWaiting: unused,
    ...{ grants, nodeName: () => 'trial', time: realTime, ringOrder: unused },
    log: { error: unused },
    config: { ...config, limits: unlimited(config.limits) },
  })

  // Of all trials: a server that fails is spared as it is by calls.
  const origins = createOrigins(config.webhooks, realTime, () => undefined)
  const askServer: Transport['send'] = (request, sender, signal) => {
    const send = () => ask?.transport.send(request, sender, signal) ?? unused()
    return origins.run(sender.document, request.url.origin, signal, send)
  }

  /** Customers' servers as the script has them, behind the client that calls have. */
  function webhooksOf(given: Given, time: ScriptTime, onUnscripted: (webhook: string) => void) {
    const { webhooks } = given
    return createWebhookClient({
      ...{ config: config.webhooks, privateNetworks: () => [], log: quiet, version, time },
      env: (document, name) => (asksSomebody(given) ? ask?.env(document, name) : SECRET),
      transport: scriptedTransport({ webhooks, time, ask: askServer, onUnscripted }),
    })
  }

  /** Where the clocks of the document are that is called. */
  function zoneOf({ did, domain }: ScriptedCall, set: PlanSet): string | undefined {
    const { document } = set.find(did, domain)
    const own = document === undefined ? undefined : set.compiled(document)?.document.timezone
    return own ?? config.timezone
  }

  return {
    async run(script, set, signal) {
      const { call, given } = script
      if (ask === undefined && asksSomebody(given))
        throw new BelplanError('usage', 'no server is asked here; write what each webhook answers, or "down"')
      const time = createScriptTime(call.at === undefined ? Date.now() : momentOf(call.at, zoneOf(call, set)))
      const observer = createObserver(script, set, time)
      const client = webhooksOf(given, time, observer.unscripted)
      try {
        const context: CallContext = {
          ...{ ...shared, time, log: { error: observer.fault } },
          ringOrder: createRingOrder(AS_WRITTEN),
          plans: { current: () => set, byRevision: () => Promise.resolve(set) },
          router: observer.dialling(shared.router),
          sendWebhook: observer.asking(client.send),
          onStep: observer.walked,
        }
        const simulated = {
          ...callScript(script, set, time),
          ...{ answers: observer.answers, observe: observer.observe },
          ...(signal && { signal }),
        }
        const [result, ended] = await Promise.race([play(simulated, context), endless(time)])
        onRecord?.(ended.record)
        return observer.report(result, ended)
      } finally {
        time.stop()
        await client.close()
      }
    },
  }
}

/** The call from both sides: what came of it for FreeSWITCH, and for the controller. */
async function play(script: CallScript, shared: CallContext): Promise<[CallResult, EndedCall]> {
  const held = Promise.withResolvers<EndedCall>()
  let waiting: EndedCall | undefined
  const context: CallContext = {
    ...shared,
    takeWaiting() {
      const record = waiting?.record
      waiting = undefined
      return Promise.resolve(record)
    },
  }
  function connect(): Duplex {
    const [ours, theirs] = joined()
    hold(new Connection(theirs, { log: quiet }), context).then((ended) => {
      if (ended.state === 'waiting') waiting = ended
      else held.resolve(ended)
    }, held.reject)
    return ours
  }
  const result = await placeCall({ host: 'trial', port: 0, connect }, script)
  // Not taken up again: it ended while FreeSWITCH alone had it.
  return [result, waiting ? endedWaiting(waiting, result) : await held.promise]
}

/** As the two ends of a socket: where one is closed, the other is, too. */
function joined(): [Duplex, Duplex] {
  const [a, b] = duplexPair()
  a.once('close', () => b.destroy())
  b.once('close', () => a.destroy())
  return [a, b]
}

function unused(): never {
  throw new Error('a trial has its own')
}

/** What a platform can take does not count in a trial: it is one call, and rings nobody. */
function unlimited(limits: Config['limits']): Config['limits'] {
  const none = { calls: 0, callsPerMinute: 0 }
  return { ...limits, ...none, perCaller: none, legsPerSecond: 0 }
}

async function hold(connection: Connection, context: CallContext): Promise<EndedCall> {
  const call = await Call.open(connection, context)
  const ended = await call.run()
  if (ended === undefined) throw new BelplanError('protocol', 'the call was let go in the middle of its plan')
  return ended
}

async function endless(time: ScriptTime): Promise<never> {
  await time.idle
  throw new BelplanError('protocol', 'the call stands still: nothing is due any more, and it has not ended')
}
