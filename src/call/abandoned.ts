/**
 * What became of a call whose controller was lost and that ended before another one got it: FreeSWITCH went on
 * with what it was doing, so the parties may even have talked. Told by its last event and its checkpoint.
 */
import type { Headers } from '../esl/index.ts'
import type { CallRecord, Ending } from '../records/index.ts'
import type { StepRecord } from '../plan/index.ts'
import type { CallContext } from './call.ts'
import { missedCall, type MissedCall, recordHead } from './call-record.ts'
import { isByCaller } from './hangup-causes.ts'
import { readIncomingCall, type ReadingOptions } from './incoming-call.ts'
import { findStartingPoint, type StartingPoint } from './starting-point.ts'

export interface Abandoned {
  readonly record: CallRecord
  /** The plan wants to know of calls that nobody talked on. */
  readonly missed: MissedCall | undefined
}

/** The end of the call, as CHANNEL_HANGUP_COMPLETE has it. */
export interface AbandonedEnd {
  readonly id: string
  readonly cause: string
  /** Absent when nobody talked. */
  readonly talkMs?: number
}

/** Who held the call last; undefined: no controller has left a checkpoint that belongs to it. */
export function lastHolder(event: Headers, reading: ReadingOptions): string | undefined {
  return readIncomingCall(event, reading).checkpoint?.controllers.at(-1)
}

/** `event` is CHANNEL_HANGUP_COMPLETE of a call that has a checkpoint. */
export async function abandoned(
  end: AbandonedEnd,
  event: Headers,
  { plans, grants }: Pick<CallContext, 'plans' | 'grants'>,
  reading: ReadingOptions,
): Promise<Abandoned> {
  const call = readIncomingCall(event, reading)
  const found = await findStartingPoint(call, plans, grants)
  const start = 'ending' in found ? undefined : found
  const talked = end.talkMs !== undefined
  return {
    missed: talked ? undefined : missedCall(end.id, call, start),
    record: {
      ...recordHead(end.id, call, start),
      controllers: call.checkpoint?.controllers ?? [],
      steps: start ? [...start.steps, ...lastStep(start, talked)] : [],
      answered: Number(event.get('Caller-Channel-Answered-Time') ?? 0) > 0,
      ...(talked && { talkMs: end.talkMs }),
      ending: endingOf(event, talked),
      cause: end.cause,
      notes: [
        ...(start?.note === undefined ? [] : [start.note]),
        'the controller was lost; told by the end of the call',
      ],
    },
  }
}

/** The step that was being executed. */
function lastStep({ checkpoint, document }: StartingPoint, talked: boolean): StepRecord[] {
  const step = document.steps[checkpoint.state.at]
  if (!step) return []
  const outcome = talked && checkpoint.operation === 'bridge' ? 'answered' : 'interrupted'
  return [{ step: step.name, type: step.spec.type, outcome }]
}

function endingOf(event: Headers, talked: boolean): Ending {
  if (talked) return 'talked'
  return isByCaller(event.variable('sip_hangup_disposition')) ? 'callerHungUp' : 'lost'
}
