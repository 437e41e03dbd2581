/** What remains of a call that is over: its record, and the request to its plan's `missed` webhook where nobody talked. */
import { idempotencyKey, missedAt, type MissedCall, type StepRecord } from '../plan/index.ts'
import { type Arrival, type CallRecord, type Ending, isMissed } from '../records/index.ts'
import type { IncomingCall } from './incoming-call.ts'
import type { StartingPoint } from './starting-point.ts'

/** The fields of a record that are known as soon as the call has its plan. `start`: undefined where it has none. */
export function recordHead(
  id: string,
  call: IncomingCall,
  start: StartingPoint | undefined,
): Pick<CallRecord, 'id' | 'at' | 'did' | 'caller' | 'name' | 'arrival' | 'document' | 'plan' | 'revision'> {
  const { at, did, caller } = call
  return {
    id,
    at: at.toISOString(),
    did,
    caller: caller.number,
    name: caller.name,
    arrival: arrivalOf(call),
    ...(start && { document: start.document.name, plan: start.plan, revision: start.checkpoint.revision }),
  }
}

/** Of a call on which two parties talked: FreeSWITCH says at its end what became of the file. */
export function recordingOf(steps: readonly StepRecord[]): Pick<CallRecord, 'recording'> {
  const file = steps.at(-1)?.['recording']
  return typeof file === 'string' ? { recording: { file } } : {}
}

function arrivalOf({ did, dialled, domain, answered, checkpoint }: IncomingCall): Arrival {
  return {
    ...(dialled !== did && { dialled }),
    ...(domain !== undefined && { domain }),
    // A call that is taken over may have been answered by its plan.
    ...(answered && checkpoint === undefined && { answered }),
  }
}

/** Undefined where it is none, or the last plan on the way that could name a `missed` webhook named none. */
export function missedCall(
  id: string,
  { caller, did }: IncomingCall,
  start: StartingPoint | undefined,
  ending: Ending,
): MissedCall | undefined {
  const name = start && missedAt(start.document, start.checkpoint.state)
  if (!start || name === undefined || !isMissed(ending)) return undefined
  const { webhooks } = start.document.document
  // A checkpoint may name anything.
  const webhook = Object.hasOwn(webhooks, name) ? webhooks[name] : undefined
  if (!webhook) return undefined
  const { variables } = start.checkpoint.state
  return {
    document: start.document.name,
    name,
    webhook,
    values: {
      ...{ code: '', did, callerid: caller.number, callername: start.checkpoint.state.name },
      // Not the secret ones: the request waits on the disk where the controller was lost.
      ...(variables.size > 0 && { variables: Object.fromEntries(variables) }),
    },
    callId: id,
    key: idempotencyKey(id, -1, 0),
  }
}
