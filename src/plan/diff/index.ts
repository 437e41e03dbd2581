export type { Change } from './change.ts'
export { compareSets, type ComparedDocument } from './compare-sets.ts'
