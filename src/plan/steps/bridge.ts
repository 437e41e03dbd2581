import { isObject, type JsonObject, type Path, type Report } from '../../json/index.ts'
import { DESTINATION } from '../../syntax/index.ts'
import { assertNever } from '../../util/errors.ts'
import { listed } from '../../util/listed.ts'
import {
  type BridgeAudio,
  type BridgeOutcome,
  type BridgeRequest,
  type BridgeResult,
  CONFIRM_SECONDS,
  type OwnTimes,
  ringEndMs,
  type ShownCaller,
} from '../call-control.ts'
import { cleanName, LONGEST_DISPLAY_NAME } from '../clean.ts'
import type { PlanDocument } from '../document.ts'
import { createMask, MASK } from '../mask.ts'
import { entryName, id, note, objectSchema, outcomesField, stepList, stepSchema } from '../schema-parts.ts'
import type { WalkState } from '../state.ts'
import {
  type Around,
  audioOf,
  type CompiledStep,
  type Details,
  type DoubtfulPlace,
  END,
  type Interrupted,
  shownAt,
  type Step,
  type StepBase,
  type StepDefinition,
  type StepResult,
  type Stretch,
  type WalkContext,
} from '../step.ts'
import { variablesIn, withVariables } from '../variables.ts'
import { joinedWording, listedWording, seconden, type Wording } from '../wording.ts'
import { shownTextErrors, shownTextWarnings } from './callername.ts'
import { silenceSeconds } from './play.ts'
import { recordErrors } from './record.ts'
import { BELOW_WEBHOOK, secretsAround } from './webhook.ts'

/** Outcomes that a plan can have a branch for: an answered call is over when the parties are done. */
type UnansweredOutcome = Exclude<BridgeOutcome, 'answered'>

/** In a list. */
export const MOST_DESTINATIONS = 20

/** How a list rings: all at once, or one after the other, in one of three orders. */
const STRATEGIES = ['simultaneous', 'sequential', 'roundRobin', 'random'] as const

/** Rings one or more destinations. Exactly one of `from` and `destination` is there; checked by `errors`. */
export interface BridgeStep extends StepBase {
  readonly type: 'bridge'
  readonly from?: 'webhook'
  readonly destination?: string | readonly (string | TimedDestination)[]
  readonly ringSeconds: number
  readonly strategy: (typeof STRATEGIES)[number]
  /** Audio of the document. */
  readonly ringback?: string
  readonly announce?: string
  readonly confirm?: boolean
  readonly callerName?: string
  readonly record?: true
  readonly on?: { readonly [K in UnansweredOutcome]?: readonly Step[] }
}

/** A destination with times of its own. */
interface TimedDestination {
  readonly to: string
  readonly delaySeconds?: number
  readonly ringSeconds?: number
}

const destination = {
  type: 'string',
  pattern: DESTINATION.source,
  otherwise: (value: string) => `${value} is no destination; write a number such as "+31502102544" or "215"`,
}

const LONGEST_RING_SECONDS = 300

const timedDestination = objectSchema<TimedDestination>({
  title: 'Destination with times of its own',
  description: 'A destination that rings later than the others, or for another time.',
  properties: {
    to: { ...destination, title: 'To', examples: ['+31612345678'], description: 'A number such as `+31502102544` or `215`.' },
    delaySeconds: {
      type: 'integer', minimum: 0, maximum: LONGEST_RING_SECONDS, title: 'Seconds before it rings', examples: [10],
      description: 'Of a list that rings at once: how long after the others it begins; at once where none of them rings any more.',
    },
    ringSeconds: {
      type: 'integer', minimum: 1, maximum: LONGEST_RING_SECONDS, title: 'Seconds to ring', examples: [20],
      description: "How long it rings, in place of the step's `ringSeconds`.",
    },
  },
  required: ['to'],
}) // prettier-ignore

const notDestination = (value: string) =>
  `must be a destination such as "215", or {"to": "215", "delaySeconds": 10}, not ${value}`

