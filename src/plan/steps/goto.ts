import { entryName, id, note, stepSchema } from '../schema-parts.ts'
import type { StepBase, StepDefinition } from '../step.ts'

/** Goes on in another plan of the document, for good. */
export interface GotoStep extends StepBase {
  readonly type: 'goto'
  readonly plan: string
}

export const goto: StepDefinition<GotoStep> = {
  schema: stepSchema<GotoStep>({
    title: 'goto',
    description:
      'Goes on in another plan of this document, for good; what a webhook returned, and what called this plan, is left behind.',
    properties: {
      id,
      plan: entryName('plans', 'Plan', 'night'),
      note,
    },
    required: ['plan'],
  }),
  example: { type: 'goto', plan: 'night' },
  title: { en: 'Go to a plan', nl: 'Naar een plan' },
  says: ({ plan }) => ({ en: `goes on in the plan ${plan}`, nl: `gaat verder in het plan ${plan}` }),
  freeswitch: { applications: [], modules: [] },
  names: { plans: ['plan'] },
  leadsTo: ({ spec }, { firstSteps }) => [firstSteps[spec.plan]!],
  outcomeLabel: () => 'plan',
  run: ({ spec: { plan } }) => ({ go: 'plan', plan, outcome: plan }),
}
