/** A plan as a tree of lines: what each step does, and at the right how long a caller can wait. */
import pc from 'picocolors'
import type { Language, PlanTree, TreeStep } from '../plan/index.ts'
import { printable } from '../util/printable.ts'
import { inSeconds, upTo } from './in-seconds.ts'
import type { Io } from './io.ts'
import { COLUMNS, wrap } from './wrap.ts'

/** Of an indent: with a wider one nothing would be left for what a step says. */
const DEEPEST = 36

const WORDS = {
  en: {
    nothing: 'does nothing',
    goesRound: ', and so round',
    tooDeep: '… deeper than fits; --json has it',
    missed: 'when nobody talked to the caller: asks the webhook',
  },
  nl: {
    nothing: 'doet niets',
    goesRound: ', en begint zo opnieuw',
    tooDeep: '… dieper dan past; --json heeft het',
    missed: 'als niemand met de beller heeft gesproken: raadpleegt de webhook',
  },
} satisfies Record<Language, Readonly<Record<string, string>>>

/** An empty line, the plan, and its steps; the tree's sentences are in this language, too. */
export function* treeLines(
  { plan, missed, upToSeconds, steps }: PlanTree,
  { colour }: Pick<Io, 'colour'>,
  language: Language,
): Generator<string> {
  const { bold, dim, yellow } = pc.createColors(colour)
  const words = WORDS[language]
  const timeOf = (seconds: number, said: typeof upTo) => (seconds > 0 ? said(seconds, language) : '')

  /** `here` stands before the first line, `below` before the others. */
  function* entry(text: string, { here, below }: Twig, time: string): Generator<string> {
    const columns = COLUMNS - here.length - (time === '' ? 0 : time.length + 2)
    const [line = '', ...more] = wrap(printable(text), '', { hang: '', columns })
    yield dim(here) + line + (time && yellow(time.padStart(COLUMNS - here.length - line.length)))
    for (const part of more) yield dim(below) + part
  }

  function* list(steps: readonly TreeStep[], indent: string): Generator<string> {
    if (indent.length > DEEPEST) {
      yield dim(`${indent}└─ ${words.tooDeep}`)
      return
    }
    for (const [i, { id, says, seconds, goesRound, branches }] of steps.entries()) {
      const twig = twigOf(indent, i === steps.length - 1)
      const name = id === undefined ? '' : `${id}: `
      yield* entry(`${name}${says}${goesRound ? words.goesRound : ''}`, twig, timeOf(seconds, inSeconds))
      for (const [j, { when, upToSeconds, steps }] of branches.entries()) {
        const branch = twigOf(twig.below, j === branches.length - 1)
        yield* entry(when, branch, timeOf(upToSeconds, upTo))
        yield* list(steps, branch.below)
      }
    }
  }

  yield ''
  const time = timeOf(upToSeconds, upTo)
  yield (
    bold(plan) +
    (time && yellow(time.padStart(COLUMNS - plan.length))) +
    (steps.length > 0 ? '' : ` ${words.nothing}`)
  )
  yield* list(steps, '')
  if (missed !== undefined) yield `${words.missed} ${missed}`
}

/** What stands before an item of a list, and before what is below it. */
interface Twig {
  readonly here: string
  readonly below: string
}

function twigOf(indent: string, isLast: boolean): Twig {
  return isLast
    ? { here: `${indent}└─ `, below: `${indent}   ` }
    : { here: `${indent}├─ `, below: `${indent}│  ` }
}