const notDestinations = (value: string) =>
  `must be a destination such as "215" or a list of destinations, not ${value}`

/** From the most telling on: what a list that is rung one by one came to is the first of these that any had. */
const outcomes = {
  busy: stepList('When busy', 'Busy (486, 600).'),
  rejected: stepList('When rejected', 'Rejected (403, 603).'),
  noAnswer: stepList('When nobody answers', 'The ring time was over.'),
  unavailable: stepList('When unavailable', 'Not registered, unknown or moved, gateway down, no connection.'),
  failed: stepList('When it fails', 'Everything else: no route, denied, no destination.'),
} satisfies Record<UnansweredOutcome, unknown>
const TELLING = Object.keys(outcomes)

const WHEN: Readonly<Record<UnansweredOutcome, Wording>> = {
  busy: { en: 'when busy', nl: 'bij bezet' },
  rejected: { en: 'when rejected', nl: 'bij weigering' },
  noAnswer: { en: 'when nobody answers', nl: 'bij geen gehoor' },
  unavailable: { en: 'when unavailable', nl: 'bij niet bereikbaar' },
  failed: { en: 'when it fails', nl: 'als het mislukt' },
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
          {
            type: 'array',
            items: { anyOf: [destination, timedDestination], otherwise: notDestination },
            minItems: 1,
            maxItems: MOST_DESTINATIONS,
            uniqueItems: true,
          },
        ],
        otherwise: notDestinations,
        title: 'Destination',
        examples: ['215', ['215', '+31502102544'], ['215', { to: '+31612345678', delaySeconds: 10 }]],
        description:
          'A number such as `+31502102544` or `215`, or a list of them, each as text or with times of its own: `{ "to": "215", "delaySeconds": 10, "ringSeconds": 20 }`.',
      },
      strategy: {
        enum: STRATEGIES,
        default: 'simultaneous',
        title: 'Strategy',
        examples: ['sequential'],
        description:
          'Ring a list all at once, or one after the other: as it is written, in turn (each call begins with the next one), or in random order.',
      },
      ringSeconds: {
        type: 'integer',
        minimum: 1,
        maximum: LONGEST_RING_SECONDS,
        default: 30,
        title: 'Seconds to ring',
        examples: [20],
        description: 'How long each destination rings.',
      },
      ringback: entryName('audio', 'Ringback', 'music', ': what the caller hears in place of ringing'),
      announce: entryName(
        'audio',
        'Announcement',
        'call-for-sales',
        ': what whoever answers hears before the talk, while it rings on for the caller',
      ),
      confirm: {
        type: 'boolean',
        title: 'Confirm',
        description: `Whoever answers has to press 1 within ${CONFIRM_SECONDS} s, or it counts as not answered: for mobiles with voicemail.`,
      },
      callerName: {
        type: 'string',
        minLength: 1,
        maxLength: LONGEST_DISPLAY_NAME,
        title: 'Name shown',
        examples: ['Sales'],
        description:
          'The name that is shown by this bridge only; `{var.NAME}` is a variable that a webhook returned.',
      },
      record: {
        const: true,
        title: 'Record',
        examples: [true],
        description: 'Record this conversation, whatever `record` steps say of others.',
      },
      note,
      on: outcomesField(outcomes, [{ busy: [{ type: 'play', audio: 'busy' }] }]),
    },
    required: [],
  }),
  example: {
    type: 'bridge',
    destination: ['215', '+31502102544'],
    ringSeconds: 20,
    on: { busy: [{ type: 'play', audio: 'busy' }] },
  },
  title: { en: 'Ring', nl: 'Bellen' },
  says,
  saysChange,
  saysBranch: (branch) => WHEN[branch.slice('on/'.length) as UnansweredOutcome],
  freeswitch: {
    applications: ['bridge', 'playback'],
    modules: ['mod_dptools', 'mod_sndfile', 'mod_tone_stream', 'mod_local_stream'],
  },
  names: { audio: ['ringback', 'announce'] },
  variables: ({ callerName = '' }) => variablesIn(callerName),
  branches: { on: 'lists' },
  destinations: 'destination',
  errors,
  warnings,
  claimErrors(step, path, grants, report) {
    if (step.record !== undefined) recordErrors([...path, 'record'], grants, report)
  },
  // A bridge that is answered ends the call.
  leadsTo: ({ branches, next }) => [END, ...TELLING.map((outcome) => branches[`on/${outcome}`] ?? next)],
  stretches,
  rings: true,
  rung(step, context) {
    const { spec } = step
    const { attempt, order } = context.state
    const all = destinationsOf(step, context.state)
    const inOrder = order.length === all.length ? order.map((place) => all[place]!) : all
    const rung = spec.strategy === 'simultaneous' ? all : inOrder.slice(attempt, attempt + 1)
    const endMs = ringEndMs({ destinations: rung, ...ringTimesOf(spec) })
    return { destinations: writtenOf(rung, step, context), seconds: endMs / 1000 }
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
    const order = orderOf(step, context, destinations.length)
    const all = order?.map((place) => destinations[place]!) ?? destinations
    const list = { destinations: all, written: writtenOf(all, step, context) }
    const result =
      step.spec.strategy === 'simultaneous'
        ? await ring(step, context, list)
        : await ringInTurn(step, context, list)
    if ('go' in result) return order ? { ...result, details: { order, ...result.details } } : result
    const { each, eachMs }: Rung = result
    const details = {
      destinations: list.written,
      ...(order && { order }),
      ...(each && { each }),
      ...(eachMs && eachMs.length > 1 && { eachMs }),
    }
    if (result.outcome === 'answered')
      return {
        go: 'end',
        ending: 'talked',
        outcome: 'answered',
        details: { ...details, ...recorded(result) },
      }
    context.state.lastCause = result.cause
    return unanswered(result, details)
  },
}

