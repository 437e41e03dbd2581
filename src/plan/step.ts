/** What the file of a step says about it, what the step gets to run with, and how it can end. */
import type { JsonObject, JsonSchema, Path, Report } from '../json/index.ts'
import type { Time } from '../util/time.ts'
import type { Calendar } from './calendar/index.ts'
import type { TellStep } from './call-event.ts'
import type { CallControl, Gone, ShownCaller } from './call-control.ts'
import type { DigitsInputSpec, PlanDocument, Presentation } from './document.ts'
import type { DocumentGrants } from './grants.ts'
import type { RingOrder } from './ring-orders.ts'
import type { WalkState } from './state.ts'
import type { Step } from './steps/index.ts'
import type { SendWebhook } from './webhook-request.ts'
import type { Wording } from './wording.ts'

export type { Step }

/** Fields that every step may have. */
export interface StepBase {
  readonly type: string
  readonly id?: string
  readonly note?: string
}

/**
 * All that the walk, the checks and the plan reference know about one type of step. `S` is the step in a valid
 * document, with its defaults filled in. Where something is absent, the step does not have it.
 */
export interface StepDefinition<S extends StepBase = Step> {
  /** Its `title` is the type. */
  readonly schema: JsonSchema
  /** For the plan reference. */
  readonly example: JsonObject
  /** A short name of its type, for people, such as `Opening hours`. */
  readonly title: Wording
  /** What it does, for people: a sentence without its subject, and without its branches, such as `plays welcome`. */
  says(spec: S): Wording
  /**
   * What is different of it now, its branches and its `id` apart, in English, such as `rings 217 as well`; undefined, or
   * absent: the sentences of both, and the fields that they do not tell.
   */
  saysChange?(before: S, after: S): readonly string[] | undefined
  /** When its branches are walked, in the same words: by the path of each, such as `on/busy`, `when busy`. */
  saysBranch?(branch: string, spec: S): Wording
  /** What FreeSWITCH must offer: the applications that the step runs, and the modules behind all that it does. */
  readonly freeswitch: {
    readonly applications: readonly string[]
    readonly modules: readonly string[]
    /** Of these, what a FreeSWITCH may well be without: it is asked for them when a set that needs them serves. */
    readonly optional?: readonly string[]
  }

  /**
   * Fields that hold steps, in the order of their places: a list of them (`failure`), an object of lists (`on`), or a
   * list of objects of which each has a list `steps` (`cases`).
   */
  readonly branches?: Readonly<Record<string, 'list' | 'lists' | 'cases'>>
  /** Branches whose steps find this one as the nearest of its scope. */
  readonly scopes?: Readonly<Record<string, Scope>>
  /** The presentation that holds in its branches; undefined: that of its surroundings. */
  presentation?(spec: S, document: PlanDocument): Presentation | undefined
  /** The presentation that holds for what follows in its list. Default: that of its surroundings. */
  presentationBehind?(spec: S): Presentation
  /** What it collects from the caller, worked out once, as the step is compiled. */
  collection?(spec: S): Collection
  /** Whether a caller has keyed a code where its `success` is walked. Both may be wrong in any way. */
  asksForCode?(step: object, document: object): boolean
  /** It goes by the code that the caller keyed. */
  usesCode?(spec: S): boolean
  /** Which of its cases fits a value; worked out once, as the first call comes to the step. */
  caseOf?(spec: S): CaseOf
  /** The values of each of its cases. */
  valuesOfCases?(spec: S): readonly (readonly string[])[]
  /** Its fields with numbers that calls are compared with, in the form in which they are compared. */
  normalise?(spec: S, country: string | undefined): Partial<S> | undefined

  /** The variables that it uses. */
  variables?(spec: S): readonly string[]

