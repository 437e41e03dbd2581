import { DESTINATION } from '../../syntax/index.ts'
import type { BridgeOutcome, BridgeResult, Gone } from '../call-control.ts'
import type { Step, StepBase } from '../document.ts'
import { maskCode } from '../mask.ts'
import { notTexts, objectSchema, stepFields, stepList } from '../schema-types.ts'
import type { WalkState } from '../state.ts'
import { shownAt, type Details, type StepOf, type StepResult, type WalkContext } from '../step.ts'

/** Outcomes that a plan can have a branch for: an answered call is over when the parties are done. */
export type UnansweredOutcome = Exclude<BridgeOutcome, 'answered'>

/** In a list. */
export const MOST_DESTINATIONS = 20

/** Rings one or more destinations. Exactly one of `from` and `destination` is there; checked by lint. */
export interface BridgeStep extends StepBase {
  readonly type: 'bridge'
  readonly from?: 'webhook'
  readonly destination?: string | readonly string[]
  readonly ringSeconds: number
  readonly strategy: 'simultaneous' | 'sequential'
  readonly on?: { readonly [K in UnansweredOutcome]?: readonly Step[] }
}

const destination = {
  type: 'string',
  pattern: DESTINATION.source,
  otherwise: (value: string) => `${value} is no destination; write a number such as "+31502102544" or "215"`,
}

export const bridgeSchema = objectSchema<BridgeStep>({
  title: 'bridge',
  description:
    'Rings. When it is answered, the parties talk and the call is over when they are done; otherwise the walk goes on.',
  properties: {
    ...stepFields,
    type: { const: 'bridge' },
    from: {
      const: 'webhook',
      description: 'Ring what the nearest webhook returned (the variable destination).',
    },
    destination: {
      anyOf: [
        destination,
        { type: 'array', items: destination, minItems: 1, maxItems: MOST_DESTINATIONS, uniqueItems: true },
      ],
      otherwise: notTexts,
      description: 'A number such as `+31502102544` or `215`, or a list of them.',
    },
    ringSeconds: {
      type: 'integer',
      minimum: 1,
      maximum: 300,
      default: 30,
      description: 'How long each destination rings.',
    },
    strategy: {
      enum: ['simultaneous', 'sequential'],
      default: 'simultaneous',
      description: 'Ring a list all at once, or one after the other.',
    },
    on: {
      type: 'object',
      description: 'What to do for each outcome, before the next step.',
      properties: {
        busy: stepList('Busy (486, 600).'),
        rejected: stepList('Rejected (403, 603).'),
        noAnswer: stepList('The ring time was over.'),
        unavailable: stepList('Not registered, unknown or moved, gateway down, no connection.'),
        failed: stepList('Everything else: no route, denied, no destination.'),
      } satisfies Record<UnansweredOutcome, unknown>,
      patternProperties: { '^x-': {} },
      additionalProperties: false,
    },
  },
  required: ['type'],
})

/** Outcomes from the most telling on: what a sequential list came to is the first of these that any had. */
const TELLING: readonly BridgeOutcome[] = ['busy', 'rejected', 'noAnswer', 'unavailable', 'failed']

export async function runBridge(step: StepOf<BridgeStep>, context: WalkContext): Promise<StepResult> {
  const destinations = destinationsOf(step, context.state)
  if (destinations.length === 0) {
    context.state.lastCause = 'NO_ROUTE_DESTINATION'
    return unanswered(
      step,
      { outcome: 'failed', cause: 'NO_ROUTE_DESTINATION', reason: 'the webhook returned no destination' },
      {},
    )
  }
  const result =
    step.spec.strategy === 'sequential'
      ? await ringInTurn(step, context, destinations)
      : await ring(step, context, destinations)
  if (result === 'gone') return 'gone'
  const details = {
    destinations: inJournal(destinations, step, context.state),
    ...(result.each && { each: result.each }),
  }
  if (result.outcome === 'answered') return { go: 'end', ending: 'talked', outcome: 'answered', details }
  context.state.lastCause = result.cause
  return unanswered(step, result, details)
}

function destinationsOf(step: StepOf<BridgeStep>, state: WalkState): readonly string[] {
  const { destination } = step.spec
  if (step.spec.from === undefined)
    return typeof destination === 'string' ? [destination] : (destination ?? [])
  const returned = step.inWebhook === undefined ? undefined : state.returned.get(step.inWebhook)?.destination
  return returned === undefined ? [] : [returned]
}

/** A server may return a code as the destination: it is dialled, and not written down. */
function inJournal(
  destinations: readonly string[],
  { spec, inWebhook }: StepOf<BridgeStep>,
  { codes }: WalkState,
): readonly string[] {
  const code = spec.from === undefined || inWebhook === undefined ? undefined : codes.get(inWebhook)
  return code === undefined ? destinations : destinations.map((destination) => maskCode(destination, code))
}

type Rung = BridgeResult & { readonly each?: readonly BridgeOutcome[] }

async function ring(
  step: StepOf<BridgeStep>,
  context: WalkContext,
  destinations: readonly string[],
): Promise<Rung | Gone> {
  const { call, state, limits } = context
  if (state.bridges >= limits.bridgesPerCall) {
    return {
      outcome: 'failed',
      cause: 'CALL_REJECTED',
      reason: `more than ${limits.bridgesPerCall} bridges in one call`,
    }
  }
  const result = await call.bridge({
    destinations,
    ringMs: step.spec.ringSeconds * 1000,
    shown: shownAt(step, state),
  })
  state.bridges++
  return result
}

/** One bridge each: FreeSWITCH reports no outcome per destination of a list. */
async function ringInTurn(
  step: StepOf<BridgeStep>,
  context: WalkContext,
  destinations: readonly string[],
): Promise<Rung | Gone> {
  const { state } = context
  const each: BridgeOutcome[] = []
  while (state.attempt < destinations.length) {
    const result = await ring(step, context, destinations.slice(state.attempt, state.attempt + 1))
    if (result === 'gone') return 'gone'
    each.push(result.outcome)
    if (result.outcome === 'answered') return { ...result, each }
    if (state.best === undefined || TELLING.indexOf(result.outcome) < TELLING.indexOf(state.best)) {
      state.best = result.outcome
      state.lastCause = result.cause
    }
    state.attempt++
  }
  return { outcome: state.best ?? 'failed', cause: state.lastCause ?? 'NO_ROUTE_DESTINATION', each }
}

function unanswered(step: StepOf<BridgeStep>, result: BridgeResult, details: Details): StepResult {
  const { outcome, cause, reason } = result
  return {
    go: 'branch',
    branch: `on/${outcome}`,
    outcome,
    details: { ...details, cause, ...(reason !== undefined && { reason }) },
  }
}
