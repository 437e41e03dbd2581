import type { JsonObject, Path, Report } from '../../json/index.ts'
import { DESTINATION } from '../../syntax/index.ts'
import { listed } from '../../util/listed.ts'
import type { BridgeOutcome, BridgeResult } from '../call-control.ts'
import { createMask, MASK } from '../mask.ts'
import { id, note, notTexts, stepList, stepSchema } from '../schema-parts.ts'
import type { WalkState } from '../state.ts'
import {
  type Around,
  type CompiledStep,
  type Details,
  END,
  type Interrupted,
  shownAt,
  type Step,
  type StepBase,
  type StepDefinition,
  type StepResult,
  type WalkContext,
} from '../step.ts'
import { secretsIn } from '../webhook-request.ts'
import { BELOW_WEBHOOK } from './webhook.ts'

/** Outcomes that a plan can have a branch for: an answered call is over when the parties are done. */
type UnansweredOutcome = Exclude<BridgeOutcome, 'answered'>

/** In a list. */
export const MOST_DESTINATIONS = 20

/** Rings one or more destinations. Exactly one of `from` and `destination` is there; checked by `errors`. */
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

/** From the most telling on: what a list that is rung one by one came to is the first of these that any had. */
const outcomes = {
  busy: stepList('When busy', 'Busy (486, 600).'),
  rejected: stepList('When rejected', 'Rejected (403, 603).'),
  noAnswer: stepList('When nobody answers', 'The ring time was over.'),
  unavailable: stepList('When unavailable', 'Not registered, unknown or moved, gateway down, no connection.'),
  failed: stepList('When it fails', 'Everything else: no route, denied, no destination.'),
} satisfies Record<UnansweredOutcome, unknown>
const TELLING = Object.keys(outcomes)

const WHEN: Readonly<Record<UnansweredOutcome, string>> = {
  busy: 'when busy',
  rejected: 'when rejected',
  noAnswer: 'when nobody answers',
  unavailable: 'when unavailable',
  failed: 'when it fails',
}

export const bridge: StepDefinition<BridgeStep> = {
  schema: stepSchema<BridgeStep>({
    title: 'bridge',
    description:
      'Rings. When it is answered, the parties talk and the call is over when they are done; otherwise the walk goes on.',
    properties: {
      id,
      from: {
        const: 'webhook',
        title: 'Variable destination',
        description: 'Ring what the nearest webhook returned (the variable destination), one or a list.',
      },
      destination: {
        anyOf: [
          destination,
          { type: 'array', items: destination, minItems: 1, maxItems: MOST_DESTINATIONS, uniqueItems: true },
        ],
        otherwise: notTexts,
        title: 'Destination',
        examples: ['215', ['215', '+31502102544']],
        description: 'A number such as `+31502102544` or `215`, or a list of them.',
      },
      strategy: {
        enum: ['simultaneous', 'sequential'],
        default: 'simultaneous',
        title: 'Strategy',
        examples: ['sequential'],
        description: 'Ring a list all at once, or one after the other.',
      },
      ringSeconds: {
        type: 'integer',
        minimum: 1,
        maximum: 300,
        default: 30,
        title: 'Seconds to ring',
        examples: [20],
        description: 'How long each destination rings.',
      },
      note,
      on: {
        type: 'object',
        title: 'Outcomes',
        examples: [{ busy: [{ type: 'play', audio: 'busy' }] }],
        description: 'What to do for each outcome, before the next step.',
        properties: outcomes,
        patternProperties: { '^x-': {} },
        additionalProperties: false,
      },
    },
    required: [],
  }),
  example: {
    type: 'bridge',
    destination: ['215', '+31502102544'],
    ringSeconds: 20,
    on: { busy: [{ type: 'play', audio: 'busy' }] },
  },
  says,
  saysChange,
  saysBranch: (branch) => WHEN[branch.slice('on/'.length) as UnansweredOutcome],
  freeswitch: { applications: ['bridge'], modules: ['mod_dptools', 'mod_tone_stream'] },
  branches: { on: 'lists' },
  destinations: 'destination',
  errors,
  // A bridge that is answered ends the call.
  leadsTo: ({ branches, next }) => [END, ...TELLING.map((outcome) => branches[`on/${outcome}`] ?? next)],
  stretches({ strategy, from, destination, ringSeconds }) {
    // A server may return as many as it likes.
    const most = from === undefined ? written(destination).length : MOST_DESTINATIONS
    const inTurn = strategy === 'sequential' ? most : 1
    return [{ of: 'ringing', seconds: ringSeconds * inTurn }]
  },
  rings: true,
  rung(step, context) {
    const { state } = context
    const destinations = toldOf(destinationsOf(step, state), step, context)
    const { strategy, ringSeconds: seconds } = step.spec
    if (strategy !== 'sequential') return { destinations, seconds }
    return { destinations: destinations.slice(state.attempt, state.attempt + 1), seconds }
  },
  async run(step, context) {
    const destinations = destinationsOf(step, context.state)
    if (destinations.length === 0) {
      context.state.lastCause = 'NO_ROUTE_DESTINATION'
      return unanswered(
        { outcome: 'failed', cause: 'NO_ROUTE_DESTINATION', reason: 'the webhook returned no destination' },
        {},
      )
    }
    const result =
      step.spec.strategy === 'sequential'
        ? await ringInTurn(step, context, destinations)
        : await ring(step, context, destinations)
    if ('go' in result) return result
    const { each, eachMs }: Rung = result
    const details = {
      destinations: inJournal(destinations, step, context.state),
      ...(each && { each }),
      ...(eachMs && eachMs.length > 1 && { eachMs }),
    }
    if (result.outcome === 'answered') return { go: 'end', ending: 'talked', outcome: 'answered', details }
    context.state.lastCause = result.cause
    return unanswered(result, details)
  },
}

