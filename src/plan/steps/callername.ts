import { assertNever } from '../../util/errors.ts'
import type { Caller } from '../call-control.ts'
import type { StepBase } from '../document.ts'
import { objectSchema, stepFields } from '../schema-types.ts'
import type { WalkState } from '../state.ts'
import type { StepOf, StepResult, WalkContext } from '../step.ts'

/** Changes the name that later bridges show. */
export interface CallerNameStep extends StepBase {
  readonly type: 'callername'
  readonly mode: 'prepend' | 'replace' | 'webhook'
  /** Present, and not empty, with `prepend` and `replace`; checked by lint. */
  readonly text?: string
}

export const callerNameSchema = objectSchema<CallerNameStep>({
  title: 'callername',
  description: 'Changes the name that the called party sees.',
  properties: {
    ...stepFields,
    type: { const: 'callername' },
    mode: {
      enum: ['prepend', 'replace', 'webhook'],
      description:
        '`prepend` puts `text` before the name as it stands, `replace` puts it in its place, `webhook` takes the name that the nearest webhook returned.',
    },
    text: { type: 'string', minLength: 1, maxLength: 64, description: 'For `prepend` and `replace`.' },
  },
  required: ['type', 'mode'],
})

/** A name longer than this is cut: displays show less, and a checkpoint has to carry it. */
const MAX_NAME = 64

export function runCallerName(step: StepOf<CallerNameStep>, { call, state }: WalkContext): StepResult {
  const name = newName(step, call.caller, state)
  if (name === undefined) return { go: 'on', outcome: 'kept' }
  state.name = Array.from(name).slice(0, MAX_NAME).join('')
  state.nameSet = true
  return { go: 'on', outcome: 'set', details: { name: state.name } }
}

function newName(step: StepOf<CallerNameStep>, caller: Caller, state: WalkState): string | undefined {
  const { mode, text = '' } = step.spec
  switch (mode) {
    case 'replace':
      return text
    case 'prepend':
      // Without a name, before the number, unless that is withheld (it is empty then).
      return text + (state.name || caller.number)
    case 'webhook':
      return step.inWebhook === undefined
        ? undefined
        : state.returned.get(step.inWebhook)?.callername || undefined
    default:
      return assertNever(mode)
  }
}
