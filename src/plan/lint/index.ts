export { capErrors } from './caps.ts'
export { claimErrors } from './claims.ts'
export { documentErrors } from './errors.ts'
export { numberPath, numberUses, type NumberUse } from './numbers.ts'
export { outline } from './outline.ts'
export type { LintOptions } from './options.ts'
export { ownSteps } from './reach.ts'
export { createValidator } from './validator.ts'
export {
  LONGEST_WAIT_SECONDS,
  stepWaitsOf,
  waitsOf,
  type PlanWaits,
  type StepWaits,
  type WaitPath,
} from './waits.ts'
export { documentWarnings } from './warnings.ts'
export { isReservedHeader } from './webhooks.ts'
