export { createReplays, type Replays, type ReplaysOptions } from './replay.ts'
export { replayLines, type ReplayLine } from './report-lines.ts'
export type { Parting, ReplayedStep, ReplayReport, Side } from './report.ts'
