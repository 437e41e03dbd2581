/** Sees what happens in a trial, and reports it. */
import type { EndedCall } from '../call/index.ts'
import type { NoteStep, PlanSet, SendWebhook, WebhookResult } from '../plan/index.ts'
import type { Router } from '../routing/index.ts'
import type { CallResult, Invite, Party, QueueEntry, TimelineEntry } from '../simulator/index.ts'
import { partyOf } from './parties.ts'
import type { Asked, Keyed, Left, Queued, Ring, ShownTo, TrialReport, TrialStep } from './report.ts'
import type { TrialScript } from './script.ts'
import type { ScriptTime } from './script-time.ts'
import { isAnswer, longestSilence, soundsOf } from './sounds.ts'
import { unusedOf } from './unused.ts'

export interface Observer {
  /** The script says nothing of a webhook that was asked. */
  unscripted(webhook: string): void
  /** The controller's own fault. */
  readonly fault: (fields: unknown, message?: unknown) => void
  /** The router, watched. */
  dialling(router: Router): Router
  /** The client of customers' servers, watched. */
  asking(send: SendWebhook): SendWebhook
  /** For the simulator: how the next leg behaves. */
  readonly answers: (endpoint: string) => Party
  readonly observe: (entry: TimelineEntry) => void
  readonly walked: NoteStep
  report(result: CallResult, ended: EndedCall): TrialReport
}

/** A ring that may still go on. */
interface Rung extends Ring {
  ms: number
  answeredBy?: string
  readonly shown: ShownTo[]
}

const UNREAD: WebhookResult = { status: 'ACK', url: '', tries: 0, source: 'none', warnings: [] }

