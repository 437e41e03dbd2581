import { type Presentation, PRESENTATIONS } from '../document.ts'
import { id, note, stepSchema } from '../schema-parts.ts'
import type { StepBase, StepDefinition } from '../step.ts'
import type { Wording } from '../wording.ts'

/** Which number the called party sees from here on: of what follows in its list, and below that. */
export interface CallerIdStep extends StepBase {
  readonly type: 'callerid'
  readonly presentation: Presentation
}

const SHOWS: Readonly<Record<Presentation, Wording>> = {
  caller: { en: "the caller's number", nl: 'het nummer van de beller' },
  called: { en: 'the dialled number', nl: 'het gebelde nummer' },
  suppressed: { en: 'no number', nl: 'geen nummer' },
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
  title: { en: 'Caller ID', nl: 'Nummerweergave' },
  says: ({ presentation }) => ({
    en: `shows ${SHOWS[presentation].en} from here on`,
    nl: `toont vanaf hier ${SHOWS[presentation].nl}`,
  }),
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
