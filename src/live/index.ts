export { lineOfLive, lineOfRecord, type CallLine } from './line.ts'
export { createLive, type Live, type LiveCounts } from './live.ts'
