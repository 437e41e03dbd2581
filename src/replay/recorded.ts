/**
 * The outside of a call as its record has it, step by step. A walk by the revision that the call had meets the same
 * steps; where it does not, it ends there.
 */
import {
  type BridgeOutcome,
  type BridgeResult,
  type Calendar,
  type CollectRequest,
  type CompiledStep,
  type DigitsInput,
  type Gone,
  isOrderOf,
  momentOfClock,
  ringEndMs,
  type StepRecord,
  type WalkState,
  type WebhookResult,
  valuesOfCases,
} from '../plan/index.ts'
import type { CallRecord } from '../records/index.ts'
import { isSameStep } from './compare.ts'
import {
  addTo,
  type Came,
  type Entries,
  type Entry,
  type Known,
  msOf,
  nothingKnown,
  transferKey,
} from './known.ts'
import { isUnknownValue, SOME_DIGIT, SOME_VALUE, UNKNOWN_RETURNED } from './unknown.ts'
import type { Outside } from './walk-again.ts'

/** Endings of calls that did not end by their plan: nothing of it is executed behind the last step of the record. */
const CUT_SHORT: readonly CallRecord['ending'][] = ['callerHungUp', 'failed', 'lost', 'limited']

export const isCutShort = ({ ending }: CallRecord): boolean => CUT_SHORT.includes(ending)

export interface RecordedOutside extends Outside {
  /** What the record says of the outside, as far as it was met. */
  readonly known: Known
  /** The first step of the record, counted from 0, that the walk did not meet; undefined: it met them all so far. */
  readonly partedAt: number | undefined
  /** How many steps were met. */
  readonly met: number
}

