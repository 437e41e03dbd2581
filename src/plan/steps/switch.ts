import { closedObject, isObject, type JsonObject, oneOf, type Path, type Report } from '../../json/index.ts'
import { listed } from '../../util/listed.ts'
import { MOST_CASES, MOST_MATCHES } from '../caps.ts'
import {
  doubtOfEntry,
  firstFitting,
  isOfNumbers,
  isWithheld,
  readEntry,
  type Subject,
  SUBJECTS,
} from '../match-entries.ts'
import { countryOf } from '../numbers/index.ts'
import { id, note, notTexts, noVariable, objectSchema, stepList, stepSchema } from '../schema-parts.ts'
import type {
  Around,
  CompiledStep,
  Details,
  DoubtfulPlace,
  Step,
  StepBase,
  StepDefinition,
  WalkContext,
} from '../step.ts'
import { VARIABLE } from '../variables.ts'
import { listedWording, type Wording } from '../wording.ts'
import { keyedCode } from './webhook.ts'

/** Goes on by what is known of the call: the first case that fits, or `default`. */
export interface SwitchStep extends StepBase {
  readonly type: 'switch'
  readonly on: Subject
  readonly cases: readonly SwitchCase[]
  readonly default: readonly Step[]
}

interface SwitchCase {
  /** Values and prefixes; numbers are in E.164 where a document serves. */
  readonly match: string | readonly string[]
  readonly note?: string
  readonly steps: readonly Step[]
}

const WORDS: Readonly<Record<(typeof SUBJECTS)[number], Wording>> = {
  callerid: { en: "the caller's number", nl: 'het nummer van de beller' },
  did: { en: 'the dialled number', nl: 'het gebelde nummer' },
  callername: { en: "the caller's name", nl: 'de naam van de beller' },
  code: { en: 'the code', nl: 'de code' },
  country: { en: "the caller's country", nl: 'het land van de beller' },
}

const wordsOf = (on: Subject): Wording =>
  typeof on === 'string'
    ? WORDS[on]
    : { en: `the variable ${on.variable}`, nl: `de variabele ${on.variable}` }

const LONGEST_MATCH = 256

/** Values of a case that a sentence names. */
const MOST_SAID = 12

const variable = closedObject<Exclude<Subject, string>>({
  title: 'variable',
  description: 'What a webhook returned in `variables`.',
  properties: {
    variable: {
      type: 'string',
      pattern: VARIABLE.source,
      otherwise: noVariable,
      title: 'Variable',
      examples: ['tier'],
      description: 'Its name.',
    },
  },
  required: ['variable'],
})

const match = { type: 'string', minLength: 1, maxLength: LONGEST_MATCH }