function says({ from, destination, strategy, ringSeconds }: BridgeStep): string {
  const seconds = `for ${ringSeconds} s`
  if (from !== undefined) return `rings what the webhook returned ${seconds}`
  const destinations = written(destination)
  if (destinations.length === 1) return `rings ${destinations.join()} ${seconds}`
  return strategy === 'sequential'
    ? `rings ${destinations.join(', then ')}, each ${seconds}`
    : `rings ${listed(destinations)} at the same time ${seconds}`
}

/** Undefined where the order of destinations counts. */
function saysChange(before: BridgeStep, after: BridgeStep): readonly string[] | undefined {
  const isOrdered = [before, after].some(({ strategy }) => strategy === 'sequential')
  if (isOrdered || before.from !== after.from) return undefined
  const [was, is] = [written(before.destination), written(after.destination)]
  const more = is.filter((destination) => !was.includes(destination))
  const less = was.filter((destination) => !is.includes(destination))
  if (more.length > 0 && less.length > 0) return undefined
  return [
    ...(more.length > 0 ? [`rings ${listed(more)} as well`] : []),
    ...(less.length > 0 ? [`no longer rings ${listed(less, { word: 'or' })}`] : []),
    ...(before.ringSeconds === after.ringSeconds
      ? []
      : [`rings for ${after.ringSeconds} s, no longer ${before.ringSeconds} s`]),
  ]
}

function written(destination: BridgeStep['destination'] = []): readonly string[] {
  return typeof destination === 'string' ? [destination] : destination
}

function errors(step: JsonObject, path: Path, { belowWebhook }: Around, report: Report): void {
  if ('from' in step && 'destination' in step) {
    report([...path, 'from'], 'a bridge has either "from" or "destination"; take one of them out', true)
  }
  if (!('from' in step) && !('destination' in step)) {
    report(path, 'a bridge needs "destination", or "from": "webhook" below the "success" of a webhook step')
  }
  if (step.from === 'webhook' && !belowWebhook) {
    report([...path, 'from'], `"webhook" ${BELOW_WEBHOOK}; use "destination" here`)
  }
}

