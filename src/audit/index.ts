export { type Audit, type Author, type Change, openAudit } from './audit.ts'
