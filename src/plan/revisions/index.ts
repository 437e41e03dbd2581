export {
  createPlanSetBuilder,
  planSetOf,
  type DocumentSummary,
  type PlanSet,
  type PlanSummary,
} from './plan-set.ts'
export { openRevisions, revisionOf, type Revisions } from './revision-files.ts'
export { openSliceFiles, type SliceFiles } from './slice-files.ts'
export { slicesOf, type ServedDocument, type SetSlice } from './slices.ts'
