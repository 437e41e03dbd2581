/** What evil puts in the place of its document while others change theirs: broken, expensive to check, or both. */
import { MOST_BYTES } from '../../../src/plan/caps.ts'
import { didOf } from '../kinds.ts'
import { largestDocument } from './evil-document.ts'

export interface Attempt {
  readonly name: string
  readonly text: string
}

const plan = (steps: readonly object[]) => JSON.stringify({ plans: { main: { steps } } })
/** As many as make the size of a file, and a little less. */
function many(one: (index: number) => object): object[] {
  const count = Math.floor((MOST_BYTES - 1000) / (JSON.stringify(one(1_000_000)).length + 1))
  return Array.from({ length: count }, (_, i) => one(i))
}

/** `port`: of evil's server, for the ones that are good. */
export function attemptsOf(port: number): readonly Attempt[] {
  const largest = largestDocument(port)
  return [
    {
      name: 'wrong steps',
      text: plan(Array.from({ length: 19_900 }, (_, i) => ({ type: 'play', audoi: `${i}` }))),
    },
    { name: 'the largest again', text: largest },
    { name: 'names that are not there', text: plan(many((i) => ({ type: 'play', audio: `tone-${i}` }))) },
    { name: 'cut off', text: largest.slice(0, -1) },
    { name: 'ids that are there twice', text: plan(many(() => ({ type: 'hangup', id: 'same' }))) },
    { name: 'nested', text: '['.repeat(MOST_BYTES - 1) },
    {
      name: "bank's numbers",
      text: JSON.stringify({
        plans: { main: { numbers: [didOf(0), didOf(2)], steps: [{ type: 'hangup' }] } },
      }),
    },
    { name: 'more bytes than a file may have', text: `${largest}${' '.repeat(MOST_BYTES)}` },
  ]
}
