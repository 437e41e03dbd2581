/** Walks a plan over a call that does what a script says, and tells what was done to it. */
import { realTime, type Time } from '../../src/util/time.ts'
import { createCalendar } from '../../src/plan/calendar/index.ts'
import { Ajv } from 'ajv'
import type {
  BridgeOutcome,
  BridgeRequest,
  CallControl,
  Caller,
  DigitsInput,
  CollectRequest,
  Gone,
  QueueRequest,
  QueueResult,
  VoicemailRequest,
  VoicemailResult,
} from '../../src/plan/call-control.ts'
import type { WebhookRequest, WebhookResult } from '../../src/plan/webhook-request.ts'
import type { StepEvent } from '../../src/plan/call-event.ts'
import { compile } from '../../src/plan/compile.ts'
import type { PlanDocument } from '../../src/plan/document.ts'
import { planSchema } from '../../src/plan/schema.ts'
import { beginAt, type WalkState } from '../../src/plan/state.ts'
import type { CompiledDocument, StepRecord } from '../../src/plan/step.ts'
import { createRingOrder, type RingOrder } from '../../src/plan/ring-orders.ts'
import { walk, type WalkEnd } from '../../src/plan/walk.ts'

const validate = new Ajv({ discriminator: true, useDefaults: true, strict: false }).compile(planSchema)

/** A plan document with its defaults filled in; a plan that does not validate fails the test. */
export function document(written: object): PlanDocument {
  const filled = structuredClone(written)
  if (!validate(filled)) throw new Error(JSON.stringify(validate.errors))
  return filled as PlanDocument
}

export const webhooks = {
  crm: { urlTemplate: 'https://crm.example/' },
  mail: { urlTemplate: 'https://mail.example/' },
}
const audio = { hello: 'hello.wav' }
/** A document whose plan `main` has these steps. */
export const plan = (steps: object[], more: object = {}) => ({
  audio,
  webhooks,
  plans: { main: { steps }, ...more },
})
export const play = { type: 'play', audio: 'hello' }
export const ring = (destination: string | string[], more: object = {}) => ({
  type: 'bridge',
  destination,
  ...more,
})

export interface Script {
  caller?: Partial<Caller>
  answered?: boolean
  /** Digits, one input each; '' is a timeout; with a trailing `#` they were ended by the terminator. */
  keyed?: string[]
  /** By destination list, such as `215` or `215,216`; not named: `noAnswer`. */
  bridges?: Record<string, BridgeOutcome>
  /** By queue; not named: `timeout`. `waiting`: FreeSWITCH has the call. */
  queues?: Record<string, QueueResult | 'waiting'>
  /** By mailbox; not named: a message is left. */
  mailboxes?: Record<string, VoicemailResult | 'waiting'>
  answers?: ((request: WebhookRequest) => Partial<WebhookResult>) | Record<string, Partial<WebhookResult>>
  unplayable?: string[]
  /** Hangs the caller up before the n-th thing that is done to the call. */
  hangUpBefore?: number
  bridgesPerCall?: number
  time?: Time
  ringOrder?: RingOrder
  state?: (state: WalkState) => void
  /** Called as each step is through. */
  onStep?: () => void
}

export interface Walked {
  /** What was done to the call, such as `play welcome`, `collect welcome`, `bridge 215`, `hang up USER_BUSY`. */
  readonly done: string[]
  readonly requests: WebhookRequest[]
  readonly bridges: BridgeRequest[]
  readonly collects: CollectRequest[]
  readonly queues: QueueRequest[]
  readonly messages: VoicemailRequest[]
  readonly steps: StepRecord[]
  readonly told: StepEvent[]
  readonly end: WalkEnd
  readonly state: WalkState
}

const calendar = createCalendar()

const CAUSES: Record<BridgeOutcome, string> = {
  answered: 'SUCCESS',
  busy: 'USER_BUSY',
  rejected: 'CALL_REJECTED',
  noAnswer: 'NO_ANSWER',
  unavailable: 'USER_NOT_REGISTERED',
  failed: 'NO_ROUTE_DESTINATION',
}

/** Walks plan `main` (or the one named) of `written`. Audio is named as it is, so that `done` reads well. */
export async function walkPlan(written: object, script: Script = {}, plan = 'main'): Promise<Walked> {
  return walkCompiled(compile('acme', document(written)), script, plan)
}

