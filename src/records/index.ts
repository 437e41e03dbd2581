export { lineOfRecord, type CallLine } from './call-line.ts'
export {
  ENDINGS,
  isMissed,
  MISSED,
  type Arrival,
  type CallRecord,
  type Ending,
  type LostCall,
} from './record.ts'
export { BELPLAN_NODE, openRecords, readRecord, type Records } from './records.ts'
export type { LostCallReader } from './recovery.ts'
export { forgetPending } from './forget-pending.ts'