  /** Fields that name audio, webhooks, schedules or plans of the document. */
  readonly names?: { readonly [K in Named]?: readonly string[] }
  /** It may have the fields of a schedule: hours of its own. */
  readonly hasHours?: true
  /** Field with the webhook that it tells: it does not wait for an answer, and sends no code. */
  readonly tells?: string
  /** It looks into the document's address book. */
  usesAddressBook?(spec: S): boolean
  /** Field that names a plan which it runs, and comes back from. */
  readonly calls?: string
  /** Field with what it dials: a destination or a list of them, each as text or as an object with the field `to`. */
  readonly destinations?: string
  /** Field whose keys are the choices of a menu; a document may only have so many of them. */
  readonly choices?: string
  /** Errors that the schema cannot see. The step may be wrong in any other way, too. */
  errors?(step: JsonObject, path: Path, around: Around, report: Report): void
  /** Errors where it claims what the operator did not grant. The step may be wrong in any other way, too. */
  claimErrors?(step: JsonObject, path: Path, grants: DocumentGrants, report: Report): void
  /** What is allowed in it and yet probably not meant. */
  warnings?(spec: S, path: Path, place: DoubtfulPlace, report: Report): void

  /** Where the walk may go after it, END where the call may end. Default: its branches, or the next step. */
  leadsTo?(step: CompiledStep<S>, document: CompiledDocument): readonly number[]
  /** What a caller goes through while it takes as long as it can, in order. Default: nothing, in no time. */
  stretches?(spec: S, document: PlanDocument): readonly Stretch[]
  /** Whether it answers the call first. Default: false. */
  answers?(spec: S, document: PlanDocument): boolean
  /** Whether it can take its branch `failure` without the caller hearing that something failed. Default: false. */
  failsSilently?(spec: S): boolean
  /** What metrics count an outcome as that is a name of the plan's. Default: the outcome itself. */
  outcomeLabel?(outcome: string): string
  /** Its time counts as ringing in the record of a call. */
  readonly rings?: true
  /** What rings while it is executed where the state says, and for how long at most. Codes are masked. */
  rung?(step: CompiledStep<S>, context: Pick<WalkContext, 'state' | 'document'>): Ringing
  run(step: CompiledStep<S>, context: WalkContext): StepResult | Promise<StepResult>
}

type Scope = 'inWebhook' | 'inIvr'

/** What holds where a step stands. */
export interface Around {
  /** Somewhere below a webhook's `success` branch. */
  readonly belowWebhook: boolean
  /** Somewhere below the `success` branch of a step that asks for a code. */
  readonly belowCode: boolean
  /** Names of variables that any webhook says are secret. */
  readonly secretVariables: ReadonlySet<string>
  readonly hasAddressBook: boolean
  /** Whose national numbers are read. */
  readonly country: string | undefined
}

/** Of a step in a valid document. */
export interface DoubtfulPlace extends Pick<Around, 'country'> {
  /** Nothing follows it in its list. */
  readonly isLast: boolean
  /** The document's: name → FreeSWITCH audio. */
  readonly audio: PlanDocument['audio']
}

/** The place of the first case that fits a value. */
export type CaseOf = (value: string) => number | undefined
export type Named = 'audio' | 'webhooks' | 'schedules' | 'plans'

/** A part of the time that a step takes. */
export interface Stretch {
  /**
   * `audio`: a prompt or other audio. `ringing`: a destination rings. `silence`: such as the plan names, which tells the
   * caller that the call goes on, as ringing does. `request`: a webhook is awaited, and what was heard before goes on;
   * an answered caller hears nothing, and after `SLOW_SECONDS` a tone. `keying`: it is for the caller to key digits.
   */
  readonly of: 'audio' | 'ringing' | 'silence' | 'request' | 'keying'
  /** At most; 0 of audio, whose length no plan says. May be Infinity. */
  readonly seconds: number
}

export const AUDIO: Stretch = { of: 'audio', seconds: 0 }

/** An answered caller hears nothing while a webhook is awaited; after this they hear its `waitAudio`. */
export const SLOW_SECONDS = 2

export interface Ringing {
  readonly destinations: readonly string[]
  readonly seconds: number
}

/** What a step collects: how digits are put in, and in a menu what may be chosen. */
export interface Collection {
  readonly input: DigitsInputSpec
  readonly choices: ReadonlySet<string> | undefined
}

/** No step: the outermost list is finished. */
export const END = -1

/** Of a step that calls a plan: the branch which that plan is. */
export const CALLED = 'plan'

