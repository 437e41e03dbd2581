import type { EntrySpec, Step, StepBase } from '../document.ts'
import { collectCode, enter, type Verdict } from '../entry.ts'
import { entryProperties } from '../entry-schema.ts'
import { MOST_CHOICES } from '../lint/caps.ts'
import { collectChoice } from '../menu.ts'
import { objectSchema, stepFields, stepList } from '../schema-types.ts'
import type { StepOf, StepResult, WalkContext } from '../step.ts'

/**
 * Asks for digits: a menu (`choices`) or a code (`success`). Exactly one of the two is there; checked by lint.
 * In a menu `minDigits` and `maxDigits` follow from the choices.
 */
export interface IvrStep extends StepBase, Omit<EntrySpec, 'terminator' | 'maxDigits'> {
  readonly type: 'ivr'
  /** Default: the longest choice of a menu, else 20. */
  readonly maxDigits?: number
  /** Default: `none` in a menu, else `#`. */
  readonly terminator?: EntrySpec['terminator']
  readonly choices?: Readonly<Record<string, readonly Step[]>>
  readonly success?: readonly Step[]
  readonly failure: readonly Step[]
}

const { maxDigits, terminator, ...fields } = entryProperties
const withoutDefault = ({ default: _, ...schema }: { default?: unknown; [key: string]: unknown }) => schema

export const ivrSchema = objectSchema<IvrStep>({
  title: 'ivr',
  description:
    'Asks the caller for digits: a menu with `choices`, or a code that the webhooks in `success` get as `{code}`.',
  properties: {
    ...stepFields,
    type: { const: 'ivr' },
    ...fields,
    maxDigits: withoutDefault(maxDigits),
    terminator: withoutDefault(terminator),
    choices: {
      type: 'object',
      description: 'A menu: what to do for each entry.',
      minProperties: 1,
      maxProperties: MOST_CHOICES,
      patternProperties: { '^[0-9*#]{1,64}$': stepList('What to do for this choice.'), '^x-': {} },
      additionalProperties: false,
      otherwise: (key: string) => `${key} is no choice; write what the caller keys: digits, * and #`,
    },
    success: stepList('What to do when a code was entered.'),
    failure: { ...stepList('What to do when no good entry came.'), default: [] },
  },
  required: ['type', 'startMessage'],
})

/** What a step asks for, with what follows from its kind filled in. */
export interface Asking {
  readonly entry: EntrySpec
  /** What may be entered, in a menu. */
  readonly choices: ReadonlySet<string> | undefined
}

/** Worked out once, when the step is compiled: a menu may have a thousand choices. */
export function askingOf(step: IvrStep): Asking {
  const { startMessage, errorMessage, timeoutMessage, timeoutSeconds, interDigitSeconds, attempts } = step
  const choices = step.choices && Object.keys(step.choices)
  const entry: EntrySpec = {
    startMessage,
    ...(errorMessage !== undefined && { errorMessage }),
    ...(timeoutMessage !== undefined && { timeoutMessage }),
    timeoutSeconds,
    interDigitSeconds,
    attempts,
    minDigits: choices ? 1 : step.minDigits,
    maxDigits: choices ? Math.max(...choices.map((choice) => choice.length)) : (step.maxDigits ?? 20),
    terminator: step.terminator ?? (choices ? 'none' : '#'),
  }
  return { entry, choices: choices && new Set(choices) }
}

export async function runIvr(step: StepOf<IvrStep>, context: WalkContext): Promise<StepResult> {
  const { entry, choices } = step.asking!
  let keyed = ''
  const judge = (digits: string): Verdict => {
    keyed = digits
    return !choices || choices.has(digits) ? 'good' : 'wrong'
  }
  const collect = choices
    ? (prompt: string) => collectChoice(context, entry, choices, prompt)
    : collectCode(context, entry)
  const entered = await enter(context, entry, collect, judge)
  if (entered === 'gone') return 'gone'
  const details = { attempts: entered.attempts }
  if (entered.result !== 'good') {
    return { go: 'branch', branch: 'failure', outcome: entered.attempts.at(-1) ?? 'exhausted', details }
  }
  if (choices) return { go: 'branch', branch: `choices/${keyed}`, outcome: keyed, details }
  context.state.codes.set(step.index, keyed)
  return { go: 'branch', branch: 'success', outcome: 'entered', details }
}
