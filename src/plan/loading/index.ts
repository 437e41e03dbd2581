export {
  canonicalOf,
  createChecker,
  formIn,
  type CheckedDocument,
  type ValidDocument,
} from './check-document.ts'
export { toldChanges } from './compare-jobs.ts'
export { comparedBody, comparedDocument, readRevision, readSet } from './compared.ts'
export { etagOf, etagOfHash, openDocumentFiles, type DocumentFile } from './document-files.ts'
export { createFormReader, type DocumentForm, type FormReader } from './document-form.ts'
export type { MayName } from './duplicate-numbers.ts'
export type { Finding } from './finding.ts'
export { fileNameOf, findDocuments, isTestFile } from './folder.ts'
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
export { formatFinding, PlanSetError } from './plan-set-error.ts'
export { readTestFiles, type TestFile } from './test-files.ts'
export type { TestedCase, TestedDocument } from './tested.ts'
export { readSlices, SMALL } from './restore-job.ts'
export { runHere, runInProcess } from './run-in-process.ts'