export interface CompiledStep<S extends StepBase = Step> {
  /** Place in the document's list of steps. */
  readonly index: number
  /** `id`, or the path such as `main/2/success/0`. */
  readonly name: string
  readonly plan: string
  readonly spec: S
  /** The step that follows this one, or END. */
  readonly next: number
  /** First step of each branch; a branch that is empty leads to `next`. */
  readonly branches: Readonly<Record<string, number>>
  /** The nearest webhook in whose success branch this step stands. */
  readonly inWebhook: number | undefined
  /** The nearest `ivr` step in whose success branch this step stands: its code is `{code}`. */
  readonly inIvr: number | undefined
  /** The nearest step that asks for a code, an `ivr` or a webhook with one, in whose success branch this step stands. */
  readonly inCode: number | undefined
  /** The presentation that a surrounding webhook of this plan, or a step before this one, names. */
  readonly presentation: Presentation | undefined
  /**
   * The step that called the plan in which this one stands, and so what is come back to: a plan is compiled for each
   * place where it is called, and a place in the walk says by itself what it was called from.
   */
  readonly calledFrom: number | undefined
  /** The `missed` webhook of the nearest plan that was called on the way here and names one. */
  readonly missed: string | undefined
  readonly collection: Collection | undefined
  readonly caseOf: CaseOf | undefined
}

export interface CompiledDocument {
  readonly name: string
  readonly document: PlanDocument
  readonly steps: readonly CompiledStep[]
  /** Names of those that are taken of what servers return; undefined: all, since a POST has them all. */
  readonly usedVariables: ReadonlySet<string> | undefined
  /** Names of those that any webhook says are secret. */
  readonly secretVariables: ReadonlySet<string>
  /** plan → its first step where it is not called by another, or END. */
  readonly firstSteps: Readonly<Record<string, number>>
}

export interface WalkContext {
  readonly call: CallControl
  readonly sendWebhook: SendWebhook
  readonly document: CompiledDocument
  readonly state: WalkState
  readonly limits: { readonly bridgesPerCall: number }
  readonly time: Time
  readonly calendar: Calendar
  readonly ringOrder: RingOrder
  /** Called with each step before it is executed. */
  readonly begun?: (step: CompiledStep) => void
  readonly note: NoteStep
  readonly tell: TellStep
}

/** Takes one finished step, for the journal; `branch` is the one that the walk goes on in, such as `on/busy`. */
export type NoteStep = (record: StepRecord, step: CompiledStep, branch: string | undefined) => void

/** What the journal says of one step. Codes never appear in it. */
export interface StepRecord {
  readonly step: string
  readonly type: Step['type']
  /** Absent where another controller, since lost, executed the step. */
  readonly ms?: number
  /** One of few words, or a name that the plan chose: see `outcomeLabel`. */
  readonly outcome: string
  readonly [detail: string]: unknown
}

/** How a step ended; `details` go to the journal beside the outcome. */
export type StepResult =
  | { readonly go: 'on'; readonly outcome: string; readonly details?: Details }
  | { readonly go: 'branch'; readonly branch: string; readonly outcome: string; readonly details?: Details }
  | { readonly go: 'plan'; readonly plan: string; readonly outcome: string; readonly details?: Details }
  | {
      readonly go: 'end'
      readonly ending: StepEnding
      readonly cause?: string
      readonly outcome: string
      readonly details?: Details
    }
  /** FreeSWITCH has the call, and brings it back to this step. */
  | { readonly go: 'wait'; readonly outcome: string; readonly details?: Details }
  | Interrupted
  | Gone

/** The caller is gone. A step may say `'gone'` for one without details. */
export interface Interrupted {
  readonly go: 'gone'
  /** How far the step had come. */
  readonly details?: Details
}

export type Details = Readonly<Record<string, unknown>>

/** The endings that a step itself can bring about. */
export type StepEnding = 'talked' | 'transferred' | 'hungUpByPlan'

/** The `missed` webhook that a call which ends where the walk stands has. */
export function missedAt({ steps }: CompiledDocument, state: WalkState): string | undefined {
  return steps[state.at]?.missed ?? state.missed
}

/** Which number the called party sees from this step. */
export function presentationAt(step: CompiledStep, state: WalkState): Presentation {
  return step.presentation ?? state.presentation
}

/** What the called party is to see from this step. */
export function shownAt(step: CompiledStep, state: WalkState): ShownCaller {
  return { presentation: presentationAt(step, state), name: state.name, nameSet: state.nameSet }
}

/** The FreeSWITCH audio behind a name of the document; validation has made sure that there is one. */
export function audioOf({ document }: WalkContext, name: string): string {
  return document.document.audio[name] ?? name
}
