/** Walks a call again with what came from outside as its record has it: by the revision that it had, and by another one. */
import { domainOf, findStartingPoint } from '../call/index.ts'
import type { Config } from '../config/index.ts'
import {
  beginAt,
  createCalendar,
  type CompiledDocument,
  dialledForms,
  type Grants,
  type PlanSet,
  type PlanStore,
  toE164,
  usedVariables,
} from '../plan/index.ts'
import type { CallRecord } from '../records/index.ts'
import { createRouter } from '../routing/index.ts'
import { BelplanError } from '../util/errors.ts'
import { didTheSame } from './compare.ts'
import { type Known, msOf } from './known.ts'
import { otherOutside } from './other.ts'
import { partingAt, partingOfEnds, partingOfPlans } from './partings.ts'
import { isCutShort, recordedOutside } from './recorded.ts'
import type { Parting, ReplayReport, Side } from './report.ts'
import { type Found, notesOn, recordedSide, sideOf, walkedSide } from './sides.ts'
import { withUnknown } from './unknown.ts'
import { type Begun, walkAgain, type WalkedStep } from './walk-again.ts'

export interface ReplaysOptions {
  readonly config: Pick<Config, 'defaultCountry' | 'timezone' | 'routes' | 'limits'>
  readonly grants: Grants
}

export interface Replays {
  /**
   * `plans`: finds the revision that the call had; `other`: the one to replay it against, by default its own.
   * @throws BelplanError `plans` where the call cannot be replayed
   */
  run(record: CallRecord, plans: Pick<PlanStore, 'byRevision'>, other?: PlanSet): Promise<ReplayReport>
}

/** Why a call cannot be replayed, whatever revisions are here; undefined: it can be. */
function replayFault({ arrival, unknownSteps, revision }: CallRecord): string | undefined {
  if (arrival === undefined)
    return 'its record was written by an earlier release, which did not keep all that a replay needs'
  if (unknownSteps !== undefined)
    return `it was taken over by another controller, and its first ${unknownSteps} steps are not in its record`
  return revision === undefined ? 'it found no revision to begin with: its record says why' : undefined
}

function cannotReplay(id: string, why: string): BelplanError {
  return new BelplanError('plans', `the call ${id} cannot be replayed: ${why}`)
}

const gone = (revision: string): string =>
  `its revision ${revision} is not here, or cannot be read any more; revisions are kept for 30 days after they served last`

/** A walk beside the record. */
interface Beside {
  readonly recorded: Side
  readonly replayed: Side
  readonly parting: Parting | undefined
}

/** By the revision that the call had. Without a document nothing was walked. */
interface Own extends Beside {
  readonly document?: CompiledDocument
  readonly steps: readonly WalkedStep[]
  readonly known?: Known
}

/** By another one. */
interface Other extends Beside {
  readonly assumptions: readonly string[]
  readonly notes: readonly string[]
}