function says(step: BridgeStep): Wording {
  const { ringback, announce, confirm, callerName: name, record } = step
  const parts = [
    saysRinging(step),
    ...(name === undefined ? [] : [{ en: `showing "${name}"`, nl: `toont "${name}" als naam` }]),
    ...(ringback === undefined
      ? []
      : [{ en: `while the caller hears ${ringback}`, nl: `laat de beller intussen ${ringback} horen` }]),
    ...(announce === undefined
      ? []
      : [{ en: `playing ${announce} to whoever answers`, nl: `speelt ${announce} af voor wie opneemt` }]),
    ...(confirm ? [{ en: 'putting through who presses 1', nl: 'verbindt pas door na toets 1' }] : []),
    ...(record ? [{ en: 'recording the conversation', nl: 'maakt een gespreksopname' }] : []),
  ]
  const [en, nl] = [parts.map((part) => part.en), parts.map((part) => part.nl)]
  return { en: en.join(', '), nl: listed(nl, { word: 'en' }) }
}

function saysRinging({ from, destination, strategy, ringSeconds }: BridgeStep): Wording {
  const { en, nl } = from === undefined ? saysList(entriesOf(destination), strategy) : RETURNED[strategy]
  return { en: `rings ${en} for ${ringSeconds} s`, nl: `belt ${nl} gedurende ${seconden(ringSeconds)}` }
}

/** What a webhook returned, which may be one destination or a list. */
const RETURNED: Readonly<Record<BridgeStep['strategy'], Wording>> = {
  simultaneous: { en: 'what the webhook returned', nl: 'wat de webhook teruggaf' },
  sequential: {
    en: 'what the webhook returned one after the other',
    nl: 'na elkaar wat de webhook teruggaf',
  },
  roundRobin: { en: 'what the webhook returned in turn', nl: 'om de beurt wat de webhook teruggaf' },
  random: {
    en: 'what the webhook returned in random order',
    nl: 'in willekeurige volgorde wat de webhook teruggaf',
  },
}

