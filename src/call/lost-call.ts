/**
 * What a call came to that ended without a controller, because that was lost, or had let go of it for a queue: FreeSWITCH
 * went on with what it was doing, so the parties may even have talked. Its last event says so, and its checkpoint.
 */
import type { Config } from '../config/index.ts'
import type { Headers } from '../esl/index.ts'
import { type Left, type QueueResult, rungAt, type StepRecord } from '../plan/index.ts'
import type { CallRecord, Ending, LostCall, LostCallReader } from '../records/index.ts'
import type { CallContext } from './call.ts'
import { missedCall, recordHead } from './call-record.ts'
import { createSignature } from './checkpoint.ts'
import { isByCaller, mayHaveRung } from './hangup-causes.ts'
import { readIncomingCall } from './incoming-call.ts'
import { readQueueEnd } from './queue-end.ts'
import { readVoicemailEnd } from './voicemail-end.ts'
import { findStartingPoint, type StartingPoint } from './starting-point.ts'

interface LostCallOptions extends Pick<CallContext, 'plans' | 'grants'> {
  readonly config: Pick<Config, 'defaultCountry' | 'checkpointSecret'>
}

export function createLostCallReader({ plans, grants, config }: LostCallOptions): LostCallReader {
  const reading = { country: config.defaultCountry, signature: createSignature(config.checkpointSecret) }
  return {
    lastHolder: (event) => readIncomingCall(event, reading).checkpoint?.controllers.at(-1),

    async read(end, event, before) {
      const { id, cause, talkMs, recording, freeswitch } = end
      const call = readIncomingCall(event, reading)
      if (!call.checkpoint && before) return handedOn(before, end, event)
      const found = await findStartingPoint(call, plans, grants)
      const start = 'ending' in found ? undefined : found
      const talked = talkMs !== undefined
      const ending = endingOf(event, talked)
      const last = lastStep(start, event, talked)
      return {
        missed: missedCall(id, call, start, ending),
        ...(start && watchOf(start, event, last)),
        record: {
          ...recordHead(id, call, start),
          controllers: call.checkpoint?.controllers ?? [],
          freeswitch,
          ...stepsOf(start, before?.record, last),
          answered: Number(event.get('Caller-Channel-Answered-Time') ?? 0) > 0,
          ...(talked && { talkMs }),
          ...(recording && { recording }),
          ending,
          cause,
          notes: [
            ...(start?.note === undefined ? [] : [start.note]),
            ...(before?.record.notes ?? []),
            ...(before ? [] : ['the controller was lost; told by the end of the call']),
          ],
        },
      }
    },
  }
}

/** Whoever answered sent the caller elsewhere than to a plan: what is there of the call is of before that, and so is its checkpoint. */
function handedOn(
  { record, missed, watch }: LostCall,
  { cause, talkMs, recording, freeswitch }: Parameters<LostCallReader['read']>[0],
  event: Headers,
): LostCall {
  const { warnings: _, ...ended }: Partial<QueueResult> = readQueueEnd(event) ?? {}
  const talked = ended.outcome === 'answered'
  const steps = record.steps.slice(0, -1)
  const { unknownSteps = 0 } = record
  return {
    missed: talked ? undefined : missed,
    ...(watch && { watch: { ...watch, unseen: { steps: unknownSteps + steps.length, bridges: 0 } } }),
    record: {
      ...{ ...record, freeswitch },
      steps: [...steps, { ...record.steps.at(-1)!, ...ended, outcome: talked ? 'answered' : 'interrupted' }],
      answered: true,
      ...(talkMs !== undefined && { talkMs }),
      ...(recording && { recording }),
      ending: talked ? 'talked' : endingOf(event, false),
      cause,
    },
  }
}

/** Undefined where its document wants nothing told of it. */
function watchOf(
  { document, checkpoint }: StartingPoint,
  end: Headers,
  last: readonly StepRecord[],
): Pick<LostCall, 'watch'> | undefined {
  const { events } = document.document
  if (!events) return undefined
  const { state, operation, profileCreated } = checkpoint
  const { name: callername, steps, bridges } = state
  // Where the caller was gone before FreeSWITCH came to the bridge, nothing rang.
  const disposition = operation === 'bridge' ? end.variable('originate_disposition') : undefined
  const rung = disposition !== undefined && mayHaveRung(disposition) ? rungAt(document, state) : undefined
  const left = last.flatMap((step) => messageIn(step, steps))
  return {
    watch: {
      ...{ events, profileCreated, callername, unseen: { steps, bridges } },
      ...(rung && { rang: { destinations: rung.destinations, ringSeconds: rung.seconds } }),
      ...(left.length > 0 && { left }),
    },
  }
}

/** Of a caller who hung up behind the tone: `nth` steps were finished before. */
function messageIn({ type, outcome, mailbox, messageMs: ms }: StepRecord, nth: number): Left[] {
  if (type !== 'voicemail' || outcome !== 'left' || typeof mailbox !== 'string') return []
  return [{ event: 'message', nth, details: { mailbox, ...(typeof ms === 'number' && { ms }) } }]
}

/** With all that is known of the steps before the last one. */
function stepsOf(
  start: StartingPoint | undefined,
  before: CallRecord | undefined,
  last: readonly StepRecord[],
): Pick<CallRecord, 'steps' | 'unknownSteps'> {
  const known = before ? { unknownSteps: 0, ...before, steps: before.steps.slice(0, -1) } : start
  if (!known) return { steps: [] }
  const { steps, unknownSteps } = known
  return { ...(unknownSteps > 0 && { unknownSteps }), steps: [...steps, ...last] }
}

/** The step that was being executed. */
function lastStep(start: StartingPoint | undefined, event: Headers, talked: boolean): StepRecord[] {
  const step = start?.document.steps[start.checkpoint.state.at]
  if (!start || !step) return []
  const { operation } = start.checkpoint
  const outcome = talked && (operation === 'bridge' || operation === 'queue') ? 'answered' : 'interrupted'
  if (operation === 'voicemail') {
    // A caller who hangs up behind the tone has left what they said.
    const { outcome = 'interrupted', warnings: _, ...more } = readVoicemailEnd(event) ?? {}
    const left = outcome === 'left' ? outcome : 'interrupted'
    const mailbox = step.spec.type === 'voicemail' ? { mailbox: step.spec.mailbox } : {}
    return [{ step: step.name, type: step.spec.type, ...mailbox, ...more, outcome: left }]
  }
  const { warnings: _, ...ended } = (operation === 'queue' ? readQueueEnd(event) : undefined) ?? {}
  return [
    {
      ...{ step: step.name, type: step.spec.type },
      ...(step.spec.type === 'queue' && { queue: step.spec.queue }),
      ...{ ...ended, outcome },
    },
  ]
}

function endingOf(event: Headers, talked: boolean): Ending {
  if (talked) return 'talked'
  return isByCaller(event.variable('sip_hangup_disposition')) ? 'callerHungUp' : 'lost'
}
