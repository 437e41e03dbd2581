/** Record and walk in the same form, for people and for comparing. */
import { type CompiledDocument, type PlanSet, saysOf, type ShownCaller } from '../plan/index.ts'
import type { CallRecord, Ending } from '../records/index.ts'
import type { ReplayedStep, Side } from './report.ts'
import { withUnknown } from './unknown.ts'
import type { WalkedAgain, WalkedStep } from './walk-again.ts'

/** What a number leads to in a set. */
export interface Found {
  readonly document?: string | undefined
  readonly plan?: string
}

/** Endings by the plan, whose causes are its own. */
const BY_PLAN: readonly Ending[] = ['hungUpByPlan', 'endOfList', 'stepBudget']

/** `walked`: as far as the walk met the record's steps, what they showed. */
export function recordedSide(record: CallRecord, set: PlanSet, walked: readonly WalkedStep[]): Side {
  const { document: name, plan, ending, cause, released = cause } = record
  const document = name === undefined ? undefined : set.compiled(name)
  return {
    ...sideOf(set, { document: name, ...(plan !== undefined && { plan }) }),
    steps: record.steps.map(({ step, type, outcome }, i) => {
      const spec = document?.steps.find((one) => one.name === step)?.spec
      const shows = walked[i] && showsOf(walked[i], record)
      return {
        ...{ step, type, outcome },
        ...(spec && { does: saysOf(spec) }),
        ...(shows !== undefined && { shows }),
      }
    }),
    ending,
    ...(BY_PLAN.includes(ending) && released !== undefined && { cause: released }),
  }
}

/** `walked`: undefined where nothing was. */
export function walkedSide(
  record: CallRecord,
  set: PlanSet,
  found: Found,
  { steps, end }: WalkedAgain,
): Side {
  const { cause } = end
  return {
    ...sideOf(set, found),
    steps: steps.map((walked) => stepOf(walked, record)),
    // A caller who went did so as the record says.
    ending: end.ending === 'gone' || end.ending === 'waiting' ? record.ending : end.ending,
    ...(cause !== undefined && { cause }),
  }
}

/** Of a set by which nothing was walked. */
export function sideOf({ revision }: PlanSet, { document, plan }: Found): Side {
  return {
    revision,
    ...(document !== undefined && { document }),
    ...(plan !== undefined && { plan }),
    steps: [],
    ...(document === undefined && { ending: 'noPlan' }),
  }
}

function stepOf(walked: WalkedStep, record: CallRecord): ReplayedStep {
  const { step, record: done } = walked
  const shows = showsOf(walked, record)
  return {
    ...{ step: step.name, type: done.type, does: saysOf(step.spec), outcome: done.outcome },
    ...(shows !== undefined && { shows }),
  }
}

function showsOf({ deeds }: WalkedStep, record: CallRecord): string | undefined {
  const shown = deeds.flatMap((deed) => ('shows' in deed ? deed.shows : []))[0]
  return shown && withUnknown(displayed(shown, record))
}

/** As docs/call-plans.md has it in section 5. */
function displayed({ presentation, name, nameSet }: ShownCaller, { caller, did }: CallRecord): string {
  if (presentation === 'suppressed') return 'anonymous'
  const withheld = presentation === 'caller' && caller === ''
  const number = withheld ? 'anonymous' : presentation === 'called' ? did : caller
  return name === '' || (withheld && !nameSet) ? number : `${name} <${number}>`
}

/** A code that a server returned as a destination, as the record has it. */
const MASK = '•••'

/** What of the record limits a replay. */
export function notesOn(record: CallRecord, document: CompiledDocument | undefined): string[] {
  const { controllers, steps } = record
  const isTakenOver = controllers.length > 1 && document !== undefined
  const isMasked = steps.some(({ destination, destinations }) =>
    JSON.stringify([destination, destinations]).includes(MASK),
  )
  return [
    ...(isTakenOver
      ? ['the call was taken over by another controller: of the steps before only the outcomes are known']
      : []),
    ...(isMasked
      ? ['a server returned what the caller keyed as a destination: the record does not say which that was']
      : []),
  ]
}