function destinationsOf(step: CompiledStep<BridgeStep>, state: WalkState): readonly string[] {
  const { destination } = step.spec
  if (step.spec.from === undefined) return written(destination)
  const { destination: one, destinations = [] } = state.returned.get(step.inWebhook ?? END) ?? {}
  return one === undefined ? destinations : [one]
}

/** A server may return a secret as the destination: it is dialled, and not written down. */
function inJournal(
  destinations: readonly string[],
  { spec, inWebhook }: CompiledStep<BridgeStep>,
  { codes, secrets }: WalkState,
): readonly string[] {
  if (spec.from === undefined) return destinations
  const code = codes.get(inWebhook ?? END) ?? ''
  const hidden = secretsIn({ code, secretVariables: Object.fromEntries(secrets) })
  return destinations.map(createMask(hidden))
}

/**
 * As events have them. A code that was lost with a controller is not known any more, and what the server returned for
 * it may be it.
 */
function toldOf(
  destinations: readonly string[],
  step: CompiledStep<BridgeStep>,
  { state, document }: Pick<WalkContext, 'state' | 'document'>,
): readonly string[] {
  const { spec, inWebhook } = step
  const asking = spec.from === undefined || inWebhook === undefined ? undefined : document.steps[inWebhook]
  if (!asking || state.codes.has(asking.index)) return inJournal(destinations, step, state)
  const { webhook } = asking.spec as { readonly webhook: string }
  const withCode = document.document.webhooks[webhook]?.ivr !== undefined || asking.inIvr !== undefined
  return withCode ? destinations.map(() => MASK) : destinations
}

/** Of destinations that are rung one by one: what each came to, and how long it rang. */
interface Each {
  readonly each: readonly BridgeOutcome[]
  readonly eachMs: readonly number[]
}

type Rung = BridgeResult & Partial<Each>

async function ring(
  step: CompiledStep<BridgeStep>,
  context: WalkContext,
  destinations: readonly string[],
): Promise<BridgeResult | Interrupted> {
  const { call, state, limits } = context
  if (state.bridges >= limits.bridgesPerCall) {
    return {
      outcome: 'failed',
      cause: 'CALL_REJECTED',
      reason: `more than ${limits.bridgesPerCall} bridges in one call`,
    }
  }
  const written = toldOf(destinations, step, context)
  const result = await call.bridge({
    destinations,
    ...(written !== destinations && { written }),
    ringMs: step.spec.ringSeconds * 1000,
    shown: shownAt(step, state),
  })
  state.bridges++
  return result === 'gone' ? { go: 'gone' } : result
}

/** One bridge each: FreeSWITCH reports no outcome per destination of a list. */
async function ringInTurn(
  step: CompiledStep<BridgeStep>,
  context: WalkContext,
  destinations: readonly string[],
): Promise<Rung | Interrupted> {
  const { state, time } = context
  const each: BridgeOutcome[] = []
  const eachMs: number[] = []
  while (state.attempt < destinations.length) {
    const began = time.now()
    const result = await ring(step, context, destinations.slice(state.attempt, state.attempt + 1))
    if ('go' in result) return { go: 'gone', ...(each.length > 0 && { details: { each, eachMs } }) }
    each.push(result.outcome)
    eachMs.push(Math.round(time.now() - began))
    if (result.outcome === 'answered') return { ...result, each, eachMs }
    if (state.best === undefined || TELLING.indexOf(result.outcome) < TELLING.indexOf(state.best)) {
      state.best = result.outcome
      state.lastCause = result.cause
    }
    state.attempt++
  }
  return { outcome: state.best ?? 'failed', cause: state.lastCause ?? 'NO_ROUTE_DESTINATION', each, eachMs }
}

function unanswered(result: BridgeResult, details: Details): StepResult {
  const { outcome, cause, reason } = result
  return {
    go: 'branch',
    branch: `on/${outcome}`,
    outcome,
    details: { ...details, cause, ...(reason !== undefined && { reason }) },
  }
}
