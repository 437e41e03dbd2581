/** Compares sets of written documents, as they are compared once they are loaded. */
import { compareSets, type Change } from '../../../src/plan/diff/index.ts'
import { createChecker, type ValidDocument } from '../../../src/plan/loading/check-document.ts'
import { comparedDocument } from '../../../src/plan/loading/compared.ts'

export type WrittenSet = Readonly<Record<string, object>>

const checker = createChecker({ defaultCountry: 'NL' })

function compared(set: WrittenSet) {
  return Object.entries(set).map(([name, written]) => {
    const checked = checker.check(name, `${name}.json`, Buffer.from(JSON.stringify(written)))
    if (checked.errors.length > 0) throw new Error(JSON.stringify(checked.errors))
    return comparedDocument(checked as ValidDocument)
  })
}

export const changes = (before: WrittenSet, after: WrittenSet): Change[] => [
  ...compareSets(compared(before), compared(after)),
]

export const sentences = (before: WrittenSet, after: WrittenSet): string[] =>
  changes(before, after).map(({ document, sentence }) => `${document}: ${sentence}`)

export const audio = { welcome: 'welcome.wav', hello: 'hello.wav' }
export const webhooks = { crm: { urlTemplate: 'https://crm.example/' } }
export const ring = (destination: string | string[], more: object = {}) => ({
  type: 'bridge',
  destination,
  ...more,
})
export const play = (name: string, more: object = {}) => ({ type: 'play', audio: name, ...more })

/** A document whose plan `main` has these steps. */
export const withSteps = (...steps: object[]) => ({
  audio,
  webhooks,
  plans: { main: { numbers: ['+31502100000'], steps } },
})

/** What differs between two lists of steps of one plan. */
export const stepSentences = (before: object[], after: object[]): string[] =>
  changes({ acme: withSteps(...before) }, { acme: withSteps(...after) }).map(({ sentence }) => sentence)
