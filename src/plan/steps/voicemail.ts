import { NAME } from '../../syntax/index.ts'
import { claimErrorsOf, mailboxGrant } from '../grants.ts'
import { entryName, id, note, stepSchema } from '../schema-parts.ts'
import { AUDIO, audioOf, END, shownAt, type StepBase, type StepDefinition } from '../step.ts'
import { NOTHING, seconden } from '../wording.ts'

/** Lets the caller leave a message in a mailbox of FreeSWITCH's mod_voicemail. While they speak no controller holds the call. */
export interface VoicemailStep extends StepBase {
  readonly type: 'voicemail'
  readonly mailbox: string
  /** Absent: the caller hears the tone alone. */
  readonly greeting?: string
  /** Absent: as long as the profile of mod_voicemail lets them. */
  readonly maxSeconds?: number
}

export const voicemail: StepDefinition<VoicemailStep> = {
  schema: stepSchema<VoicemailStep>({
    title: 'voicemail',
    description: 'Lets the caller leave a message in a mailbox, and goes on when they are through.',
    properties: {
      id,
      mailbox: {
        type: 'string',
        pattern: NAME.source,
        otherwise: (value: string) => `${value} is no mailbox; write a user such as "215"`,
        title: 'Mailbox',
        examples: ['215'],
        description: "The user of FreeSWITCH's directory whose mailbox it is, one that the operator allows.",
      },
      greeting: entryName('audio', 'Greeting', 'leave-a-message'),
      maxSeconds: {
        type: 'integer',
        minimum: 3,
        maximum: 3600,
        title: 'Seconds to speak',
        examples: [120],
        description: 'How long the message may be. Default: as long as FreeSWITCH has it.',
      },
      note,
    },
    required: ['mailbox'],
  }),
  example: { type: 'voicemail', mailbox: '215', greeting: 'leave-a-message', maxSeconds: 120 },
  title: { en: 'Voicemail', nl: 'Voicemail' },
  says({ mailbox, greeting, maxSeconds: most }) {
    const first =
      greeting === undefined ? NOTHING : { en: `plays ${greeting} and `, nl: `speelt ${greeting} af en ` }
    const longest =
      most === undefined ? NOTHING : { en: ` of at most ${most} s`, nl: ` van hoogstens ${seconden(most)}` }
    return {
      en: `${first.en}takes a message for ${mailbox}${longest.en}`,
      nl: `${first.nl}laat een bericht${longest.nl} inspreken in de voicemail van ${mailbox}`,
    }
  },
  freeswitch: {
    applications: ['playback', 'voicemail'],
    modules: ['mod_voicemail'],
    optional: ['mod_voicemail'],
  },
  names: { audio: ['greeting'] },
  claimErrors: claimErrorsOf({
    field: 'mailbox',
    pattern: NAME,
    key: 'mailboxes',
    grantOf: (name, { mailboxes }) => mailboxGrant(name, mailboxes),
  }),
  leadsTo: ({ next }) => [next, END],
  // The tone, and what the caller says.
  stretches: () => [AUDIO],
  answers: () => true,
  async run(step, context) {
    const { mailbox, greeting, maxSeconds } = step.spec
    const result = await context.call.voicemail({
      mailbox,
      greeting: greeting === undefined ? undefined : audioOf(context, greeting),
      maxMs: maxSeconds === undefined ? undefined : maxSeconds * 1000,
      shown: shownAt(step, context.state),
    })
    if (result === 'gone') return { go: 'gone', details: { mailbox } }
    if (result === 'waiting') return { go: 'wait', outcome: 'waiting', details: { mailbox } }
    const { outcome, ...more } = result
    const { messageMs: ms } = more
    if (outcome === 'left')
      await context.tell({ event: 'message', details: { mailbox, ...(ms !== undefined && { ms }) } })
    return { go: 'on', outcome, details: { mailbox, ...more } }
  },
}
