export { PlanSetError, formatFinding, type Finding } from './finding.ts'
export type { JobOptions, LoadJob, RestoreJob } from './load-jobs.ts'
export { loadSet, type LoadOptions } from './load-set.ts'
export { runHere, runInProcess } from './run-in-process.ts'