export function createObserver({ call, given }: TrialScript, set: PlanSet, time: ScriptTime): Observer {
  const beganMs = time.now()
  // While a server is really asked, time has fractions.
  const now = () => Math.round(time.now() - beganMs)
  const timeline: TimelineEntry[] = []
  const asks: Asked[] = []
  const steps: TrialStep[] = []
  const keyed: Keyed[] = []
  const rings: Rung[] = []
  const queues: Queued[] = []
  const mailboxes: Left[] = []
  /** When the step began in which FreeSWITCH has the call. */
  let waitsSinceMs: number | undefined
  const notes = new Set<string>()
  const faults: string[] = []
  /** The legs of the dial string that is about to be executed. */
  let legs: string[] = []
  /** As an INVITE has it → whom the plan rings there. */
  const rung = new Map<string, string[]>()

  function onInvite(invite: Invite): void {
    const destination = rung.get(invite.destination)?.shift() ?? ''
    rings.at(-1)?.shown.push(shownTo(destination, invite))
  }

  function onQueue({ at, ms, queue, end, shown }: TimelineEntry & QueueEntry): void {
    const step = steps.length
    queues.push({ step, atMs: at - ms, ms, queue, end, ...(shown && { shown: shownTo(queue, shown) }) })
  }

  function onBridge({ at, endpoint }: TimelineEntry & { type: 'bridge' }): void {
    const ring = rings.at(-1)
    if (!ring) return
    ring.ms = at - ring.atMs
    const answered = ring.shown.find((shown) => shown.endpoint === endpoint)
    if (answered) ring.answeredBy = answered.destination
  }

  return {
    unscripted: (webhook) => void notes.add(`the script says nothing of the webhook ${webhook}: it is down`),
    fault: (fields, message) =>
      void faults.push(`${String(message)}: ${String((fields as { err?: unknown }).err)}`),
    dialling: (router) => ({
      ...router,
      dial(request) {
        const isRung = (destination: string) =>
          router.dial({ ...request, destinations: [destination] }).dial !== undefined
        legs = request.destinations.filter(isRung)
        rung.clear()
        return router.dial(request)
      },
    }),
    asking: (send) => async (request) => {
      const [step, atMs] = [steps.length, now()]
      const { name: webhook, kind } = request
      const { secretVariables: _, ...values } = request.values
      if (kind === 'notice') {
        asks.push({ step, atMs, ms: 0, webhook, kind, values })
        // What its server answers changes nothing: the script need not say it.
        return Object.hasOwn(given.webhooks, webhook) ? send(request) : UNREAD
      }
      const result = await send(request)
      asks.push({ step, atMs, ms: now() - atMs, webhook, kind, values, result })
      return result
    },
    answers(endpoint) {
      const destination = legs.shift() ?? ''
      rung.set(endpoint, [...(rung.get(endpoint) ?? []), destination])
      return partyOf(given, destination)
    },
    observe(entry) {
      timeline.push(entry)
      if (entry.type === 'application' && entry.name === 'bridge')
        rings.push({ step: steps.length, atMs: entry.at, ms: 0, shown: [] })
      else if (entry.type === 'invite') onInvite(entry.invite)
      else if (entry.type === 'bridge') onBridge(entry)
      else if (entry.type === 'queue') onQueue(entry)
      else if (entry.type === 'voicemail') {
        const { at, ms, mailbox, end } = entry
        mailboxes.push({ step: steps.length, atMs: at - ms, ms, mailbox, end })
      } else if (entry.type === 'digits') keyed.push({ atMs: entry.at, keys: entry.keyed })
    },
    walked: (record, _, branch) => {
      const { ms: held = 0, outcome } = record
      const atMs = waitsSinceMs ?? Math.max(0, now() - held)
      waitsSinceMs = outcome === 'waiting' ? atMs : undefined
      if (outcome === 'waiting') return
      steps.push({ ...record, ms: now() - atMs, atMs, ...(branch !== undefined && { branch }) })
    },
    report(result, { record, missed }) {
      const document = record.document === undefined ? undefined : set.compiled(record.document)?.document
      const endMs = timeline.findLast(({ type }) => type === 'hangUp' || type === 'transfer')?.at ?? now()
      // A step in which the call ended was seen to its end by nobody.
      const last = waitsSinceMs === undefined ? undefined : record.steps.at(-1)
      if (last) {
        const atMs = waitsSinceMs ?? 0
        steps.push({ ...last, atMs, ms: (last.type === 'queue' ? queues : mailboxes).at(-1)?.ms ?? 0 })
      }
      const talkingMs = timeline.find(isAnswer)?.at
      const hears = soundsOf(timeline, endMs, audioNames(document?.audio ?? {}))
      if (missed) {
        const { name: webhook, values } = missed
        asks.push({
          step: Math.max(0, steps.length - 1),
          atMs: endMs,
          ms: 0,
          webhook,
          kind: 'missed',
          values,
        })
      }
      const { did, caller, document: found, plan, revision = set.revision, ending } = record
      const { forms, ...match } = set.find(call.did, call.domain)
      const cause = result.cause ?? record.cause
      const recordedMs = timeline.reduce((ms, one) => ms + (one.type === 'recorded' ? one.ms : 0), 0)
      return {
        ...{ revision, at: record.at, did, caller, forms },
        ...(found !== undefined && { document: found }),
        ...(plan !== undefined && { plan }),
        ...(found !== undefined && 'entry' in match && { entry: match.entry }),
        ...{ steps, rings, queues, mailboxes, asks, keyed, hears, ending },
        ...(cause !== undefined && { cause }),
        ...(result.sip !== undefined && { sip: result.sip }),
        ...(result.transferredTo && { transferredTo: result.transferredTo }),
        answered: result.answered,
        ...(result.talkMs !== undefined && { talkMs: result.talkMs }),
        ...(recordedMs > 0 && { recordedMs }),
        ...{ waitMs: talkingMs ?? endMs, longestSilence: longestSilence(hears) },
        notes: [...notes, ...(record.notes ?? [])],
        unused: unusedOf(given, { rings, queues, mailboxes, asks, keyed }),
        violations: [...faults, ...result.violations],
      }
    },
  }
}

function shownTo(destination: string, { endpoint, number, name, privacy }: Invite): ShownTo {
  const named = name !== number && !(privacy && name === 'Anonymous')
  return { ...{ destination, endpoint, number, withheld: privacy }, ...(named && { name }) }
}

/** What FreeSWITCH plays → its names in the document. */
function audioNames(audio: Readonly<Record<string, string>>): (played: string) => readonly string[] {
  const names = Map.groupBy(Object.keys(audio), (name) => audio[name]!)
  return (played) => names.get(played) ?? []
}
