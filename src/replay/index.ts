export { createReplays, type Replays, type ReplaysOptions } from './replay.ts'
export { replayLines } from './report-lines.ts'
export type { Parting, ReplayedStep, ReplayReport, Side } from './report.ts'