export const switchStep: StepDefinition<SwitchStep> = {
  schema: stepSchema<SwitchStep>({
    title: 'switch',
    description: 'Goes on by who calls, what was dialled or what was keyed: in the first case that fits.',
    properties: {
      id,
      on: {
        anyOf: [{ type: 'string', enum: SUBJECTS }, variable],
        otherwise: (value: string) =>
          `${value} is nothing to look at; write ${oneOf(SUBJECTS)}, or { "variable": "tier" }`,
        title: 'On',
        examples: ['callerid', { variable: 'tier' }],
        description:
          'What to look at. `country`: that of the caller\'s number, such as `NL`; `code`: what the caller keyed, below a step that asks for it; `{ "variable": "tier" }`: what a webhook returned.',
      },
      note,
      cases: {
        type: 'array',
        minItems: 1,
        maxItems: MOST_CASES,
        title: 'Cases',
        description: 'The first one that fits counts.',
        examples: [[{ match: '+31612345678', steps: [{ type: 'bridge', destination: '215' }] }]],
        items: objectSchema<SwitchCase>({
          description: 'What to do for these values.',
          properties: {
            match: {
              anyOf: [match, { type: 'array', items: match, minItems: 1, maxItems: MOST_MATCHES }],
              otherwise: notTexts,
              title: 'Match',
              examples: ['+31612345678', ['+3161*', '+3150*']],
              description:
                'A value or a list of them; with a `*` at its end it fits all that begin so. `withheld`: the caller shows no number.',
            },
            note,
            steps: stepList('Steps', 'What to do then.'),
          },
          required: ['match', 'steps'],
        }),
      },
      default: { ...stepList('Otherwise', 'What to do when no case fits.'), default: [] },
    },
    required: ['on', 'cases'],
  }),
  example: {
    type: 'switch',
    on: 'callerid',
    cases: [
      { match: ['+31612345678', '+3150*'], steps: [{ type: 'bridge', destination: '215' }] },
      { match: 'withheld', steps: [{ type: 'hangup' }] },
    ],
  },
  title: { en: 'Switch', nl: 'Vertakking' },
  says({ on }) {
    const { en, nl } = wordsOf(on)
    return { en: `looks at ${en}`, nl: `kijkt naar ${nl}` }
  },
  saysChange,
  saysBranch(branch, { on, cases }) {
    if (branch === DEFAULT) return { en: 'otherwise', nl: 'anders' }
    return saysCase(cases[Number(branch.split('/')[1])]!, on)
  },
  freeswitch: { applications: [], modules: [] },
  variables: ({ on }) => (typeof on === 'string' ? [] : [on.variable]),
  branches: { cases: 'cases', default: 'list' },
  normalise({ on, cases }, country) {
    if (!isOfNumbers(on)) return undefined
    const normal = (written: string) => readEntry(on, written, country).entry ?? written
    return {
      cases: cases.map((one) => ({
        ...one,
        match: typeof one.match === 'string' ? normal(one.match) : one.match.map(normal),
      })),
    }
  },
  caseOf: ({ on, cases }) => firstFitting(on, cases.map(valuesOf)),
  valuesOfCases: ({ cases }) => cases.map(valuesOf),
  usesCode: ({ on }) => on === 'code',
  errors,
  warnings,
  outcomeLabel: (outcome) => (outcome === DEFAULT ? outcome : 'case'),
  async run(step, context) {
    const looked = await valueOf(step, context)
    if ('go' in looked) return looked
    const place = step.caseOf!(looked.value)
    if (place === undefined) return { go: 'branch', branch: DEFAULT, outcome: DEFAULT, ...looked.said }
    const outcome = `cases/${place}`
    return { go: 'branch', branch: `${outcome}/steps`, outcome, ...looked.said }
  },
}

const DEFAULT = 'default'

/** What it looks at, and what the journal says of that. */
interface Looked {
  readonly value: string
  readonly said?: { readonly details: Details }
}

async function valueOf(step: CompiledStep<SwitchStep>, context: WalkContext) {
  const { call, state } = context
  const { on } = step.spec
  const looked = (value: string): Looked => ({ value })
  if (typeof on !== 'string') {
    const value = state.variables.get(on.variable)
    if (value === undefined) return looked(state.secrets.get(on.variable) ?? '')
    return { value, said: { details: { value } } }
  }
  switch (on) {
    case 'callerid':
      return looked(call.caller.number)
    case 'did':
      return looked(call.did)
    case 'callername':
      return looked(state.name)
    case 'country': {
      const value = countryOf(call.caller.number) ?? ''
      return { value, ...(value !== '' && { said: { details: { country: value } } }) }
    }
    case 'code': {
      const code = await keyedCode(step, context)
      if ('go' in code) return code
      const { digits: value, attempts } = code
      return { value, ...(attempts && { said: { details: { attempts } } }) }
    }
  }
}

const valuesOf = ({ match }: SwitchCase): readonly string[] => [match].flat()

function saysCase(one: SwitchCase, on: Subject): Wording {
  const values = valuesOf(one).map((value) =>
    isWithheld(on, value) ? { en: value, nl: 'afgeschermd' } : value,
  )
  const { en, nl } = listedWording(values, { word: 'or', most: MOST_SAID })
  return { en: `when it is ${en}`, nl: `als het ${nl} is` }
}

