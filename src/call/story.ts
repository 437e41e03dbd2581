/** The story of one call: who calls, which plan, from where, how it ended, and what is written down of it. */
import type { Logger } from 'pino'
import type { Config } from '../config/index.ts'
import type { Headers } from '../esl/index.ts'
import {
  beginAt,
  type Caller,
  type CompiledDocument,
  dialledForms,
  type E164Of,
  type Grants,
  type PlanSet,
  type PlanStore,
  type SendWebhook,
  type StepRecord,
  type WalkState,
} from '../plan/index.ts'
import { roundsOf, type Rounds } from '../routing/index.ts'
import { decodeCheckpoint, type Checkpoint, type Operation } from './checkpoint.ts'
import { callerFrom, numberIn } from './caller.ts'
import type { Seal } from './seal.ts'

/** What every call needs of the controller. */
export interface CallParts {
  readonly plans: Pick<PlanStore, 'current' | 'byRevision'>
  readonly sendWebhook: SendWebhook
  readonly config: Pick<Config, 'defaultCountry' | 'routes' | 'noPlanCause' | 'limits' | 'checkpointSecret'>
  /** What each document may use. */
  readonly grants: Grants
  /** This controller's name in records, such as `127.0.0.1:8084`. */
  readonly node: string
  readonly log: Logger
}

/** Where a walk begins, for a new call and for one that another controller held. */
export interface Beginning {
  readonly document: CompiledDocument
  readonly plan: string
  readonly revision: string
  readonly state: WalkState
  readonly resumed: Operation
  /** What the steps before came to. */
  readonly steps: readonly StepRecord[]
  readonly history: readonly string[]
  readonly notes: readonly string[]
}

/** What the connect reply says of the call itself. */
export interface Incoming {
  readonly caller: Caller
  /** E.164 where it is valid, else as delivered. */
  readonly did: string
  /** As delivered. */
  readonly dialled: string
  /** The forms in which it is looked for. */
  readonly forms: readonly string[]
  readonly domain: string | undefined
  readonly rounds: Rounds
  readonly at: Date
  /** Constant across retries of the socket, changed by a transfer. */
  readonly pass: string
  readonly checkpoint: Checkpoint | undefined
  /** There is one that no controller of ours has signed for this call. */
  readonly unsigned: boolean
}

/** How what comes in is read. */
export interface Reading {
  readonly country: string | undefined
  readonly seal: Seal
  /** Reads the dialled number; callers are seldom the same. */
  readonly e164Of?: E164Of
}

export function incoming(headers: Headers, { country, seal, e164Of }: Reading): Incoming {
  const caller = callerFrom(headers, country)
  const dialled = numberIn(headers, 'Caller-Destination-Number')
  const forms = dialledForms(dialled, country, e164Of)
  const pass = headers.get('Caller-Profile-Created-Time') ?? '0'
  const signed = headers.variable('belplan_ckpt') ?? ''
  const opened = signed && seal.open(signed, headers.get('Unique-ID') ?? '')
  const checkpoint = opened ? decodeCheckpoint(opened, caller.name) : undefined
  return {
    caller,
    dialled,
    forms,
    pass,
    did: forms.at(-1) ?? '',
    domain: headers.variable('domain_name'),
    rounds: roundsOf(headers),
    at: dateOf(headers.get('Caller-Channel-Created-Time')),
    checkpoint: checkpoint?.pass === pass ? checkpoint : undefined,
    unsigned: opened === undefined,
  }
}

/** Microseconds since 1970, as FreeSWITCH says it; now, for what is no time. */
function dateOf(microseconds: string | undefined): Date {
  const at = new Date(Number(microseconds ?? NaN) / 1000)
  return Number.isNaN(at.getTime()) ? new Date() : at
}

/** No beginning: the number has no plan, or the call cannot be taken up where it was left. */
export type NoBeginning =
  { readonly none: 'noPlan'; readonly note?: string } | { readonly none: 'failed'; readonly note: string }

const UNSIGNED = 'the checkpoint is not signed for this call with a secret of this controller: begun anew'

/** Finds plan and place: anew in the current revision, or where the checkpoint says, in its own revision. */
export async function begin(
  call: Incoming,
  plans: CallParts['plans'],
  grants: Grants,
): Promise<Beginning | NoBeginning> {
  const { checkpoint } = call
  if (!checkpoint) return anew(call, plans.current(), grants, call.unsigned ? [UNSIGNED] : [])
  const set = await plans.byRevision(checkpoint.revision)
  const resumed = set && resume(call, checkpoint, set)
  if (resumed) return resumed
  const note = `revision ${checkpoint.revision} of the checkpoint is not here`
  if (checkpoint.state.bridges > 0 || checkpoint.operation === 'bridge') return { none: 'failed', note }
  return anew(call, plans.current(), grants, [`${note}: begun anew`])
}

function anew(
  { caller, dialled, forms, domain }: Incoming,
  set: PlanSet,
  grants: Grants,
  notes: readonly string[],
): Beginning | NoBeginning {
  const found = set.find(dialled, domain, forms)
  if (found.document === undefined) return { none: 'noPlan' }
  const document = set.compiled(found.document)!
  if (!isOwn(forms.at(-1)!, document, grants)) {
    return {
      none: 'noPlan',
      note: `the number is not one of the owner's of ${found.document}, which claims it`,
    }
  }
  const state = beginAt(
    document.entries[found.plan]!,
    caller.name,
    document.document.plans[found.plan]!.missed,
  )
  return {
    document,
    plan: found.plan,
    revision: set.revision,
    state,
    resumed: 'none',
    steps: [],
    history: [],
    notes,
  }
}

/**
 * Documents that claim what is another's do not validate, but a prefix may hold numbers of others, and a revision that was
 * kept may be older than the grants.
 */
function isOwn(number: string, { name, document }: CompiledDocument, { owners }: Grants): boolean {
  return !owners || owners.mayTake(name, { kind: 'exact', value: number }, document.domain)
}

function resume(
  { dialled, forms, domain }: Incoming,
  checkpoint: Checkpoint,
  set: PlanSet,
): Beginning | undefined {
  const found = set.find(dialled, domain, forms)
  if (found.document === undefined) return undefined
  const document = set.compiled(found.document)!
  const { state, operation, history, revision } = checkpoint
  if (state.at >= document.steps.length) return undefined
  const steps = history.map((item) => stepOf(item, document)).filter((step) => step !== undefined)
  return { document, plan: found.plan, revision, state, resumed: operation, steps, history, notes: [] }
}

function stepOf(item: string, document: CompiledDocument): StepRecord | undefined {
  const [index = '', outcome = ''] = item.split(':')
  const step = document.steps[parseInt(index, 36)]
  return step && { step: step.name, type: step.spec.type, outcome }
}
