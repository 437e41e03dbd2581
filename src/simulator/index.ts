export { placeCall, type Target } from './place-call.ts'
export {
  type CallResult,
  type CallScript,
  type Mailbox,
  MAILBOX_OUTCOMES,
  type Party,
  PARTY_OUTCOMES,
  type Queue,
  QUEUE_OUTCOMES,
} from './script.ts'
export type { Invite, QueueEntry, TimelineEntry, Transfer, VoicemailEntry } from './timeline.ts'
export { endLine, timelineJson, timelineLine } from './timeline-text.ts'
