export { operatorOf } from './operator.ts'
export { displayed, type TrialReport } from './report.ts'
export { createTrials, type Trials, type TrialsOptions } from './trial.ts'
export type { TrialScript } from './script.ts'
