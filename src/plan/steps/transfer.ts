import { EXTENSION, NAME } from '../../syntax/index.ts'
import type { StepBase } from '../document.ts'
import { noName, objectSchema, stepFields } from '../schema-types.ts'
import { shownAt, type StepOf, type StepResult, type WalkContext } from '../step.ts'

/** Hands the call over to FreeSWITCH's own dialplan for good. */
export interface TransferStep extends StepBase {
  readonly type: 'transfer'
  readonly destination: string
  /** One that the operator granted to this document; absent: the first that has the extension. */
  readonly context?: string
}

export const transferSchema = objectSchema<TransferStep>({
  title: 'transfer',
  description: "Hands the call over to FreeSWITCH's own dialplan for good.",
  properties: {
    ...stepFields,
    type: { const: 'transfer' },
    destination: {
      type: 'string',
      pattern: EXTENSION.source,
      otherwise: (value: string) => `${value} is no extension; write letters, digits and + * # _ . - only`,
      description: 'The extension.',
    },
    context: {
      type: 'string',
      pattern: NAME.source,
      otherwise: noName,
      description:
        'The dialplan context, one that the operator allows. Default: the first of those that has the extension.',
    },
  },
  required: ['type', 'destination'],
})

export async function runTransfer(step: StepOf<TransferStep>, context: WalkContext): Promise<StepResult> {
  const { destination, context: to } = step.spec
  const result = await context.call.transfer(destination, to, shownAt(step, context.state))
  const details = { destination, ...(to !== undefined && { context: to }) }
  if (result === 'gone') return 'gone'
  if (result !== 'transferred') {
    const { cause, reason } = result
    context.state.lastCause = cause
    return { go: 'on', outcome: 'failed', details: { ...details, cause, reason } }
  }
  return { go: 'end', ending: 'transferred', outcome: 'transferred', details }
}
