/** A walk without a call: what comes from outside is said by an `Outside`, and time passes as it says. */
import {
  type BridgeRequest,
  type BridgeResult,
  type Calendar,
  type CallControl,
  type Caller,
  type CollectRequest,
  type CompiledDocument,
  type CompiledStep,
  type DigitsInput,
  type Gone,
  type QueueRequest,
  type QueueResult,
  type VoicemailRequest,
  type VoicemailResult,
  type Refused,
  type ShownCaller,
  type StepRecord,
  walk,
  type WalkEnd,
  type WalkState,
  type WebhookRequest,
  type WebhookResult,
} from '../plan/index.ts'

/** What comes from outside, one thing after the other. Each method passes the time that it took with `passes`. */
export interface Outside {
  play(audio: string, step: CompiledStep): 'played' | 'failed' | Gone
  collect(request: CollectRequest, step: CompiledStep): DigitsInput | Gone
  bridge(request: BridgeRequest, step: CompiledStep): BridgeResult | Gone
  queue(request: QueueRequest, step: CompiledStep): QueueResult | Gone
  voicemail(request: VoicemailRequest, step: CompiledStep): VoicemailResult | Gone
  transfer(
    destination: string,
    context: string | undefined,
    step: CompiledStep,
  ): 'transferred' | Refused | Gone
  ask(request: WebhookRequest, step: CompiledStep): WebhookResult | Gone
  readonly calendar: Calendar
  /** What a switch goes by: `value` may be one that the record does not have. */
  caseOf(value: string, step: CompiledStep): number | undefined
  /** In which order a list of `count` destinations is rung. */
  ringOrder(step: CompiledStep, count: number): readonly number[]
  /** The walk is through with a step; false: the caller goes before another one begins. */
  stepDone(walked: WalkedStep): boolean
}

/** One thing that a step did. */
export type Deed =
  | { readonly asks: string }
  | { readonly rings: readonly string[]; readonly shows: ShownCaller; readonly records: boolean }
  | { readonly queues: string; readonly shows: ShownCaller }
  | { readonly leaves: string }
  | { readonly plays: string }
  | { readonly collects: string }
  | { readonly transfers: string; readonly context: string | undefined; readonly shows: ShownCaller }

/** One step of a walk, and what it did. */
export interface WalkedStep {
  readonly step: CompiledStep
  readonly record: StepRecord
  readonly deeds: readonly Deed[]
}

export interface WalkedAgain {
  readonly steps: readonly WalkedStep[]
  readonly end: WalkEnd
}

/** A call that begins at its plan's first step. */
export interface Begun {
  readonly id: string
  /** When it came in, in milliseconds since 1970. */
  readonly atMs: number
  readonly document: CompiledDocument
  readonly caller: Caller
  readonly did: string
  /** By FreeSWITCH's dialplan. */
  readonly answered: boolean
  readonly state: WalkState
}

/** `clock`: milliseconds since the call came in, which the outside moves on. */
export async function walkAgain(
  { id, atMs, document: compiled, caller, did, state, ...begun }: Begun,
  outside: Outside,
  clock: { readonly ms: number },
): Promise<WalkedAgain> {
  const document = withCases(compiled, outside)
  const gone = new AbortController()
  const steps: WalkedStep[] = []
  let { answered } = begun
  let deeds: Deed[] = []
  const here = () => document.steps[state.at]!

  function came<T>(deed: Deed | undefined, result: T | Gone): T | Gone {
    if (deed) deeds.push(deed)
    if (result === 'gone') gone.abort()
    return result
  }

  const call: CallControl = {
    ...{ id, caller, did, signal: gone.signal },
    get answered() {
      return answered
    },
    play(audio, { answer }) {
      const result = came({ plays: audio }, outside.play(audio, here()))
      answered ||= answer
      return Promise.resolve(result)
    },
    collect(request) {
      answered = true
      const deed = request.prompt === undefined ? undefined : { collects: request.prompt }
      return Promise.resolve(came(deed, outside.collect(request, here())))
    },
    bridge(request) {
      const { destinations: rings, shown: shows, record: records = false } = request
      return Promise.resolve(came({ rings, shows, records }, outside.bridge(request, here())))
    },
    queue(request) {
      const { queue: queues, shown: shows } = request
      const result = came({ queues, shows }, outside.queue(request, here()))
      // Who is not put in is not answered.
      answered ||= result !== 'gone' && result.outcome !== 'full' && result.outcome !== 'failed'
      return Promise.resolve(result)
    },
    voicemail(request) {
      const result = came({ leaves: request.mailbox }, outside.voicemail(request, here()))
      answered ||= result !== 'gone' && result.reason === undefined
      return Promise.resolve(result)
    },
    transfer(transfers, context, shows) {
      const deed = { transfers, context, shows }
      return Promise.resolve(came(deed, outside.transfer(transfers, context, here())))
    },
    hangUp: () => Promise.resolve(),
    wait: () => () => Promise.resolve(),
    save: () => undefined,
  }

  const end = await walk({
    ...{ call, document, state },
    // The outside has the operator's limit.
    limits: { bridgesPerCall: Infinity },
    time: { now: () => clock.ms, unixMs: () => atMs + clock.ms, after: () => () => undefined },
    calendar: outside.calendar,
    tell: () => Promise.resolve(),
    ringOrder: (_, __, count) => outside.ringOrder(here(), count),
    sendWebhook(request) {
      // Nothing comes back of it, whatever its server does.
      if (request.kind === 'notice') {
        deeds.push({ asks: request.name })
        return Promise.resolve(UNANSWERED)
      }
      const result = came({ asks: request.name }, outside.ask(request, here()))
      return Promise.resolve(result === 'gone' ? UNANSWERED : result)
    },
    note(record, step) {
      const walked = { step, record, deeds }
      deeds = []
      steps.push(walked)
      if (!outside.stepDone(walked)) gone.abort()
    },
  })
  return { steps, end }
}

/** The same document, whose switches go by what the outside says. */
function withCases(document: CompiledDocument, outside: Outside): CompiledDocument {
  if (document.steps.every(({ caseOf }) => caseOf === undefined)) return document
  const steps = document.steps.map((step) =>
    step.caseOf ? { ...step, caseOf: (value: string) => outside.caseOf(value, step) } : step,
  )
  return { ...document, steps }
}

/** Of a caller who is gone, and of what is only told: nobody looks at it. */
const UNANSWERED: WebhookResult = { status: 'ERR', url: '', tries: 0, source: 'none', warnings: [] }