/** Cases that came, went, or have other values are told as branches, unless the values are too many to be named there. */
function saysChange(before: SwitchStep, after: SwitchStep): readonly string[] {
  const was = new Map(before.cases.map((one) => [saysCase(one, before.on).en, one]))
  const is = after.cases.map((one) => saysCase(one, after.on).en)
  const kept = is.filter((words) => was.has(words))
  const keptBefore = [...was.keys()].filter((words) => kept.includes(words))
  return [
    ...(wordsOf(before.on).en === wordsOf(after.on).en
      ? []
      : [`looks at ${wordsOf(after.on).en}, no longer at ${wordsOf(before.on).en}`]),
    ...(keptBefore.some((words, i) => words !== kept[i])
      ? ['has its cases in another order; the first that fits counts']
      : []),
    ...after.cases.flatMap((one, i) => {
      const same = was.get(is[i]!)
      return same ? otherValues(`case ${i + 1}`, valuesOf(same), valuesOf(one)) : []
    }),
  ]
}

function otherValues(name: string, before: readonly string[], after: readonly string[]): string[] {
  const [was, is] = [new Set(before), new Set(after)]
  const less = before.filter((value) => !is.has(value))
  const more = after.filter((value) => !was.has(value))
  return [
    ...(more.length > 0 ? [`fits ${listed(more, { most: MOST_SAID })} as well in ${name}`] : []),
    ...(less.length > 0
      ? [`no longer fits ${listed(less, { word: 'or', most: MOST_SAID })} in ${name}`]
      : []),
  ]
}

interface Written {
  readonly written: string
  /** Of the case. */
  readonly place: number
  readonly path: Path
}

/** Every entry of `match`, in order; what has not the right shape is passed over. */
function* entriesIn({ cases }: JsonObject, path: Path): Generator<Written> {
  if (!Array.isArray(cases)) return
  for (const [place, one] of cases.entries()) {
    if (!isObject(one)) continue
    const at = [...path, 'cases', place, 'match']
    if (typeof one.match === 'string') {
      if (one.match !== '') yield { written: one.match, place, path: at }
    } else if (Array.isArray(one.match)) {
      for (const [i, written] of (one.match as unknown[]).entries())
        if (typeof written === 'string' && written !== '') yield { written, place, path: [...at, i] }
    }
  }
}

function errors(step: JsonObject, path: Path, { belowCode, country }: Around, report: Report): void {
  if (step.on === 'code' && !belowCode) {
    report(
      [...path, 'on'],
      '"code" means what the caller keyed, so it may only stand below the "success" of an ivr step, or of a webhook step with "ivr"',
    )
  }
  const known = new Map<string, Written>()
  for (const here of entriesIn(step, path)) {
    const { entry, fault } = readEntry(step.on, here.written, country)
    if (fault !== undefined) {
      report(here.path, fault)
      continue
    }
    const first = known.get(entry)
    if (first === undefined) known.set(entry, here)
    else
      report(
        here.path,
        `"${here.written}" is in case ${first.place + 1} already${otherwise(first, here)}; take one of the two out`,
      )
  }
}

const otherwise = (first: Written, second: Written): string =>
  first.written === second.written ? '' : `, written "${first.written}"`

/** Where a case before it takes everything that an entry fits, and where no number is like it. */
function warnings(step: SwitchStep, path: Path, { country }: DoubtfulPlace, report: Report): void {
  const prefixes = new Map<string, Written>()
  let before: [prefix: string, one: Written][] = []
  let place = 0
  for (const here of entriesIn(step as unknown as JsonObject, path)) {
    // Within one case it makes no difference.
    if (here.place !== place) {
      for (const [prefix, one] of before) prefixes.set(prefix, one)
      before = []
      place = here.place
    }
    const { entry = '' } = readEntry(step.on, here.written, country)
    const prefix = entry.endsWith('*') ? entry.slice(0, -1) : undefined
    const first = coveredBy(prefix ?? entry, prefixes)
    if (first !== undefined) {
      report(
        here.path,
        `"${here.written}" can never be reached: case ${first.place + 1} takes all that "${first.written}" fits before; move it up, or take it out`,
      )
    } else {
      const doubt = doubtOfEntry(step.on, here.written, country)
      if (doubt !== undefined) report(here.path, doubt)
    }
    if (prefix !== undefined) before.push([prefix, here])
  }
}

function coveredBy(entry: string, prefixes: ReadonlyMap<string, Written>): Written | undefined {
  if (prefixes.size === 0) return undefined
  for (let length = 1; length <= entry.length; length++) {
    const first = prefixes.get(entry.slice(0, length))
    if (first !== undefined) return first
  }
  return undefined
}
