/** The events of a call, made of what is known of it at each moment. */
import {
  type CallEvent,
  type CallWatch,
  eventId,
  type EventName,
  eventPlace,
  isRinging,
  nthOf,
  OVER,
  type Progress,
  START,
  type StepRecord,
} from '../plan/index.ts'
import { type CallRecord, isMissed, type LostCall } from '../records/index.ts'
import { EVENT_SCHEMA, EVENT_VERSION } from './event-schema.ts'

/** What all events of a call say, as its record has it. */
export type EventHead = Pick<CallRecord, 'id' | 'at' | 'did' | 'caller' | 'document' | 'plan' | 'revision'>

export interface EventsOfCall {
  readonly head: EventHead
  readonly watch: CallWatch
  /** Those that held the call before. */
  readonly holders: readonly string[]
}

/** Undefined where nobody wants it told. `atMs`: when it happened, since 1970, where that is known; `progress`: how far the walk had come. */
export function eventOf(
  { head, watch, holders }: EventsOfCall,
  event: EventName,
  atMs: number | undefined,
  progress: Progress,
  details: object = {},
  nth = nthOf(event, progress),
): CallEvent | undefined {
  const webhook = watch.events[event]
  if (webhook === undefined || head.document === undefined) return undefined
  const id = eventId(head.id, watch.profileCreated, event, nth)
  const body = JSON.stringify({
    schema: EVENT_SCHEMA,
    version: EVENT_VERSION,
    id,
    event,
    at: atMs === undefined ? undefined : new Date(atMs).toISOString(),
    callid: head.id,
    did: head.did,
    callerid: head.caller,
    callername: watch.callername,
    document: head.document,
    plan: head.plan,
    revision: head.revision,
    startedAt: head.at,
    ...details,
  })
  return {
    ...{
      id,
      call: head.id,
      document: head.document,
      webhook,
      event,
      place: eventPlace(event, progress),
      body,
    },
    ...(holders.length > 0 && { holders }),
  }
}

/** What is told of a call that is over: what was recorded, what it left, `missed` and `ended`. `atMs`: when that was. */
export function lastEvents(call: EventsOfCall, record: CallRecord, atMs: number | undefined): CallEvent[] {
  const { answered, ringMs, talkMs, ending, cause, steps, recording } = record
  // Where its end was not seen nobody knows whether it is there.
  const { file, ms } = recording ?? {}
  const { waitMs, left = [] } = call.watch
  const details = {
    rang: steps.filter(isRinging).map(rungIn),
    ...{ pickedUp: answered, ringMs, waitMs, talkMs },
    ...{ outcome: ending, cause },
  }
  return [
    ms === undefined
      ? undefined
      : eventOf(call, 'recorded', atMs, OVER, { file: belowRecordings(file!, record.document!), ms }),
    ...left.map(({ event, nth, details }) => eventOf(call, event, atMs, OVER, details, nth)),
    isMissed(ending) ? eventOf(call, 'missed', atMs, OVER, details) : undefined,
    eventOf(call, 'ended', atMs, OVER, details),
  ].filter((event) => event !== undefined)
}

/** The operator's folder concerns no customer. */
function belowRecordings(file: string, document: string): string {
  const [day, name] = file.split('/').slice(-2)
  return `${document}/${day!}/${name!}`
}

/** What rang, for how long, and what it came to; of a step that another controller executed, only the last. */
function rungIn({ step, ms, outcome, destinations, each, eachMs, cause, reason }: StepRecord): object {
  return { step, destinations, ms, outcome, each, eachMs, cause, reason }
}

/**
 * The events of a call whose end no controller that held it has told: two parties talked on without one, or it was
 * lost. `keeper`: who keeps the events of this process; `atMs`: when the end was seen; undefined: nobody
 * saw it.
 */
export function eventsOfEnd(
  { record, watch }: LostCall,
  keeper: string,
  atMs: number | undefined,
): CallEvent[] {
  if (watch === undefined) return []
  const { controllers } = record
  // This process is the last of those that set the conversation up.
  const holders = watch.keeper === keeper ? controllers.slice(0, -1) : controllers
  const call = { head: record, watch, holders }
  return [
    ...(watch.unseen ? unseenEvents(call, record, watch.unseen, atMs) : []),
    ...lastEvents(call, record, atMs),
  ]
}

/** What the controller that was lost may not have told. */
function unseenEvents(
  call: EventsOfCall,
  record: CallRecord,
  progress: Progress,
  atMs: number | undefined,
): CallEvent[] {
  const { rang, waitMs } = call.watch
  // When it began to ring is not known: as that was over.
  const rangMs = atMs === undefined ? undefined : atMs - (record.talkMs ?? 0)
  return [
    eventOf(call, 'started', Date.parse(record.at), START),
    rang && eventOf(call, 'ringing', rangMs, progress, rang),
    record.ending === 'talked' ? eventOf(call, 'answered', rangMs, progress, { waitMs }) : undefined,
  ].filter((event) => event !== undefined)
}
