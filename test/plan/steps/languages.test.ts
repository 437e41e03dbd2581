/** What steps say in Dutch is what they say in English, and has no English in it: of steps at random. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isObject } from '../../../src/json/index.ts'
import { compile } from '../../../src/plan/compile.ts'
import type { PlanDocument } from '../../../src/plan/document.ts'
import { createChecker } from '../../../src/plan/loading/check-document.ts'
import { stepInWords } from '../../../src/plan/step-definitions.ts'
import { definitions, type Step } from '../../../src/plan/steps/index.ts'
import { cases, placed } from '../../trial/arbitraries.ts'
import { document } from '../walking.ts'

const PLACE = { digits: '50210000', ...{ answering: 'https://a', closing: 'https://b', down: 'https://c' } }

/** All that the step and its branches say, in both languages. */
function said(step: Step): [en: string, nl: string][] {
  const [en, nl] = (['en', 'nl'] as const).map((language) => {
    const { title, sentence, branches } = stepInWords(step, language)
    return [title, sentence, ...branches.map((branch) => branch.sentence)]
  }) as [string[], string[]]
  return en.map((sentence, i) => [sentence, nl[i]!])
}

/** Fields whose values have words of their own in each language, or are not told. */
const IN_WORDS = ['type', 'id', 'note', 'mode', 'strategy', 'presentation', 'terminator', 'from', 'days']
/** Fields with steps, which tell themselves what they name. */
const BRANCHES = ['success', 'failure', 'choices', 'open', 'closed', 'default', 'steps']

/** What the step names, as a sentence has it: the longest first, since it may have others in it. */
function namesIn(step: Step): string[] {
  // `on` of a switch is what it looks at: in words, but for the name of a variable.
  const on = step.type === 'switch' && typeof step.on !== 'string' ? step.on : undefined
  const found: string[] = []
  const gather = (field: string, value: unknown): void => {
    if (typeof value === 'string') found.push(['text', 'callerName'].includes(field) ? `"${value}"` : value)
    else if (Array.isArray(value)) for (const one of value) gather(field, one)
    else if (isObject(value)) {
      for (const [key, inner] of Object.entries(value))
        if (!IN_WORDS.includes(key) && !BRANCHES.includes(key)) gather(key, inner)
    }
  }
  gather('', { ...step, on })
  // A caller who shows no number is told in words.
  return [...new Set(found)].filter((name) => name !== 'withheld').sort((a, b) => b.length - a.length)
}

const numbersIn = (sentence: string) => (sentence.match(/\d+/g) ?? []).sort()
const wordsIn = (sentence: string) => new Set(sentence.toLowerCase().match(/\p{L}+/gu))

const ENGLISH =
  'the a an and or then for to with without when what who whoever each while that which after before behind by into its it his their this more but never at from here same time other next any no not be are was were has have does goes plays rings sets shows puts takes asks tells looks waits calls hangs comes'.split(
    ' ',
  )
/** Words of the trade that Dutch has, too, and words that look alike. */
const IN_BOTH = ['webhook', 'voicemail', 'context', 'code', 'plan', 'ack', 'of', 'in', 'open', 'is', 's']

function compare(step: Step): void {
  const names = namesIn(step)
  const without = (sentence: string, count = names.length) =>
    names.slice(0, count).reduce((left, name) => left.replaceAll(name, ' '), sentence)
  const counts = (sentence: string) =>
    names.map((name, i) => [name, without(sentence, i).split(name).length - 1])
  for (const [en, nl] of said(step)) {
    const sentences = `${en} / ${nl}`
    expect(numbersIn(nl), sentences).toEqual(numbersIn(en))
    expect(counts(nl), sentences).toEqual(counts(en))
    const [english, dutch] = [wordsIn(without(en)), wordsIn(without(nl))]
    expect(
      [...dutch].filter((word) => ENGLISH.includes(word)),
      sentences,
    ).toEqual([])
    expect(
      [...dutch].filter((word) => english.has(word) && !IN_BOTH.includes(word)),
      sentences,
    ).toEqual([])
  }
}

test('steps of calls at random name the same, have the same numbers, and no English words', () => {
  fc.assert(
    fc.property(cases, (made) => {
      const written = document(placed(made, PLACE).document)
      for (const { spec } of compile('acme', written).steps) compare(spec)
    }),
    { numRuns: 50 },
  )
})

test('every field that there is, and every type of step', () => {
  const file = new URL('../../fixtures/plans/good/every-field.json', import.meta.url)
  const { served } = createChecker({ defaultCountry: 'NL' }).check('acme', 'acme.json', readFileSync(file))
  const { steps } = compile('acme', JSON.parse(served!.text) as PlanDocument)
  for (const { spec } of steps) compare(spec)
  expect(new Set(steps.map(({ spec }) => spec.type))).toEqual(new Set(Object.keys(definitions)))
})