function saysList(entries: readonly TimedDestination[], strategy: BridgeStep['strategy']): Wording {
  const all = entries.map(saysDestination)
  const { en, nl } = listedWording(all)
  if (all.length === 1) return { en, nl }
  switch (strategy) {
    case 'simultaneous':
      return { en: `${en} at the same time`, nl: `${nl} tegelijk` }
    case 'sequential': {
      const inTurn = joinedWording(all, { en: ', then ', nl: ', dan ' })
      return { en: `${inTurn.en}, each`, nl: `${inTurn.nl}, elk` }
    }
    case 'roundRobin':
      return {
        en: `${en} one after the other, beginning with the next one each time, each`,
        nl: `${nl} om de beurt, telkens te beginnen bij de volgende, elk`,
      }
    case 'random':
      return {
        en: `${en} one after the other in random order, each`,
        nl: `${nl} na elkaar in willekeurige volgorde, elk`,
      }
    default:
      return assertNever(strategy)
  }
}

function saysDestination({ to, delaySeconds = 0, ringSeconds }: TimedDestination): Wording {
  const own = [
    ...(delaySeconds > 0 ? [{ en: `after ${delaySeconds} s`, nl: `na ${seconden(delaySeconds)}` }] : []),
    ...(ringSeconds === undefined
      ? []
      : [{ en: `for ${ringSeconds} s`, nl: `gedurende ${seconden(ringSeconds)}` }]),
  ]
  if (own.length === 0) return { en: to, nl: to }
  const { en, nl } = joinedWording(own, { en: ', ', nl: ', ' })
  return { en: `${to} (${en})`, nl: `${to} (${nl})` }
}

