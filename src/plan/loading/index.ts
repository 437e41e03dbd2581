export { createChecker } from './check-document.ts'
export { readRevision, readSet } from './compared.ts'
export { openDocumentFiles, type DocumentFile } from './document-files.ts'
export { PlanSetError, formatFinding, type Finding } from './finding.ts'
export { isTestFile } from './folder.ts'
export type {
  Changes,
  Counts,
  Job,
  JobEnd,
  JobOptions,
  JobPart,
  LoadJob,
  ReplacedDocument,
  RestoreJob,
  TestedCase,
  TestedDocument,
  TestModule,
} from './load-jobs.ts'
export {
  loadDraft,
  loadSet,
  type JudgeLimits,
  type LoadedSet,
  type LoadOptions,
  type RunTests,
} from './load-set.ts'
export { readTestFiles, type TestFile } from './test-files.ts'
export { readSlices, SMALL } from './restore-job.ts'
export { runHere, runInProcess } from './run-in-process.ts'