export function createReplays({ config, grants }: ReplaysOptions): Replays {
  const { defaultCountry: country, timezone: timeZone, routes, limits } = config
  const calendar = createCalendar({ timeZone })
  const e164Of = (number: string) => toE164(number, country)
  const router = createRouter({ routes, country, e164Of, maxSeconds: limits.maxSeconds })

  function arrivalOf({ did, caller: number, name, arrival = {} }: CallRecord) {
    const { dialled = did, domain, answered = false } = arrival
    const caller = { number, name, withheld: number === '' }
    return { did, dialled, domain, answered, caller, forms: dialledForms(dialled, country) }
  }

  function begin(record: CallRecord, document: CompiledDocument, plan: string): Begun {
    const { did, caller, answered } = arrivalOf(record)
    const { missed } = document.document.plans[plan]!
    const state = beginAt(document.firstSteps[plan]!, caller.name, missed)
    const atMs = Date.parse(record.at)
    return { id: record.id, atMs, document, caller, did, answered, state }
  }

  /** Nothing of today's configuration counts but the country: what it led to then is in the record. */
  async function byOwn(record: CallRecord, set: PlanSet): Promise<Own> {
    const found = foundThen(record, set, arrivalOf(record))
    const unwalked = { recorded: recordedSide(record, set, []), replayed: sideOf(set, found), steps: [] }
    const parting = partingOfPlans(unwalked.recorded, unwalked.replayed)
    if (parting !== undefined || found.document === undefined) return { ...unwalked, parting }
    const document = set.compiled(found.document)!
    if (isUnwalked(record)) return { ...unwalked, document, parting }
    const clock = { ms: 0 }
    const call = begin(record, document, found.plan!)
    const outside = recordedOutside(record, call.state, clock, calendar, usedVariables(document))
    const walked = await walkAgain(call, outside, clock)
    const { partedAt, met, known } = outside
    const at = partedAt ?? (met < record.steps.length ? met : undefined)
    const recorded = recordedSide(record, set, walked.steps.slice(0, at))
    const side = walkedSide(record, set, found, walked)
    const replayed = at === undefined ? side : endedAt(side, at)
    return {
      ...{ recorded, replayed, document, known, steps: walked.steps },
      parting: at === undefined ? partingOfEnds(recorded, replayed) : partingAt(at, recorded, replayed),
    }
  }

  async function byOther(record: CallRecord, own: Own, set: PlanSet): Promise<Other> {
    const { recorded, document: before, steps, known } = own
    const arrival = arrivalOf(record)
    const start = await findStartingPoint(
      { ...arrival, profileCreated: '0', checkpoint: undefined, unsigned: false },
      { current: () => set, byRevision: () => Promise.resolve(undefined) },
      grants,
    )
    const notes = start.note === undefined ? [] : [start.note]
    const found = 'ending' in start ? {} : { document: start.document.name, plan: start.plan }
    const unwalked = { recorded, replayed: sideOf(set, found), notes, assumptions: [] }
    const parting = partingOfPlans(recorded, unwalked.replayed)
    if ('ending' in start || before === undefined || known === undefined) return { ...unwalked, parting }
    const { document } = start
    const assumptions = new Set<string>()
    const clock = { ms: 0 }
    const outside = otherOutside({
      ...{ known, recorded: before, document, router, grants, clock, calendar },
      bridgesPerCall: limits.bridgesPerCall,
      permission: {
        domain: domainOf(document, arrival.domain, grants),
        destinations: grants.of(document.name).destinations,
      },
      ...(isCutShort(record) && { leaves: { afterMs: lengthOf(record), afterSteps: record.steps.length } }),
      assume: (sentence) => void assumptions.add(withUnknown(sentence)),
    })
    const walked = await walkAgain(begin(record, document, start.plan), outside, clock)
    const replayed = walkedSide(record, set, found, walked)
    const at = firstDifference(steps, walked.steps, record)
    return {
      ...{ recorded, replayed, notes, assumptions: [...assumptions] },
      parting:
        parting ?? (at === undefined ? partingOfEnds(recorded, replayed) : partingAt(at, recorded, replayed)),
    }
  }

  return {
    async run(record, plans, otherSet) {
      const fault = replayFault(record)
      if (fault !== undefined) throw cannotReplay(record.id, fault)
      const ownSet = await plans.byRevision(record.revision!)
      if (ownSet === undefined) throw cannotReplay(record.id, gone(record.revision!))
      const own = await byOwn(record, ownSet)
      const isFault = own.parting !== undefined
      const other =
        otherSet === undefined || isFault
          ? { ...own, assumptions: [], notes: [] }
          : await byOther(record, own, otherSet)
      const { id, at, did, caller } = record
      const { recorded, replayed, parting, assumptions } = other
      return {
        ...{ id, at, did, caller, recorded, replayed, isSame: parting === undefined },
        ...(parting !== undefined && { parting }),
        ...{ isFault, assumptions, notes: [...notesOn(record, own.document), ...other.notes] },
      }
    },
  }
}

/** Without a plan, a set may have one that the operator did not grant then. */
function foundThen(
  { document, ungranted }: CallRecord,
  set: PlanSet,
  { dialled, domain, forms }: { dialled: string; domain: string | undefined; forms: readonly string[] },
): Found {
  return document === undefined && ungranted !== undefined ? {} : set.find(dialled, domain, forms)
}

/** Past a limit of the operator's, and after a fault, a call is ended before its first step. */
const isUnwalked = (record: CallRecord): boolean => record.steps.length === 0 && isCutShort(record)

const lengthOf = ({ steps }: CallRecord): number => steps.reduce((sum, step) => sum + (msOf(step) ?? 0), 0)

/** Of a walk that was ended in its step `at`: what becomes of the call there is not known. */
function endedAt(side: Side, at: number): Side {
  const last = side.steps[at]
  if (last === undefined) return side
  const { ending: _, cause: __, ...rest } = side
  const { outcome, ...step } = last
  return { ...rest, steps: [...side.steps.slice(0, at), outcome === 'interrupted' ? step : last] }
}

/** Counted from 0; undefined: there is none. */
function firstDifference(
  a: readonly WalkedStep[],
  b: readonly WalkedStep[],
  record: CallRecord,
): number | undefined {
  const at = a.findIndex((step, i) => b[i] === undefined || !didTheSame(step, b[i], record))
  if (at >= 0) return at
  return b.length > a.length ? a.length : undefined
}
