/**
 * What became of a call whose controller was lost and that ended before another one got it: FreeSWITCH went on
 * with what it was doing, so the parties may even have talked. Told by its last event and its checkpoint.
 */
import type { Headers } from '../esl/index.ts'
import type { CallRecord, Ending } from '../records/index.ts'
import type { StepRecord } from '../plan/index.ts'
import { missedOf, type Missed } from './missed.ts'
import { begin, incoming, type Beginning, type CallParts, type Reading } from './story.ts'

export interface Abandoned {
  readonly record: CallRecord
  /** The plan wants to know of calls that nobody talked on. */
  readonly missed: Missed | undefined
}

/** The end of the call, as CHANNEL_HANGUP_COMPLETE has it. */
export interface AbandonedEnd {
  readonly id: string
  readonly cause: string
  /** Absent when nobody talked. */
  readonly talkMs?: number
}

/** Who held the call last; undefined: no controller has left a checkpoint that belongs to it. */
export function lastHolder(event: Headers, reading: Reading): string | undefined {
  return incoming(event, reading).checkpoint?.controllers.at(-1)
}

/** `event` is CHANNEL_HANGUP_COMPLETE of a call that has a checkpoint. */
export async function abandoned(
  end: AbandonedEnd,
  event: Headers,
  { plans, grants }: Pick<CallParts, 'plans' | 'grants'>,
  reading: Reading,
): Promise<Abandoned> {
  const call = incoming(event, reading)
  const begun = await begin(call, plans, grants)
  const found = 'none' in begun ? undefined : begun
  const { caller, did, at, checkpoint } = call
  const talked = end.talkMs !== undefined
  return {
    missed: talked ? undefined : missedOf(end.id, call, found),
    record: {
      id: end.id,
      at: at.toISOString(),
      did,
      caller: caller.number,
      name: caller.name,
      ...(found && { document: found.document.name, plan: found.plan, revision: found.revision }),
      controllers: checkpoint?.controllers ?? [],
      steps: found ? [...found.steps, ...lastStep(found, talked)] : [],
      answered: Number(event.get('Caller-Channel-Answered-Time') ?? 0) > 0,
      ...(talked && { talkMs: end.talkMs }),
      ending: endingOf(event, talked),
      cause: end.cause,
      notes: [...(found?.notes ?? []), 'the controller was lost; told by the end of the call'],
    },
  }
}

/** The step that was being executed. */
function lastStep({ state, document, resumed }: Beginning, talked: boolean): StepRecord[] {
  const step = document.steps[state.at]
  if (!step) return []
  const outcome = talked && resumed === 'bridge' ? 'answered' : 'interrupted'
  return [{ step: step.name, type: step.spec.type, outcome }]
}

function endingOf(event: Headers, talked: boolean): Ending {
  if (talked) return 'talked'
  // sofia: `recv_bye`, `recv_cancel`; what FreeSWITCH itself ended is `send_…`.
  return event.variable('sip_hangup_disposition')?.startsWith('recv_') === true ? 'callerHungUp' : 'lost'
}
