import type { Path, Report } from '../../json/index.ts'
import type { DocumentGrants } from '../grants.ts'
import { entryName, id, note, stepSchema } from '../schema-parts.ts'
import { AUDIO, audioOf, type StepBase, type StepDefinition } from '../step.ts'

/** Records the conversations that follow, after an announcement; or records them no more. */
export interface RecordStep extends StepBase {
  readonly type: 'record'
  readonly announce?: string
  readonly stop?: true
}

export const record: StepDefinition<RecordStep> = {
  schema: stepSchema<RecordStep>({
    title: 'record',
    description:
      'Records the conversations that follow, whatever bridge they come from, until it is stopped.',
    properties: {
      id,
      announce: entryName('audio', 'Announcement', 'recorded', ', played before anything is recorded'),
      stop: {
        const: true,
        title: 'Stop',
        examples: [true],
        description: 'Records nothing any more of what follows.',
      },
      note,
    },
    required: [],
  }),
  example: { type: 'record', announce: 'recorded' },
  title: { en: 'Record', nl: 'Gespreksopname' },
  // In Dutch "opnemen" is also what one does with a call that rings.
  says({ announce, stop }) {
    if (stop) return { en: 'records no conversation any more', nl: 'zet de gespreksopname uit' }
    if (announce === undefined)
      return { en: 'records the conversations that follow', nl: 'zet de gespreksopname aan voor wat volgt' }
    return {
      en: `plays ${announce}, and records the conversations that follow`,
      nl: `speelt ${announce} af en zet de gespreksopname aan voor wat volgt`,
    }
  },
  freeswitch: {
    applications: ['answer', 'playback'],
    modules: ['mod_dptools', 'mod_commands', 'mod_sndfile'],
  },
  names: { audio: ['announce'] },
  errors({ announce, stop }, path, _, report) {
    if (announce !== undefined && stop !== undefined)
      report(
        [...path, 'announce'],
        'what is stopped needs no announcement; take "announce" or "stop" out',
        true,
      )
  },
  claimErrors(step, path, grants, report) {
    if (step.stop === undefined) recordErrors(path, grants, report)
  },
  stretches: ({ announce }) => (announce === undefined ? [] : [AUDIO]),
  answers: ({ announce }) => announce !== undefined,
  async run({ spec: { announce, stop } }, context) {
    const { call, state } = context
    if (stop) {
      state.recording = false
      return { go: 'on', outcome: 'stopped' }
    }
    if (announce === undefined) {
      state.recording = true
      return { go: 'on', outcome: 'on' }
    }
    const sound = audioOf(context, announce)
    const played = await call.play(sound, { answer: true, proven: true })
    if (played === 'gone') return 'gone'
    // Whom nobody told is not recorded.
    state.recording = played === 'played'
    const details = { announce }
    if (state.recording) return { go: 'on', outcome: 'on', details }
    const warnings = [`${sound} could not be played, so nothing is recorded`]
    return { go: 'on', outcome: 'failed', details: { ...details, warnings } }
  },
}

/** Of whatever records, in a document whose operator has no folder for that. */
export function recordErrors(path: Path, { mayRecord }: DocumentGrants, report: Report): void {
  if (mayRecord) return
  report(
    path,
    'the operator has no folder for recordings; take it out, or have the operator name one in recordings',
  )
}
