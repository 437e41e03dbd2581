import { assertNever } from '../../util/errors.ts'
import type { Caller } from '../call-control.ts'
import { LONGEST_DISPLAY_NAME } from '../clean.ts'
import { id, note, stepSchema } from '../schema-parts.ts'
import type { WalkState } from '../state.ts'
import type { CompiledStep, StepBase, StepDefinition } from '../step.ts'
import { VARIABLE, variablesIn, withVariables } from '../variables.ts'
import { BELOW_WEBHOOK } from './webhook.ts'

/** Changes the name that later bridges show. */
export interface CallerNameStep extends StepBase {
  readonly type: 'callername'
  readonly mode: 'prepend' | 'replace' | 'webhook'
  /** Present, and not empty, with `prepend` and `replace`; checked by `errors`. */
  readonly text?: string
}

export const callername: StepDefinition<CallerNameStep> = {
  schema: stepSchema<CallerNameStep>({
    title: 'callername',
    description: 'Changes the name that the called party sees.',
    properties: {
      id,
      mode: {
        enum: ['prepend', 'replace', 'webhook'],
        title: 'Mode',
        examples: ['prepend'],
        description:
          '`prepend` puts `text` before the name as it stands, `replace` puts it in its place, `webhook` takes the name that the nearest webhook returned.',
      },
      text: {
        type: 'string',
        minLength: 1,
        maxLength: LONGEST_DISPLAY_NAME,
        title: 'Text',
        examples: ['Sales: '],
        description: 'For `prepend` and `replace`; `{var.NAME}` is a variable that a webhook returned.',
      },
      note,
    },
    required: ['mode'],
  }),
  example: { type: 'callername', mode: 'prepend', text: 'Sales: ' },
  says({ mode, text = '' }) {
    if (mode === 'webhook') return 'sets the name to that which the webhook returned'
    return mode === 'replace' ? `sets the name to "${text}"` : `puts "${text}" before the name`
  },
  freeswitch: { applications: [], modules: [] },
  variables: ({ text = '' }) => variablesIn(text),
  errors(step, path, { belowWebhook, secretVariables }, report) {
    const { mode, text } = step
    for (const name of typeof text === 'string' ? variablesIn(text) : []) {
      if (!VARIABLE.test(name))
        report(
          [...path, 'text'],
          `{var.${name}} is no variable; write small letters, digits and underscores, a letter first`,
        )
      else if (secretVariables.has(name))
        report(
          [...path, 'text'],
          `the variable "${name}" is secret by "secretVariables" of a webhook, and a name is shown and written down; take it out of either`,
        )
    }
    const hasText = 'text' in step
    if (mode === 'webhook') {
      if (!belowWebhook)
        report([...path, 'mode'], `"webhook" ${BELOW_WEBHOOK}; use "prepend" or "replace" with "text" here`)
      if (hasText)
        report(
          [...path, 'text'],
          '"text" is for "prepend" and "replace"; take it out, or change "mode"',
          true,
        )
    } else if ((mode === 'prepend' || mode === 'replace') && !hasText) {
      report(path, `"text" is missing here: what to ${mode}`)
    }
  },
  run(step, { call, state }) {
    const name = newName(step, call.caller, state)
    if (name === undefined) return { go: 'on', outcome: 'kept' }
    state.name = Array.from(name).slice(0, LONGEST_DISPLAY_NAME).join('')
    state.nameSet = true
    return { go: 'on', outcome: 'set', details: { name: state.name } }
  },
}

function newName(
  { spec: { mode, text = '' }, inWebhook }: CompiledStep<CallerNameStep>,
  caller: Caller,
  state: WalkState,
): string | undefined {
  const filled = withVariables(text, state.variables)
  switch (mode) {
    case 'replace':
      return filled || undefined
    case 'prepend':
      // Without a name, before the number, unless that is withheld (it is empty then).
      return filled + (state.name || caller.number)
    case 'webhook':
      return inWebhook === undefined ? undefined : state.returned.get(inWebhook)?.callername || undefined
    default:
      return assertNever(mode)
  }
}
