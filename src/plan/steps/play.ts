import { entryName, id, note, stepSchema } from '../schema-parts.ts'
import { AUDIO, audioOf, type StepBase, type StepDefinition } from '../step.ts'

/** Plays to the end, then on. */
export interface PlayStep extends StepBase {
  readonly type: 'play'
  readonly audio: string
  readonly answer: boolean
}

export const play: StepDefinition<PlayStep> = {
  schema: stepSchema<PlayStep>({
    title: 'play',
    description: 'Plays audio to the end; audio that cannot be played is a warning and the walk goes on.',
    properties: {
      id,
      audio: entryName('audio', 'Audio', 'welcome'),
      answer: {
        type: 'boolean',
        default: true,
        title: 'Answer first',
        description: '`false` plays as early media, without answering the call.',
      },
      note,
    },
    required: ['audio'],
  }),
  example: { type: 'play', audio: 'welcome' },
  title: { en: 'Play', nl: 'Afspelen' },
  says: ({ audio, answer }) => ({
    en: `plays ${audio}${answer ? '' : ' without answering'}`,
    nl: `speelt ${audio} af${answer ? '' : ' zonder de oproep aan te nemen'}`,
  }),
  freeswitch: {
    applications: ['answer', 'playback'],
    modules: ['mod_dptools', 'mod_sndfile', 'mod_tone_stream', 'mod_local_stream'],
  },
  names: { audio: ['audio'] },
  stretches({ audio }, document) {
    const seconds = silenceSeconds(document.audio[audio]!)
    return [seconds === undefined ? AUDIO : { of: 'silence', seconds }]
  },
  answers: ({ answer }) => answer,
  async run({ spec: { audio, answer } }, context) {
    const sound = audioOf(context, audio)
    const outcome = await context.call.play(sound, { answer })
    if (outcome === 'gone') return 'gone'
    const warnings = outcome === 'failed' ? { warnings: [`${sound} could not be played`] } : {}
    return { go: 'on', outcome, details: { audio, ...warnings } }
  },
}

/** How long the silence is that `audio` is; undefined for what can be heard, infinite for `-1`. */
export function silenceSeconds(audio: string): number | undefined {
  const ms = /^silence_stream:\/\/(-1|[0-9]+)/.exec(audio)?.[1]
  if (ms === undefined) return undefined
  return ms === '-1' ? Infinity : Number(ms) / 1000
}
