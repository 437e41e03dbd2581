import type { StepBase } from '../document.ts'
import { causes } from '../causes.ts'
import { objectSchema, stepFields } from '../schema-types.ts'
import type { StepOf, StepResult, WalkContext } from '../step.ts'

/** Ends the call. */
export interface HangupStep extends StepBase {
  readonly type: 'hangup'
  readonly cause?: string
}

export const hangupSchema = objectSchema<HangupStep>({
  title: 'hangup',
  description: 'Ends the call; before answer the cause becomes the SIP status.',
  properties: {
    ...stepFields,
    type: { const: 'hangup' },
    cause: {
      enum: causes,
      description:
        'A FreeSWITCH cause. Default: `NORMAL_CLEARING` when the call was answered, else `CALL_REJECTED`.',
    },
  },
  required: ['type'],
})

export async function runHangup(step: StepOf<HangupStep>, { call }: WalkContext): Promise<StepResult> {
  const cause = step.spec.cause ?? (call.answered ? 'NORMAL_CLEARING' : 'CALL_REJECTED')
  await call.hangUp(cause)
  return { go: 'end', ending: 'hungUpByPlan', cause, outcome: cause }
}
