import type { StepBase } from '../document.ts'
import { audioOf } from '../entry.ts'
import { LONGEST_NAME } from '../lint/caps.ts'
import { objectSchema, stepFields } from '../schema-types.ts'
import type { StepOf, StepResult, WalkContext } from '../step.ts'

/** Plays to the end, then on. */
export interface PlayStep extends StepBase {
  readonly type: 'play'
  readonly audio: string
  readonly answer: boolean
}

export const playSchema = objectSchema<PlayStep>({
  title: 'play',
  description: 'Plays audio to the end; audio that cannot be played is a warning and the walk goes on.',
  properties: {
    ...stepFields,
    type: { const: 'play' },
    audio: { type: 'string', maxLength: LONGEST_NAME, description: 'Name of an entry of `audio`.' },
    answer: {
      type: 'boolean',
      default: true,
      description: '`false` plays as early media, without answering the call.',
    },
  },
  required: ['type', 'audio'],
})

export async function runPlay(step: StepOf<PlayStep>, context: WalkContext): Promise<StepResult> {
  const { audio, answer } = step.spec
  const sound = audioOf(context, audio)
  const outcome = await context.call.play(sound, { answer })
  if (outcome === 'gone') return 'gone'
  const warnings = outcome === 'failed' ? { warnings: [`${sound} could not be played`] } : {}
  return { go: 'on', outcome, details: { audio, ...warnings } }
}
