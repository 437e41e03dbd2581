import type { Path, Report } from '../../json/index.ts'
import { assertNever } from '../../util/errors.ts'
import { nameIn } from '../address-book.ts'
import type { Caller } from '../call-control.ts'
import { asName, cleanText, LONGEST_DISPLAY_NAME } from '../clean.ts'
import type { PlanDocument } from '../document.ts'
import { id, note, stepSchema } from '../schema-parts.ts'
import type { WalkState } from '../state.ts'
import { type CompiledStep, END, type StepBase, type StepDefinition } from '../step.ts'
import { VARIABLE, variablesIn, withVariables } from '../variables.ts'
import { BELOW_WEBHOOK } from './webhook.ts'

/** Changes the name that later bridges show. */
export interface CallerNameStep extends StepBase {
  readonly type: 'callername'
  readonly mode: (typeof MODES)[number]
  /** Present, and not empty, with the modes of `WITH_TEXT`; checked by `errors`. */
  readonly text?: string
}

const MODES = ['prepend', 'append', 'replace', 'webhook', 'book'] as const
const WITH_TEXT: readonly unknown[] = ['prepend', 'append', 'replace']

export const callername: StepDefinition<CallerNameStep> = {
  schema: stepSchema<CallerNameStep>({
    title: 'callername',
    description: 'Changes the name that the called party sees.',
    properties: {
      id,
      mode: {
        enum: MODES,
        title: 'Mode',
        examples: ['prepend'],
        description:
          '`prepend` puts `text` before the name as it stands, `append` behind it, `replace` in its place; `webhook` takes the name that the nearest webhook returned, `book` that of the address book.',
      },
      text: {
        type: 'string',
        minLength: 1,
        maxLength: LONGEST_DISPLAY_NAME,
        title: 'Text',
        examples: ['Sales: '],
        description:
          'For `prepend`, `append` and `replace`; `{var.NAME}` is a variable that a webhook returned.',
      },
      note,
    },
    required: ['mode'],
  }),
  example: { type: 'callername', mode: 'prepend', text: 'Sales: ' },
  title: { en: 'Caller name', nl: 'Naamweergave' },
  says({ mode, text = '' }) {
    switch (mode) {
      case 'webhook':
        return {
          en: 'sets the name to that which the webhook returned',
          nl: 'vervangt de naam door die van de webhook',
        }
      case 'book':
        return {
          en: 'sets the name to that in the address book',
          nl: 'vervangt de naam door die in het adresboek',
        }
      case 'replace':
        return { en: `sets the name to "${text}"`, nl: `vervangt de naam door "${text}"` }
      case 'append':
        return { en: `puts "${text}" behind the name`, nl: `zet "${text}" achter de naam` }
      case 'prepend':
        return { en: `puts "${text}" before the name`, nl: `zet "${text}" voor de naam` }
      default:
        return assertNever(mode)
    }
  },
  freeswitch: { applications: [], modules: [] },
  variables: ({ text = '' }) => variablesIn(text),
  usesAddressBook: ({ mode }) => mode === 'book',
  errors(step, path, { belowWebhook, secretVariables, hasAddressBook }, report) {
    const { mode, text } = step
    shownTextErrors(text, [...path, 'text'], secretVariables, report)
    const hasText = 'text' in step
    if (mode === 'webhook' && !belowWebhook)
      report([...path, 'mode'], `"webhook" ${BELOW_WEBHOOK}; use "prepend" or "replace" with "text" here`)
    if (mode === 'book' && !hasAddressBook)
      report([...path, 'mode'], 'the document has no "addressBook"; write one, or use another mode')
    if ((mode === 'webhook' || mode === 'book') && hasText) {
      report(
        [...path, 'text'],
        '"text" is for "prepend", "append" and "replace"; take it out, or change "mode"',
        true,
      )
    } else if (WITH_TEXT.includes(mode) && !hasText) {
      report(path, `"text" is missing here: what to ${String(mode)}`)
    }
  },
  warnings: ({ text }, path, _, report) => shownTextWarnings(text, [...path, 'text'], report),
  run(step, { call, document, state }) {
    const name = asName(newName(step, call.caller, state, document.document.addressBook) ?? '')
    if (name === '') return { go: 'on', outcome: 'kept' }
    state.name = name
    state.nameSet = true
    return { go: 'on', outcome: 'set', details: { name: state.name } }
  },
}

/** Of a text that called parties see. */
export function shownTextErrors(
  text: unknown,
  path: Path,
  secretVariables: ReadonlySet<string>,
  report: Report,
): void {
  for (const name of typeof text === 'string' ? variablesIn(text) : []) {
    if (!VARIABLE.test(name))
      report(
        path,
        `{var.${name}} is no variable; write small letters, digits and underscores, a letter first`,
      )
    else if (secretVariables.has(name))
      report(
        path,
        `the variable "${name}" is secret by "secretVariables" of a webhook, and a name is shown and written down; take it out of either`,
      )
  }
}

/** Of a valid one. */
export function shownTextWarnings(text = '', path: Path, report: Report): void {
  const shown = /\{.*/.exec(withVariables(text, new Map()))?.[0]
  if (shown !== undefined)
    report(
      path,
      `"${shown}" is shown as it stands, since only {var.NAME} is filled in; write that, or take the brace out`,
    )
}

/** Undefined: there is none, or nothing is left of the text. */
function newName(
  { spec: { mode, text = '' }, inWebhook }: CompiledStep<CallerNameStep>,
  caller: Caller,
  state: WalkState,
  book: PlanDocument['addressBook'],
): string | undefined {
  if (mode === 'book') return book && nameIn(book, caller.number)
  if (mode === 'webhook') return state.returned.get(inWebhook ?? END)?.callername
  const filled = withVariables(text, state.variables)
  if (cleanText(filled) === '') return undefined
  // Without a name, beside the number, unless that is withheld (it is empty then).
  const before = state.name || caller.number
  switch (mode) {
    case 'replace':
      return filled
    case 'prepend':
      return filled + before
    case 'append':
      return before + filled
    default:
      return assertNever(mode)
  }
}
