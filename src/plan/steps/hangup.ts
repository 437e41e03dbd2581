import { causes } from '../causes.ts'
import { id, note, stepSchema } from '../schema-parts.ts'
import { END, type StepBase, type StepDefinition } from '../step.ts'

/** Ends the call. */
export interface HangupStep extends StepBase {
  readonly type: 'hangup'
  readonly cause?: string
}

export const hangup: StepDefinition<HangupStep> = {
  schema: stepSchema<HangupStep>({
    title: 'hangup',
    description: 'Ends the call; before answer the cause becomes the SIP status.',
    properties: {
      id,
      cause: {
        enum: causes,
        title: 'Cause',
        examples: ['USER_BUSY'],
        description:
          'A FreeSWITCH cause. Default: `NORMAL_CLEARING` when the call was answered, else `CALL_REJECTED`.',
      },
      note,
    },
    required: [],
  }),
  example: { type: 'hangup', cause: 'USER_BUSY' },
  title: { en: 'Hang up', nl: 'Ophangen' },
  says: ({ cause }) =>
    cause === undefined
      ? { en: 'hangs up', nl: 'hangt op' }
      : { en: `hangs up with ${cause}`, nl: `hangt op met ${cause}` },
  freeswitch: { applications: [], modules: ['mod_commands'] },
  leadsTo: () => [END],
  async run({ spec }, { call }) {
    const cause = spec.cause ?? (call.answered ? 'NORMAL_CLEARING' : 'CALL_REJECTED')
    await call.hangUp(cause)
    return { go: 'end', ending: 'hungUpByPlan', cause, outcome: cause }
  },
}
