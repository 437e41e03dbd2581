/** Where the walk of a call starts: at its plan's first step, or where the checkpoint says, in the checkpoint's revision. */
import {
  beginAt,
  type CompiledDocument,
  type Grants,
  type PlanSet,
  type PlanStore,
  type StepRecord,
} from '../plan/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { IncomingCall } from './incoming-call.ts'

export interface StartingPoint {
  readonly document: CompiledDocument
  readonly plan: string
  /** The one that was found, or one of a call that begins here. */
  readonly checkpoint: Checkpoint
  /** The steps of its history. */
  readonly steps: readonly StepRecord[]
  /** So many steps before them are not in its history. */
  readonly unknownSteps: number
  /** For the record. */
  readonly note?: string
}

/** The number has no plan, or the call cannot go on where it was left. */
interface NoStartingPoint {
  readonly ending: 'noPlan' | 'failed'
  /** The one in which no plan was found. */
  readonly revision?: string
  /** The document that has the number, which is not its owner's. */
  readonly ungranted?: string
  readonly note?: string
}

const UNSIGNED = 'the checkpoint is not signed for this call with a secret of this controller: begun anew'

/** What decides on it. */
type Arriving = Pick<
  IncomingCall,
  'caller' | 'dialled' | 'forms' | 'domain' | 'profileCreated' | 'checkpoint' | 'unsigned'
>

export async function findStartingPoint(
  call: Arriving,
  plans: Pick<PlanStore, 'current' | 'byRevision'>,
  grants: Grants,
): Promise<StartingPoint | NoStartingPoint> {
  const { checkpoint } = call
  if (!checkpoint) return begin(call, plans.current(), grants, call.unsigned ? UNSIGNED : undefined)
  const set = await plans.byRevision(checkpoint.revision)
  const resumed = set && resume(call, checkpoint, set)
  if (resumed) return resumed
  const note = `revision ${checkpoint.revision} of the checkpoint is not here`
  if (checkpoint.state.bridges > 0 || checkpoint.operation === 'bridge') return { ending: 'failed', note }
  return begin(call, plans.current(), grants, `${note}: begun anew`)
}

function begin(
  { caller, dialled, forms, domain, profileCreated }: Arriving,
  set: PlanSet,
  grants: Grants,
  note: string | undefined,
): StartingPoint | NoStartingPoint {
  const found = set.find(dialled, domain, forms)
  const { revision } = set
  if (found.document === undefined) return { ending: 'noPlan', revision }
  const document = set.compiled(found.document)!
  if (!isOwn(forms.at(-1)!, document, grants)) {
    return {
      ...{ ending: 'noPlan', revision, ungranted: found.document },
      note: `the number is not one of the owner's of ${found.document}, which claims it`,
    }
  }
  const { missed } = document.document.plans[found.plan]!
  const state = beginAt(document.firstSteps[found.plan]!, caller.name, missed)
  return {
    document,
    plan: found.plan,
    checkpoint: {
      revision,
      profileCreated,
      operation: 'none',
      controllers: [],
      history: [],
      state,
    },
    steps: [],
    unknownSteps: 0,
    ...(note !== undefined && { note }),
  }
}

/**
 * Documents that claim what is another's do not validate, but a prefix may hold numbers of others, and a revision that
 * was kept may be older than the grants.
 */
function isOwn(number: string, { name, document }: CompiledDocument, { owners }: Grants): boolean {
  return !owners || owners.mayTake(name, { kind: 'exact', value: number }, document.domain)
}

function resume(
  { dialled, forms, domain }: Arriving,
  checkpoint: Checkpoint,
  set: PlanSet,
): StartingPoint | undefined {
  const found = set.find(dialled, domain, forms)
  if (found.document === undefined) return undefined
  const document = set.compiled(found.document)!
  if (checkpoint.state.at >= document.steps.length) return undefined
  const steps = checkpoint.history.flatMap((item) => stepOf(item, document) ?? [])
  const unknownSteps = Math.max(0, checkpoint.state.steps - steps.length)
  return { document, plan: found.plan, checkpoint, steps, unknownSteps }
}

/** A checkpoint has the outcomes of steps only: how long they took and their details are lost with their controller. */
function stepOf(item: string, document: CompiledDocument): StepRecord | undefined {
  const [index = '', outcome = ''] = item.split(':')
  const step = document.steps[parseInt(index, 36)]
  return step && { step: step.name, type: step.spec.type, outcome }
}
