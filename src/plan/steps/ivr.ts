import { entriesOf, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import type { DigitsInput, Gone } from '../call-control.ts'
import { MOST_CHOICES } from '../caps.ts'
import {
  collectCode,
  collectDigits,
  digitErrors,
  digitsInputProperties,
  interrupted,
  MESSAGES,
  stretchesOf,
  type Verdict,
} from '../digits-input.ts'
import type { DigitsInputSpec } from '../document.ts'
import { id, note, stepList, stepSchema } from '../schema-parts.ts'
import type { Around, Collection, Step, StepBase, StepDefinition, WalkContext } from '../step.ts'
import { listedWording } from '../wording.ts'

/**
 * Asks for digits: a menu (`choices`) or a code (`success`). Exactly one of the two is there; checked by `errors`.
 * In a menu `minDigits` and `maxDigits` follow from the choices.
 */
export interface IvrStep extends StepBase, Omit<DigitsInputSpec, 'terminator' | 'maxDigits'> {
  readonly type: 'ivr'
  /** Default: the longest choice of a menu, else 20. */
  readonly maxDigits?: number
  /** Default: `none` in a menu, else `#`. */
  readonly terminator?: DigitsInputSpec['terminator']
  readonly choices?: Readonly<Record<string, readonly Step[]>>
  readonly success?: readonly Step[]
  readonly failure: readonly Step[]
}

const { maxDigits, terminator, ...fields } = digitsInputProperties
const withoutDefault = ({ default: _, ...schema }: { default?: unknown; [key: string]: unknown }) => schema

/** Choices of a menu that a sentence names. */
const MOST_SAID = 12

export const ivr: StepDefinition<IvrStep> = {
  schema: stepSchema<IvrStep>({
    title: 'ivr',
    description:
      'Asks the caller for digits: a menu with `choices`, or a code that the webhooks in `success` get as `{code}`.',
    properties: {
      id,
      ...fields,
      maxDigits: withoutDefault(maxDigits),
      terminator: withoutDefault(terminator),
      note,
      choices: {
        type: 'object',
        title: 'Choices',
        examples: [{ '1': [{ type: 'goto', plan: 'sales' }], '2': [{ type: 'bridge', destination: '216' }] }],
        description: 'A menu: what to do for each entry.',
        minProperties: 1,
        maxProperties: MOST_CHOICES,
        patternProperties: {
          '^[0-9*#]{1,64}$': stepList('Choice', 'What to do for this choice.'),
          '^x-': {},
        },
        additionalProperties: false,
        otherwise: (key: string) => `${key} is no choice; write what the caller keys: digits, * and #`,
      },
      success: stepList('With a code', 'What to do when a code was entered.'),
      failure: { ...stepList('Without a good entry', 'What to do when no good entry came.'), default: [] },
    },
    required: ['startMessage'],
  }),
  example: {
    type: 'ivr',
    startMessage: 'menu',
    choices: { '1': [{ type: 'goto', plan: 'sales' }], '2': [{ type: 'bridge', destination: '216' }] },
    failure: [{ type: 'play', audio: 'goodbye' }],
  },
  title: { en: 'Menu or code', nl: 'Keuzemenu of code' },
  says({ startMessage, choices }) {
    const keys = choices && entriesOf(choices).map(([key]) => key)
    const { en, nl } = keys
      ? listedWording(keys, { word: 'or', most: MOST_SAID })
      : { en: 'a code', nl: 'een code' }
    return {
      en: `plays ${startMessage} and waits for ${en}`,
      nl: `speelt ${startMessage} af en wacht op ${keys ? 'keuze ' : ''}${nl}`,
    }
  },
  saysBranch(branch) {
    if (branch === 'failure') return { en: 'without a good entry', nl: 'zonder geldige invoer' }
    if (branch === 'success') return { en: 'with a code', nl: 'met een code' }
    const choice = branch.slice('choices/'.length)
    return { en: `on ${choice}`, nl: `bij keuze ${choice}` }
  },
  freeswitch: {
    applications: ['answer', 'play_and_get_digits', 'playback'],
    modules: ['mod_dptools', 'mod_sndfile', 'mod_tone_stream', 'mod_local_stream'],
  },
  branches: { choices: 'lists', success: 'list', failure: 'list' },
  scopes: { success: 'inIvr' },
  collection,
  asksForCode: () => true,
  names: { audio: MESSAGES },
  choices: 'choices',
  errors,
  stretches: (step) => stretchesOf(step),
  answers: () => true,
  failsSilently: ({ errorMessage, timeoutMessage }) =>
    errorMessage === undefined || timeoutMessage === undefined,
  outcomeLabel: (outcome) => (/^[0-9*#]+$/.test(outcome) ? 'choice' : outcome),
  async run(step, context) {
    const { input, choices } = step.collection!
    let keyed = ''
    const judge = (digits: string): Verdict => {
      keyed = digits
      return !choices || choices.has(digits) ? 'good' : 'wrong'
    }
    const collected = choices
      ? await collectDigits(context, input, (prompt) => collectChoice(context, input, choices, prompt), judge)
      : await collectCode(context, input, judge)
    const { result, attempts } = collected
    if (result === 'gone') return interrupted(attempts)
    const details = { attempts }
    if (result !== 'good') {
      return { go: 'branch', branch: 'failure', outcome: attempts.at(-1) ?? 'exhausted', details }
    }
    if (choices) return { go: 'branch', branch: `choices/${keyed}`, outcome: keyed, details }
    context.state.codes.set(step.index, keyed)
    return { go: 'branch', branch: 'success', outcome: 'entered', details }
  },
}

/** Fills in what follows from the kind of step: worked out once, since a menu may have a thousand choices. */
function collection(step: IvrStep): Collection {
  const { startMessage, errorMessage, timeoutMessage, timeoutSeconds, interDigitSeconds, attempts } = step
  const choices = step.choices && Object.keys(step.choices)
  const input: DigitsInputSpec = {
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
  return { input, choices: choices && new Set(choices) }
}

/**
 * Collects digit by digit, since FreeSWITCH has no way to end with `2` and wait after `1` for `12`: the
 * digits are taken as soon as no longer choice begins with them. What was keyed so far is part of the state: the
 * choice in a menu is no code.
 */
async function collectChoice(
  { call, state }: WalkContext,
  spec: DigitsInputSpec,
  choices: ReadonlySet<string>,
  prompt: string,
): Promise<DigitsInput | Gone> {
  for (;;) {
    const first = state.keyed === ''
    const input = await call.collect({
      prompt: first ? prompt : undefined,
      timeoutMs: (first ? spec.timeoutSeconds : spec.interDigitSeconds) * 1000,
      interDigitMs: spec.interDigitSeconds * 1000,
      maxDigits: 1,
      terminator: spec.terminator,
      secret: false,
    })
    if (input === 'gone') return 'gone'
    if (input.kind === 'timeout') {
      return first ? input : { kind: 'digits', digits: state.keyed, terminated: false }
    }
    const keyed = state.keyed + input.digits
    if (input.terminated && input.digits === '') return { kind: 'digits', digits: keyed, terminated: true }
    if (!mayGrow(keyed, choices)) return { kind: 'digits', digits: keyed, terminated: input.terminated }
    state.keyed = keyed
  }
}

function mayGrow(keyed: string, choices: ReadonlySet<string>): boolean {
  for (const choice of choices) if (choice.length > keyed.length && choice.startsWith(keyed)) return true
  return false
}

function errors(step: JsonObject, path: Path, _: Around, report: Report): void {
  const isMenu = 'choices' in step
  if (isMenu && 'success' in step) {
    report(
      [...path, 'success'],
      'an ivr step has either "choices" (a menu) or "success" (a code); take one of them out',
      true,
    )
  }
  if (!isMenu && !('success' in step)) {
    report(path, 'an ivr step needs "choices" for a menu, or "success" for a code')
  }
  if (isMenu) menuErrors(step, path, report)
  else digitErrors(step, path, report)
}

function menuErrors(step: JsonObject, path: Path, report: Report): void {
  for (const field of ['minDigits', 'maxDigits']) {
    if (field in step)
      report([...path, field], `a menu's choices say how many digits there are; take ${field} out`, true)
  }
  const { terminator } = step
  if (terminator !== '#' && terminator !== '*') return
  for (const [choice] of entriesOf(objectAt(step, 'choices'))) {
    if (!choice.includes(terminator)) continue
    const message = `the choice holds the terminator "${terminator}", which ends the entry; take another of either`
    report([...path, 'choices', choice], message, true)
  }
}
