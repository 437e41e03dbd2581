import { type JsonObject, type Path, type Report, suggest } from '../../json/index.ts'
import { EXTENSION, NAME } from '../../syntax/index.ts'
import { type DocumentGrants, transferGrant } from '../grants.ts'
import { id, noName, note, stepSchema } from '../schema-parts.ts'
import { AUDIO, END, shownAt, type StepBase, type StepDefinition } from '../step.ts'

/** Hands the call over to FreeSWITCH's own dialplan for good. */
export interface TransferStep extends StepBase {
  readonly type: 'transfer'
  readonly destination: string
  /** One that the operator granted to this document; absent: the first that has the extension. */
  readonly context?: string
}

export const transfer: StepDefinition<TransferStep> = {
  schema: stepSchema<TransferStep>({
    title: 'transfer',
    description: "Hands the call over to FreeSWITCH's own dialplan for good.",
    properties: {
      id,
      destination: {
        type: 'string',
        pattern: EXTENSION.source,
        otherwise: (value: string) => `${value} is no extension; write letters, digits and + * # _ . - only`,
        title: 'Extension',
        examples: ['8000'],
        description: 'The extension.',
      },
      context: {
        type: 'string',
        pattern: NAME.source,
        otherwise: noName,
        title: 'Context',
        examples: ['default'],
        description:
          'The dialplan context, one that the operator allows. Default: the first of those that has the extension.',
      },
      note,
    },
    required: ['destination'],
  }),
  example: { type: 'transfer', destination: '8000' },
  title: { en: 'Transfer', nl: 'Doorverbinden' },
  says: ({ destination, context }) => ({
    en: `transfers to ${destination}${context === undefined ? '' : ` in the context ${context}`}`,
    nl: `verbindt door naar ${destination}${context === undefined ? '' : ` in de context ${context}`}`,
  }),
  freeswitch: { applications: ['transfer'], modules: ['mod_dptools', 'mod_dialplan_xml'] },
  claimErrors,
  leadsTo: () => [END],
  stretches: () => [AUDIO],
  async run(step, { call, state }) {
    const { destination, context } = step.spec
    const result = await call.transfer(destination, context, shownAt(step, state))
    const details = { destination, ...(context !== undefined && { context }) }
    if (result === 'gone') return 'gone'
    if (result !== 'transferred') {
      const { cause, reason } = result
      state.lastCause = cause
      return { go: 'on', outcome: 'failed', details: { ...details, cause, reason } }
    }
    return { go: 'end', ending: 'transferred', outcome: 'transferred', details }
  },
}

function claimErrors(step: JsonObject, path: Path, { transfers }: DocumentGrants, report: Report): void {
  const { destination, context } = step
  if (typeof destination !== 'string' || (context !== undefined && typeof context !== 'string')) return
  const found = transferGrant(destination, context, transfers)
  if (!('refused' in found)) return
  const contexts = [...new Set(transfers.map((grant) => grant.context))]
  const isUnknown = context !== undefined && !contexts.includes(context)
  const near = isUnknown ? suggest(context, contexts) : ''
  const instead = near || '; correct it, or have the operator grant it in transferContexts or owners'
  report([...path, isUnknown ? 'context' : 'destination'], found.refused + instead)
}
