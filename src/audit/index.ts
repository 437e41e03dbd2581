export { type Audit, type Author, type Change, openAudit, type Refusal } from './audit.ts'
export { openServings, type ServedRevision, type Servings } from './servings.ts'