/** `state` is that of the walk, `variables` are the names of those that the document uses. */
export function recordedOutside(
  record: CallRecord,
  state: WalkState,
  clock: { ms: number },
  calendar: Calendar,
  variables: readonly string[],
): RecordedOutside {
  const { steps } = record
  const isTakenOver = record.controllers.length > 1
  const known = nothingKnown()
  let at = 0
  let partedAt: number | undefined
  /** How much of the step has come already. */
  let attempts = 0
  let legs = 0
  let verdict: Entry['as'] | undefined
  let keys: string[] = []
  let entered: Entries | undefined

  /** What the record has of the step that is walked; undefined, from there on: it has another one. */
  function recordOf(step: CompiledStep): StepRecord | undefined {
    const recorded = steps[at]
    if (partedAt === undefined && recorded !== undefined && isPlace(recorded, step)) return recorded
    partedAt ??= at
    return undefined
  }

  function passes(ms: number): number {
    clock.ms += ms
    return ms
  }

  function nextEntry(recorded: StepRecord): Entry {
    const said = recorded['attempts'] as readonly Entry['as'][] | undefined
    const interrupted = recorded.outcome === 'interrupted'
    const as = said?.[attempts] ?? (interrupted ? 'gone' : (said?.at(-1) ?? entryBehind(recorded.outcome)))
    const count = (said?.length ?? 1) + (interrupted && said ? 1 : 0)
    attempts++
    const { ms = 0 } = recorded
    return { as, ms: passes(ms / count), ...(as === 'good' && { choice: recorded.outcome }) }
  }

  function collect(request: CollectRequest, step: CompiledStep): DigitsInput | Gone {
    const recorded = recordOf(step)
    if (recorded === undefined) return 'gone'
    const isMenu = !request.secret
    // In the middle of a choice: what does not come ends it.
    if (request.prompt === undefined) return isMenu ? nextKey() : { kind: 'timeout' }
    const { choice, ...entry } = nextEntry(recorded)
    if (entered === undefined) {
      entered = { step: step.name, prompt: request.prompt, isMenu, entries: [] }
      known.entered.push(entered)
    }
    entered.entries.push({ ...entry, ...(isMenu && choice !== undefined && { choice }) })
    verdict = entry.as
    if (isMenu && choice !== undefined) {
      keys = Array.from(choice)
      return nextKey()
    }
    return inputFor(entry.as, request)
  }

  function nextKey(): DigitsInput {
    const key = keys.shift()
    return key === undefined ? { kind: 'timeout' } : { kind: 'digits', digits: key, terminated: false }
  }

  /** FreeSWITCH alone had the call; `field` of the record has the `name` of where. */
  function away<T>(
    step: CompiledStep,
    map: Map<string, Came<T>[]>,
    field: 'queue' | 'mailbox',
    name: string,
  ): T | Gone {
    const recorded = recordOf(step)
    if (recorded === undefined) return 'gone'
    const ms = passes(msOf(recorded) ?? 0)
    if (recorded.outcome === 'interrupted') {
      addTo(map, name, { ms })
      return 'gone'
    }
    const { step: _, type: __, ms: ___, [field]: ____, ...said } = recorded
    const result = said as unknown as T
    addTo(map, name, { result, ms })
    return result
  }

  /** By what clocks showed then, whatever the operator's time zone is now. */
  const then: Calendar = {
    openingAt(schedule, timeZone, unixMs) {
      const recorded = steps[at]
      const shown = recorded?.['clock']
      if (typeof shown !== 'string')
        return { ...calendar.openingAt(schedule, timeZone, unixMs), isOpen: recorded?.outcome === 'open' }
      const moment = momentOfClock(shown)
      return calendar.openingAt(schedule, timeZone ?? moment.timeZone, moment.unixMs)
    },
  }

  return {
    known,
    calendar: then,
    get partedAt() {
      return partedAt
    },
    get met() {
      return at
    },

    play(audio, step) {
      const recorded = recordOf(step)
      if (recorded === undefined) return 'gone'
      const { outcome } = recorded
      // Of the message behind the last attempt there is no word; its time is among that of the attempts.
      const isMessage = entered !== undefined
      const ms = passes(isMessage ? 0 : (recorded.ms ?? 0))
      if (outcome === 'interrupted') {
        addTo(known.played, audio, { ms })
        return 'gone'
      }
      const result = outcome === 'failed' ? 'failed' : 'played'
      addTo(known.played, audio, { result, ms })
      return result
    },

    collect,

    bridge(request, step) {
      const rung = { destinations: request.destinations, ringEndMs: ringEndMs(request) }
      const recorded = recordOf(step)
      if (recorded === undefined) return 'gone'
      const each = recorded['each'] as readonly BridgeOutcome[] | undefined
      const eachMs = recorded['eachMs'] as readonly number[] | undefined
      const leg = legs++
      const interrupted = recorded.outcome === 'interrupted'
      const before = (eachMs ?? []).slice(0, leg).reduce((sum, ms) => sum + ms, 0)
      const { ms: all } = recorded
      const ms = eachMs?.[leg] ?? (all === undefined ? undefined : Math.max(0, all - before))
      passes(ms ?? 0)
      if (interrupted && each?.[leg] === undefined) {
        known.rung.push({ ...rung, ms })
        return 'gone'
      }
      const outcome = each?.[leg] ?? (recorded.outcome as BridgeOutcome)
      const result = bridged(outcome, recorded)
      if (!isPastLimit(result)) known.rung.push({ ...rung, ms, result })
      return result
    },

    ringOrder(step, count) {
      const order = recordOf(step)?.['order']
      if (!isOrder(order) || !isOrderOf(order, count)) return asWritten(count)
      known.orders.set(step.name, order)
      return order
    },

    queue: ({ queue }, step) => away(step, known.queued, 'queue', queue),

    voicemail: ({ mailbox }, step) => away(step, known.left, 'mailbox', mailbox),

    transfer(destination, context, step) {
      const recorded = recordOf(step)
      if (recorded === undefined || recorded.outcome === 'interrupted') return 'gone'
      passes(recorded.ms ?? 0)
      const { outcome, cause = SOME_VALUE, reason = '' } = recorded
      const result =
        outcome === 'transferred' ? outcome : { cause: cause as string, reason: reason as string }
      known.transferred.set(transferKey(destination, context), result)
      return result
    },

    ask({ name }, step) {
      const recorded = recordOf(step)
      if (recorded === undefined) return 'gone'
      const ms = passes(verdict === undefined ? (recorded.ms ?? 0) : 0)
      if (recorded.outcome === 'interrupted' && verdict !== 'wrong') {
        addTo(known.asked, name, { ms })
        return 'gone'
      }
      const result = asked(recorded, verdict === 'wrong' ? attempts : undefined, state.variables, variables)
      addTo(known.asked, name, { result, ms })
      return result
    },

    caseOf(value, step) {
      const recorded = recordOf(step)
      // A code that was collected again was one that a server had to find good.
      if (recorded === undefined || (!isUnknownValue(value) && recorded['attempts'] === undefined))
        return step.caseOf!(value)
      const place = /^cases\/(\d+)$/.exec(recorded.outcome)?.[1]
      addTo(
        known.chosen,
        step.name,
        place === undefined ? [] : (valuesOfCases(step.spec)[Number(place)] ?? []),
      )
      return place === undefined ? undefined : Number(place)
    },

    stepDone({ record: walked, step }) {
      const recorded = recordOf(step)
      if (recorded === undefined) return false
      if (!isSameStep(recorded, walked, record)) {
        partedAt = at
        return false
      }
      at++
      attempts = legs = 0
      verdict = entered = undefined
      keys = []
      const next = steps[at]
      // Codes do not survive the controller that collected them: they were collected again where one was needed.
      if (isTakenOver && next?.['attempts'] !== undefined) state.codes.clear()
      return next !== undefined || !isCutShort(record)
    },
  }
}