/** Undefined where the order of destinations counts, and where more is different than who rings for how long. */
function saysChange(before: BridgeStep, after: BridgeStep): readonly string[] | undefined {
  const isToldElse =
    before.strategy !== 'simultaneous' || UNTOLD.some((field) => before[field] !== after[field])
  if (isToldElse || hasOwnTimes(before) || hasOwnTimes(after)) return undefined
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

/** What `saysChange` does not tell. */
const UNTOLD = ['from', 'strategy', 'ringback', 'announce', 'confirm', 'callerName', 'record'] as const

const hasOwnTimes = ({ destination }: BridgeStep): boolean =>
  typeof destination === 'object' && destination.some((entry) => typeof entry !== 'string')

/** Each with its times, as far as it has its own. */
function entriesOf(destination: BridgeStep['destination'] = []): readonly TimedDestination[] {
  const list = typeof destination === 'string' ? [destination] : destination
  return list.map((entry) => (typeof entry === 'string' ? { to: entry } : entry))
}

function written(destination: BridgeStep['destination']): readonly string[] {
  return entriesOf(destination).map(({ to }) => to)
}

/** When a destination is through with ringing, from the begin of a bridge on, in seconds. */
const endOf = ({ delaySeconds = 0, ringSeconds }: TimedDestination, step: BridgeStep) =>
  delaySeconds + (ringSeconds ?? step.ringSeconds)

/** What is heard in place of ringing is audio; who has to confirm may do so at the end of the ring time. */
function stretches(step: BridgeStep, { audio }: PlanDocument): readonly Stretch[] {
  const { from, destination, strategy, ringback, confirm } = step
  const confirming = confirm ? CONFIRM_SECONDS : 0
  // A server may return as many as it likes.
  const entries =
    from === undefined
      ? entriesOf(destination)
      : Array.from({ length: MOST_DESTINATIONS }, () => ({ to: '' }))
  const times = entries.map((entry) => endOf(entry, step) + confirming)
  const seconds = strategy === 'simultaneous' ? Math.max(...times) : times.reduce((sum, own) => sum + own, 0)
  if (ringback === undefined) return [{ of: 'ringing', seconds }]
  return [{ of: silenceSeconds(audio[ringback]!) === undefined ? 'audio' : 'silence', seconds }]
}

function errors(step: JsonObject, path: Path, around: Around, report: Report): void {
  const { belowWebhook, secretVariables } = around
  shownTextErrors(step.callerName, [...path, 'callerName'], secretVariables, report)
  listErrors(step, path, report)
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

/** Of a list whose entries may be anything. */
function listErrors({ destination, strategy }: JsonObject, path: Path, report: Report): void {
  const places = new Map<unknown, number>()
  const entries: readonly unknown[] = Array.isArray(destination) ? destination : []
  for (const [i, entry] of entries.entries()) {
    const at = [...path, 'destination', i]
    const to: unknown = isObject(entry) ? entry.to : entry
    // Two texts that are the same the schema finds.
    const first = places.get(to)
    if (first !== undefined && (isObject(entry) || isObject(entries[first])))
      report(at, `${String(to)} is in the list already, as number ${first + 1}; take one of them out`)
    if (typeof to === 'string') places.set(to, first ?? i)
    if (isObject(entry) && 'delaySeconds' in entry && typeof strategy === 'string' && strategy !== 'simultaneous')
      report(
        [...at, 'delaySeconds'],
        `is for lists that ring all at once, and with "${strategy}" each rings when the one before it is through; take it out, or change "strategy"`,
        true,
      )
  }
} // prettier-ignore

function warnings(step: BridgeStep, path: Path, { audio }: DoubtfulPlace, report: Report): void {
  const { destination, strategy, announce, confirm } = step
  const entries = entriesOf(destination)
  shownTextWarnings(step.callerName, [...path, 'callerName'], report)
  if (confirm && announce === undefined)
    report(
      [...path, 'confirm'],
      'whoever answers hears nothing that tells them to press 1; name audio that does in "announce"',
    )
  if (announce !== undefined && confirm !== true && isEndless(audio[announce]!))
    report([...path, 'announce'], 'this audio never ends, and nobody who answers is put through; name audio that does')
  if ((strategy === 'roundRobin' || strategy === 'random') && entries.length === 1)
    report([...path, 'strategy'], `"${strategy}" is for a list; write more destinations, or take it out`)
  const delayed = [...entries.entries()].filter(([, { delaySeconds = 0 }]) => delaySeconds > 0)
  for (const [i, { delaySeconds = 0 }] of delayed) {
    const others = entries.filter((other) => other !== entries[i] && (other.delaySeconds ?? 0) < delaySeconds)
    const soonest = Math.max(0, ...others.map((other) => endOf(other, step)))
    if (others.length > 0 && soonest > delaySeconds) continue
    const where = [...path, 'destination', ...(Array.isArray(destination) ? [i] : []), 'delaySeconds']
    report(
      where,
      others.length === 0
        ? 'nothing rings before it, so it begins at once; take it out, or let another one ring first'
        : `nothing rings any more after ${soonest} s, so it begins then at the latest; write less, or let the others ring for longer`,
    )
  }
} // prettier-ignore

const isEndless = (audio: string): boolean =>
  audio.startsWith('local_stream://') || /loops=-1\b/.test(audio) || silenceSeconds(audio) === Infinity

/** The order in which the list is rung, where that is for the controller to say: the same until the step is through. */
function orderOf(
  { spec: { strategy }, name }: CompiledStep<BridgeStep>,
  { state, document, ringOrder }: WalkContext,
  count: number,
): readonly number[] | undefined {
  if ((strategy !== 'roundRobin' && strategy !== 'random') || count < 2) return undefined
  if (state.order.length !== count) state.order = ringOrder(strategy, `${document.name} ${name}`, count)
  return state.order
}

function destinationsOf(step: CompiledStep<BridgeStep>, state: WalkState): readonly string[] {
  const { destination } = step.spec
  if (step.spec.from === undefined) return written(destination)
  const { destination: one, destinations = [] } = state.returned.get(step.inWebhook ?? END) ?? {}
  return one === undefined ? destinations : [one]
}

/**
 * As the journal and events have them: a server may return a secret as the destination, which is dialled and not written
 * down. What was lost with a controller is not known any more, and what a server returned for it may be it.
 */
function writtenOf(
  destinations: readonly string[],
  { spec, inWebhook }: CompiledStep<BridgeStep>,
  { state, document }: Pick<WalkContext, 'state' | 'document'>,
): readonly string[] {
  if (spec.from === undefined || inWebhook === undefined) return destinations
  const { index, inIvr, inCode, spec: asking } = document.steps[inWebhook]!
  const { webhook } = asking as { readonly webhook: string }
  const code = state.codes.get(index)
  const withCode = document.document.webhooks[webhook]?.ivr !== undefined || inIvr !== undefined
  const withSecrets = document.secretVariables.size > 0 || inCode !== undefined
  if ((code === undefined && withCode) || (state.secretsLost && withSecrets))
    return destinations.map(() => MASK)
  return destinations.map(createMask(secretsAround(code ?? '', state)))
}

/** What is rung, and the same as it is written down. */
type RingList = Required<Pick<BridgeRequest, 'destinations' | 'written'>>

/** Of destinations that are rung one by one: what each came to, and how long it rang. */
interface Each {
  readonly each: readonly BridgeOutcome[]
  readonly eachMs: readonly number[]
}

type Rung = BridgeResult & Partial<Each>

async function ring(
  step: CompiledStep<BridgeStep>,
  context: WalkContext,
  { destinations, written }: RingList,
): Promise<BridgeResult | Interrupted> {
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
    ...(written !== destinations && { written }),
    ...ringTimesOf(step.spec),
    ...audioFor(step.spec, context),
    shown: shownBy(step, state),
    ...((step.spec.record ?? state.recording) && { record: true }),
  })
  state.bridges++
  return result === 'gone' ? { go: 'gone' } : result
}

