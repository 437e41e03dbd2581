/** Two walks of one call, side by side: whether they are the same, and where they part. */
import { isDeepStrictEqual } from 'node:util'
import type { StepRecord } from '../plan/index.ts'
import type { CallRecord } from '../records/index.ts'
import { isUnknown } from './unknown.ts'
import type { WalkedStep } from './walk-again.ts'

/** What may differ: time does, and of several controllers each has counted from its own first attempt. */
const TIMES = ['ms', 'eachMs']
const COUNTED_ANEW = ['attempts', 'each']

/** Whether a step of the record is the one that was walked, as far as the record knows. */
export function isSameStep(
  recorded: StepRecord,
  walked: StepRecord,
  { controllers, shortened }: CallRecord,
): boolean {
  const passedOver = controllers.length > 1 ? [...TIMES, ...COUNTED_ANEW] : TIMES
  const { step: _, ...said } = recorded
  const { step: __, ...did } = walked
  // Where it is not known what a server returned, it is not known whether it did.
  if (isUnknown(did)) passedOver.push('outcome', 'name', 'destinations', 'reason')
  const isPart = controllers.length > 1 || shortened !== undefined
  const keys = Object.keys(isPart ? said : { ...said, ...did }).filter((key) => !passedOver.includes(key))
  return keys.every((key) => isDeepStrictEqual(plain(said[key]), plain(did[key])))
}

/** As JSON has it: the record was read from it. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown)

/** Whether two walks of the call did the same in a step, wherever it stands in their plans. `a` is by its own revision. */
export function didTheSame(a: WalkedStep, b: WalkedStep, call: CallRecord): boolean {
  const isSameCause = a.record['cause'] === b.record['cause'] || isUnknown(a.record['cause'])
  return isSameCause && isDeepStrictEqual(doneBy(a, call), doneBy(b, call))
}

function doneBy({ record, deeds }: WalkedStep, { controllers }: CallRecord): unknown {
  const { type, outcome, name, attempts } = record
  if (controllers.length === 1) return { type, outcome, name, attempts, deeds }
  // A code that was lost with a controller was keyed again.
  return { type, outcome, name, deeds: deeds.filter((deed) => !('collects' in deed)) }
}
