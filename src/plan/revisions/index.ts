export { changedSet, type SetChange } from './changed-set.ts'
export {
  createPlanSetBuilder,
  planSetOf,
  type DocumentSummary,
  type PlanSet,
  type PlanSetBuilder,
  type PlanSummary,
} from './plan-set.ts'
export { openRevisions, revisionOf, type Revisions } from './revision-files.ts'
export { createSetName, type SetName } from './set-name.ts'
export { openSliceFiles, type SliceFiles } from './slice-files.ts'
export { slicesOf, type PlanNumber, type ServedDocument, type SetSlice } from './slices.ts'
