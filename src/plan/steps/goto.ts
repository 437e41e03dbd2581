import type { StepBase } from '../document.ts'
import { LONGEST_NAME } from '../lint/caps.ts'
import { objectSchema, stepFields } from '../schema-types.ts'
import type { StepOf, StepResult } from '../step.ts'

/** Goes on in another plan of the document, for good. */
export interface GotoStep extends StepBase {
  readonly type: 'goto'
  readonly plan: string
}

export const gotoSchema = objectSchema<GotoStep>({
  title: 'goto',
  description: 'Goes on in another plan of this document, for good; what a webhook returned is left behind.',
  properties: {
    ...stepFields,
    type: { const: 'goto' },
    plan: { type: 'string', maxLength: LONGEST_NAME, description: 'Name of an entry of `plans`.' },
  },
  required: ['type', 'plan'],
})

export function runGoto(step: StepOf<GotoStep>): StepResult {
  return { go: 'plan', plan: step.spec.plan, outcome: step.spec.plan }
}
