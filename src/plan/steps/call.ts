import { entryName, id, note, stepSchema } from '../schema-parts.ts'
import { CALLED, type StepBase, type StepDefinition } from '../step.ts'

/** Runs another plan of the document, and comes back behind itself when that is through. */
export interface CallStep extends StepBase {
  readonly type: 'call'
  readonly plan: string
}

export const callStep: StepDefinition<CallStep> = {
  schema: stepSchema<CallStep>({
    title: 'call',
    description: 'Runs another plan of this document, and goes on behind itself when that is through.',
    properties: {
      id,
      plan: entryName('plans', 'Plan', 'greeting', ', which must not lead back here'),
      note,
    },
    required: ['plan'],
  }),
  example: { type: 'call', plan: 'greeting' },
  title: { en: 'Call a plan', nl: 'Plan uitvoeren' },
  says: ({ plan }) => ({
    en: `calls the plan ${plan}, and comes back`,
    nl: `voert het plan ${plan} uit en komt terug`,
  }),
  freeswitch: { applications: [], modules: [] },
  names: { plans: ['plan'] },
  calls: 'plan',
  leadsTo: ({ branches }) => [branches[CALLED]!],
  outcomeLabel: () => 'plan',
  run: ({ spec: { plan } }) => ({ go: 'branch', branch: CALLED, outcome: plan }),
}
