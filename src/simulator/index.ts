export { placeCall, type Target } from './place-call.ts'
export type { CallResult, CallScript, Party } from './script.ts'
export type { Invite, TimelineEntry, Transfer } from './timeline.ts'
export { endLine, timelineJson, timelineLine } from './timeline-text.ts'