const isOrder = (order: unknown): order is readonly number[] =>
  Array.isArray(order) && order.every((place) => typeof place === 'number')

/** Of a list whose order is not in the record. */
export const asWritten = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

/** Names of steps that are cut in a record that would be too long begin with an ellipsis. */
function isPlace({ step: name, type }: StepRecord, step: CompiledStep): boolean {
  const isNamed = name.startsWith('…') ? step.name.endsWith(name.slice(1)) : step.name === name
  return isNamed && step.spec.type === type
}

/** Of a step whose attempts are not in the record. */
function entryBehind(outcome: string): Entry['as'] {
  if (outcome === 'NAK') return 'wrong'
  if (outcome === 'ERR') return 'failed'
  return outcome === 'wrong' || outcome === 'short' || outcome === 'timeout' ? outcome : 'good'
}

export function inputFor(as: Entry['as'], { maxDigits }: CollectRequest): DigitsInput | Gone {
  if (as === 'gone') return 'gone'
  if (as === 'timeout') return { kind: 'timeout' }
  // A lone terminator is too short for every code, and no choice.
  if (as === 'short') return { kind: 'digits', digits: '', terminated: true }
  return { kind: 'digits', digits: SOME_DIGIT.repeat(maxDigits), terminated: false }
}

/** Nobody was rung: who refuses a call has `rejected` with this cause. */
const isPastLimit = ({ outcome, cause }: BridgeResult): boolean =>
  outcome === 'failed' && cause === 'CALL_REJECTED'

/** The cause is that of the outcome which the step came to. */
function bridged(outcome: BridgeOutcome, recorded: StepRecord): BridgeResult {
  const { cause = SOME_VALUE, reason, recording, unrecorded } = recorded as Partial<BridgeResult>
  return {
    outcome,
    cause: outcome === recorded.outcome ? cause : SOME_VALUE,
    ...(reason !== undefined && { reason }),
    ...(recording !== undefined && { recording }),
    ...(unrecorded !== undefined && { unrecorded }),
  }
}

const unknownVariables = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, SOME_VALUE]))

/** What a record says of variables that a server returned. */
interface VariablesInRecord {
  readonly variables?: WebhookResult['variables']
  readonly unchangedVariables?: readonly string[]
  readonly secretVariables?: readonly string[]
}

/**
 * `attempt`: of a code that was wrong, how many had been made; what the server said is kept of the last one.
 * `before`: the variables that there are. `names`: those that the document uses.
 */
function asked(
  recorded: StepRecord,
  attempt: number | undefined,
  before: ReadonlyMap<string, string>,
  names: readonly string[],
): WebhookResult {
  const {
    step: _,
    type: __,
    ms: ___,
    outcome,
    attempts = [],
    variables,
    unchangedVariables = [],
    secretVariables = [],
    ...details
  } = recorded as StepRecord & VariablesInRecord
  const said = attempts as readonly Entry['as'][]
  const isLast =
    attempt === undefined || !said.slice(attempt).some((as) => as !== 'timeout' && as !== 'short')
  const status =
    attempt === undefined && outcome !== 'interrupted' ? (outcome as WebhookResult['status']) : 'NAK'
  const isKnown = isLast && details['url'] !== undefined
  const returned =
    status === 'ACK' && !isKnown ? { ...UNKNOWN_RETURNED, variables: unknownVariables(names) } : {}
  const common = { url: '', tries: 1, source: 'server', warnings: [], ...returned } as const
  const known = isKnown && {
    ...details,
    variables: {
      ...variables,
      ...Object.fromEntries(unchangedVariables.map((name) => [name, before.get(name) ?? ''])),
      ...unknownVariables(secretVariables),
    },
    secretVariables,
  }
  return { ...common, ...known, status }
}
