export { CONFIRM_SECONDS, ringEndMs } from './call-control.ts'
export type {
  BridgeOutcome,
  BridgeRequest,
  BridgeResult,
  CallControl,
  Caller,
  DigitsInput,
  CollectRequest,
  Gone,
  OwnTimes,
  QueueRequest,
  QueueResult,
  VoicemailRequest,
  VoicemailResult,
  Refused,
  ShownCaller,
} from './call-control.ts'
export {
  createCalendar,
  momentAt,
  momentOfClock,
  timeZoneFault,
  UTC,
  type Calendar,
} from './calendar/index.ts'
export {
  EVENTS,
  eventId,
  eventPlace,
  nthOf,
  OVER,
  START,
  type CallEvent,
  type CallWatch,
  type EventName,
  type Left,
  type Progress,
} from './call-event.ts'
export { MOST_BYTES, MOST_NUMBERS, MOST_PLANS } from './caps.ts'
export { causes, type Cause } from './causes.ts'
export { compareSets, type Change, type ComparedDocument } from './diff/index.ts'
export type { Presentation, WebhookSpec } from './document.ts'
export {
  createGrants,
  grantedEnv,
  documentMatcher,
  mailboxGrant,
  queueGrant,
  transferGrant,
  type GrantEntries,
  type Grants,
  type OwnerEntry,
  type MailboxEntry,
  type MailboxGrant,
  type QueueEntry,
  type QueueGrant,
  type TransferContext,
  type TransferGrant,
} from './grants.ts'
export {
  isReservedHeader,
  LONGEST_WAIT_SECONDS,
  waitsOf,
  type LintOptions,
  type PlanWaits,
  type WaitPath,
} from './lint/index.ts'
export {
  canonicalOf,
  comparedBody,
  comparedDocument,
  createChecker,
  etagOf,
  etagOfHash,
  fileNameOf,
  findDocuments,
  formIn,
  openDocumentFiles,
  createFormReader,
  type DocumentForm,
  type FormReader,
  type MayName,
  PlanSetError,
  formatFinding,
  isTestFile,
  loadDraft,
  loadSet,
  readRevision,
  readSet,
  readTestFiles,
  type RunTests,
  type TestedCase,
  type TestedDocument,
  type TestFile,
  type TestModule,
  type Finding,
  type Changes,
  type CheckedDocument,
  type DocumentFile,
  type JudgeLimits,
  type LoadedSet,
  type LoadOptions,
  toldChanges,
  type ValidDocument,
} from './loading/index.ts'
export { createMask, maskSecrets } from './mask.ts'
export {
  bareNumber,
  dialledForms,
  isCountry,
  patternKey,
  personOf,
  prefixInE164,
  readNumberPattern,
  rememberedE164,
  toE164,
  type E164Of,
} from './numbers/index.ts'
export { createRingOrder, isOrderOf, type RingOrder } from './ring-orders.ts'
export { restoring } from './remembered-sets.ts'
export { createSharedTurns } from './shared-turns.ts'
export {
  changedSet,
  createPlanSetBuilder,
  createSetName,
  planSetOf,
  slicesOf,
  type DocumentSummary,
  type PlanNumber,
  type PlanSet,
  type PlanSetBuilder,
  type PlanSummary,
  type ServedDocument,
  type SetChange,
  type SetName,
  type SetSlice,
} from './revisions/index.ts'
export { planSchema } from './schema.ts'
export { beginAt, type Returned, type WalkState } from './state.ts'
export {
  END,
  missedAt,
  type CompiledDocument,
  type CompiledStep,
  type NoteStep,
  type StepRecord,
} from './step.ts'
export {
  goesByClock,
  isRinging,
  outcomeLabelOf,
  ringMsOf,
  rungAt,
  saysBranchOf,
  saysOf,
  stepInWords,
  usedVariables,
  valuesOfCases,
  type StepInWords,
} from './step-definitions.ts'
export { MOST_DESTINATIONS } from './steps/bridge.ts'
export { createSetJobs, restoreSet } from './set-jobs.ts'
export { documentTrees, treesOf, type PlanTree, type TreeBranch, type TreeStep } from './tree.ts'
export {
  openStore,
  resultOf,
  type DryRunResult,
  type PlanStore,
  type ReloadResult,
  type ReplaceResult,
  type Replacement,
  type RollbackResult,
  type StoreOptions,
  type StoreState,
} from './store.ts'
export {
  expandTemplate,
  parseTemplate,
  type Expanded,
  type Template,
  type TemplateFault,
} from './url-template.ts'
export { asName, cleanDestination, cleanName, cleanText } from './clean.ts'
export {
  LONGEST_VARIABLE,
  MOST_VARIABLE_BYTES,
  MOST_VARIABLES,
  secretValues,
  VARIABLE,
  type Variables,
} from './variables.ts'
export { walk, type WalkEnd } from './walk.ts'
export {
  idempotencyKey,
  secretsIn,
  type MissedCall,
  type SendWebhook,
  type WebhookRequest,
  type WebhookResult,
  type WebhookValues,
} from './webhook-request.ts'
export { LANGUAGES, type Language } from './wording.ts'
