export { placeCall, type Target } from './place-call.ts'
export type { CallScript, Party } from './script.ts'
export { endLine, timelineJson, timelineLine } from './timeline.ts'
