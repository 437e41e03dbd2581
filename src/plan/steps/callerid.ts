import { type Presentation, PRESENTATIONS } from '../document.ts'
import { id, note, stepSchema } from '../schema-parts.ts'
import type { StepBase, StepDefinition } from '../step.ts'

/** Which number the called party sees from here on: of what follows in its list, and below that. */
export interface CallerIdStep extends StepBase {
  readonly type: 'callerid'
  readonly presentation: Presentation
}

const SHOWS: Readonly<Record<Presentation, string>> = {
  caller: "the caller's number",
  called: 'the dialled number',
  suppressed: 'no number',
}

export const callerid: StepDefinition<CallerIdStep> = {
  schema: stepSchema<CallerIdStep>({
    title: 'callerid',
    description: 'Changes the number that the called party sees, for what follows in its list.',
    properties: {
      id,
      presentation: {
        enum: PRESENTATIONS,
        title: 'Number shown',
        examples: ['called'],
        description: "The caller's number, the dialled one, or none.",
      },
      note,
    },
    required: ['presentation'],
  }),
  example: { type: 'callerid', presentation: 'called' },
  says: ({ presentation }) => `shows ${SHOWS[presentation]} from here on`,
  freeswitch: { applications: [], modules: [] },
  presentationBehind: ({ presentation }) => presentation,
  warnings(_, path, { isLast }, report) {
    if (isLast) {
      report(
        path,
        'nothing follows it in its list, so it changes nothing; put what it is for behind it, or move it up',
      )
    }
  },
  // What it changes was worked out as the document was compiled.
  run: ({ spec: { presentation } }) => ({ go: 'on', outcome: presentation }),
}