function ringTimesOf({ destination, strategy, ringSeconds: all }: BridgeStep): Pick<BridgeRequest, 'ringMs' | 'own'> {
  const own = entriesOf(destination).flatMap(({ to, delaySeconds = 0, ringSeconds }): [string, OwnTimes][] => {
    const isLater = strategy === 'simultaneous' && delaySeconds > 0
    if (!isLater && ringSeconds === undefined) return []
    const times = {
      ...(isLater && { delayMs: delaySeconds * 1000 }),
      ...(ringSeconds !== undefined && { ringMs: ringSeconds * 1000 }),
    }
    return [[to, times]]
  })
  return { ringMs: all * 1000, ...(own.length > 0 && { own: Object.fromEntries(own) }) }
} // prettier-ignore

function audioFor(
  { ringback, announce, confirm }: BridgeStep,
  context: WalkContext,
): { readonly audio?: BridgeAudio } {
  if (ringback === undefined && announce === undefined && confirm !== true) return {}
  return {
    audio: {
      ...(ringback !== undefined && { ringback: audioOf(context, ringback) }),
      ...(announce !== undefined && { announce: audioOf(context, announce) }),
      ...(confirm && { confirm: true }),
    },
  }
}

/** A name that comes to nothing is none. */
function shownBy(step: CompiledStep<BridgeStep>, state: WalkState): ShownCaller {
  const shown = shownAt(step, state)
  const { callerName } = step.spec
  if (callerName === undefined) return shown
  const name = cleanName(withVariables(callerName, state.variables))
  return name === '' ? shown : { ...shown, name, nameSet: true }
}

/** One bridge each: FreeSWITCH reports no outcome per destination of a list. */
async function ringInTurn(
  step: CompiledStep<BridgeStep>,
  context: WalkContext,
  { destinations, written }: RingList,
): Promise<Rung | Interrupted> {
  const { state, time } = context
  const each: BridgeOutcome[] = []
  const eachMs: number[] = []
  while (state.attempt < destinations.length) {
    const began = time.now()
    const one = destinations.slice(state.attempt, state.attempt + 1)
    const result = await ring(step, context, {
      destinations: one,
      written: written === destinations ? one : written.slice(state.attempt, state.attempt + 1),
    })
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

/** Where the conversation is recorded, or why it is not though it is to be. */
function recorded({ recording, unrecorded }: BridgeResult): Details {
  return {
    ...(recording !== undefined && { recording }),
    ...(unrecorded !== undefined && { unrecorded }),
  }
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