/** As `walkPlan`, for a document that was made ready before. */
export async function walkCompiled(
  compiled: CompiledDocument,
  script: Script = {},
  plan = 'main',
): Promise<Walked> {
  const caller: Caller = { number: '+31612345678', name: 'Jane Doe', withheld: false, ...script.caller }
  const state = beginAt(compiled.firstSteps[plan]!, caller.name, compiled.document.plans[plan]!.missed)
  script.state?.(state)
  const done: string[] = []
  const requests: WebhookRequest[] = []
  const bridges: BridgeRequest[] = []
  const collects: CollectRequest[] = []
  const queues: QueueRequest[] = []
  const messages: VoicemailRequest[] = []
  const steps: StepRecord[] = []
  const told: StepEvent[] = []
  const hungUp = new AbortController()
  let answered = script.answered ?? false
  const inputs = [...(script.keyed ?? [])]

  function act(what: string): boolean {
    if (!hungUp.signal.aborted && done.length === script.hangUpBefore) hungUp.abort()
    if (hungUp.signal.aborted) return false
    done.push(what)
    return true
  }

  const call: CallControl = {
    id: '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49',
    caller,
    did: '+31502100000',
    signal: hungUp.signal,
    get answered() {
      return answered
    },
    play(audio, { answer }): Promise<'played' | 'failed' | Gone> {
      if (!act(`play ${audio}${answer ? '' : ' early'}`)) return Promise.resolve('gone')
      answered ||= answer
      return Promise.resolve(script.unplayable?.includes(audio) ? 'failed' : 'played')
    },
    collect(request): Promise<DigitsInput | Gone> {
      if (!act(`collect ${request.prompt ?? '-'}`)) return Promise.resolve('gone')
      answered = true
      collects.push(request)
      const keyed = inputs.shift() ?? ''
      if (keyed === '') return Promise.resolve({ kind: 'timeout' })
      const terminated = request.terminator !== 'none' && keyed.endsWith(request.terminator)
      const digits = terminated ? keyed.slice(0, -1) : keyed
      if (digits.length > request.maxDigits) inputs.unshift(keyed.slice(request.maxDigits))
      return Promise.resolve({ kind: 'digits', digits: digits.slice(0, request.maxDigits), terminated })
    },
    bridge(request) {
      const list = request.destinations.join(',')
      if (!act(`bridge ${list}`)) return Promise.resolve('gone')
      bridges.push(request)
      const outcome = script.bridges?.[list] ?? 'noAnswer'
      answered ||= outcome === 'answered'
      return Promise.resolve({ outcome, cause: CAUSES[outcome] })
    },
    queue(request) {
      if (!act(`queue ${request.queue}`)) return Promise.resolve('gone')
      queues.push(request)
      answered = true
      return Promise.resolve(script.queues?.[request.queue] ?? { outcome: 'timeout' })
    },
    voicemail(request) {
      if (!act(`voicemail ${request.mailbox}`)) return Promise.resolve('gone')
      messages.push(request)
      answered = true
      return Promise.resolve(script.mailboxes?.[request.mailbox] ?? { outcome: 'left' })
    },
    transfer(destination, context) {
      return Promise.resolve(act(`transfer ${destination} ${context ?? '-'}`) ? 'transferred' : 'gone')
    },
    hangUp(cause) {
      act(`hang up ${cause}`)
      return Promise.resolve()
    },
    wait: () => () => Promise.resolve(),
    save: () => undefined,
  }

  const sendWebhook = (request: WebhookRequest): Promise<WebhookResult> => {
    if (act(`ask ${request.name}`)) requests.push(request)
    const said =
      typeof script.answers === 'function' ? script.answers(request) : script.answers?.[request.name]
    return Promise.resolve({
      status: 'ERR',
      url: request.webhook.urlTemplate,
      tries: 1,
      source: 'server',
      warnings: [],
      ...said,
    })
  }

  const end = await walk({
    call,
    sendWebhook,
    document: compiled,
    state,
    limits: { bridgesPerCall: script.bridgesPerCall ?? 20 },
    time: script.time ?? realTime,
    calendar,
    tell: (event) => Promise.resolve(void told.push(event)),
    ringOrder: script.ringOrder ?? createRingOrder(() => 0),
    note(record) {
      steps.push(record)
      script.onStep?.()
    },
  })
  return { done, requests, bridges, collects, queues, messages, steps, told, end, state }
}
