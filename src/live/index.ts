export { createLive, type Live, type LiveCounts } from './live.ts'
