/**
 * The outside of a call in another revision: what the record knows of a webhook, a destination, a prompt is used wherever
 * that is met. What it does not know is assumed, and said.
 */
import {
  type BridgeRequest,
  type BridgeResult,
  type Calendar,
  type CollectRequest,
  CONFIRM_SECONDS,
  type CompiledDocument,
  type CompiledStep,
  type DigitsInput,
  type Gone,
  type Grants,
  mailboxGrant,
  queueGrant,
  ringEndMs,
  type WebhookResult,
  valuesOfCases,
} from '../plan/index.ts'
import type { DialPermission, Router } from '../routing/index.ts'
import { listed } from '../util/listed.ts'
import { type Came, type Entry, type Entries, type Known, type KnownRing, transferKey } from './known.ts'
import { asWritten, inputFor } from './recorded.ts'
import { isUnknownValue } from './unknown.ts'
import type { Outside } from './walk-again.ts'

export interface OtherOptions {
  readonly known: Known
  /** That of the record, whose webhooks answered. */
  readonly recorded: CompiledDocument
  readonly document: CompiledDocument
  /** When the caller went: so long after the call came in, in the last of so many steps or behind it. Absent: never. */
  readonly leaves?: { readonly afterMs: number; readonly afterSteps: number }
  readonly bridgesPerCall: number
  readonly router: Router
  readonly permission: DialPermission
  readonly grants: Grants
  readonly clock: { ms: number }
  readonly calendar: Calendar
  /** Takes one sentence on what is not known. */
  readonly assume: (sentence: string) => void
}

/** How much longer than the plan says a ring may take: FreeSWITCH, the network and the controller need time as well. */
const SLACK_MS = 1500

/** Times in the record are whole milliseconds. */
const ROUNDING_MS = 1

/** Audio that was not played in the call. */
const AUDIO_MS = 3000

interface Rung {
  readonly result: BridgeResult
  readonly ms: number
  readonly assumed?: string
}

export function otherOutside(options: OtherOptions): Outside {
  const { known, recorded, document, leaves, router, permission, grants, clock, assume } = options
  const { bridgesPerCall, calendar } = options
  let bridges = 0
  /** What has been used so far of what is known of one thing. */
  const used = new Map<object, number>()
  let walked = 0
  let group: { readonly entries: readonly Entry[]; at: number } | undefined
  let keys: string[] = []

  /** The next of what is known, the last one again and again. */
  function next<T>(list: readonly T[] | undefined, repeats: string): T | undefined {
    if (list === undefined || list.length === 0) return undefined
    const at = used.get(list) ?? 0
    used.set(list, at + 1)
    if (at >= list.length) assume(repeats)
    return list[Math.min(at, list.length - 1)]
  }

  /** 'gone': the caller goes meanwhile. */
  function settle<T>(ms: number, result: T, assumed?: string): T | Gone {
    if (leaves && clock.ms + ms > leaves.afterMs + ROUNDING_MS) return goes()
    clock.ms += ms
    if (assumed !== undefined) assume(assumed)
    return result
  }

  function goes(): Gone {
    clock.ms = Math.max(clock.ms, leaves?.afterMs ?? 0)
    return 'gone'
  }

  /** As in the call. */
  function again<T>({ result, ms }: Came<T>, assumed?: string): T | Gone {
    return result === undefined ? goes() : settle(ms, result, assumed)
  }

  function ask(name: string): WebhookResult | Gone {
    const came = next(known.asked.get(name), `${name} answers again as it did the last time`)
    if (came === undefined)
      return settle(0, DOWN, `what ${name} answers is not known: it is taken to be down`)
    const before = recorded.document.webhooks[name]
    const now = document.document.webhooks[name]
    const isElsewhere = before?.urlTemplate !== now?.urlTemplate
    return again(
      came,
      isElsewhere ? `${name} answers at its other URL what it answered in the call` : undefined,
    )
  }

  const ringLists = new Map<string, readonly KnownRing[]>()

  /** `key` stands for `isWanted`. */
  function nextRing(key: string, wanted: readonly string[], isWanted: (rung: readonly string[]) => boolean) {
    const list = ringLists.get(key) ?? known.rung.filter(({ destinations }) => isWanted(destinations))
    ringLists.set(key, list)
    return next(list, `${listed(wanted)} come to the same as the last time`)
  }

  /** What is known of destinations that ring together, else of each of them. Undefined: the caller goes meanwhile. */
  function ring(request: BridgeRequest): Rung | undefined {
    const { destinations } = request
    const key = `of ${[...destinations].sort().join()}`
    const came = nextRing(key, destinations, (rung) => isSameList(rung, destinations))
    if (came) return fitted(came, destinations, request)
    return joined(destinations.map((destination) => ringOne(destination, request)))
  }

  /** One of those that ring together. */
  function ringOne(destination: string, request: BridgeRequest): Rung | undefined {
    const came = nextRing(`with ${destination}`, [destination], (rung) => rung.includes(destination))
    if (came) return fitted(came, [destination], request)
    const ringMs = ringEndMs({ ...request, destinations: [destination] })
    const to = router.dial({
      ...{ call: UUID, hopCount: { hops: 0, legs: 1 }, permission, destinations: [destination], ringMs },
      admitLegs: (wanted) => wanted,
      legVariables: {},
    })
    if (to.dial === undefined) return { result: { outcome: 'failed', ...to }, ms: 0 }
    const assumed = `what ${destination} does is not known: it is taken not to answer`
    return { result: NO_ANSWER, ms: ringMs, assumed }
  }

  /** What a ring that is known comes to for `wanted` of a request. Undefined: the caller goes meanwhile. */
  function fitted(
    { destinations, ringEndMs: rungMs, result, ms }: KnownRing,
    wanted: readonly string[],
    request: BridgeRequest,
  ): Rung | undefined {
    const ringMs = ringEndMs({ ...request, destinations: wanted })
    const mostMs = ringMs + (request.audio?.confirm ? CONFIRM_SECONDS * 1000 : 0) + SLACK_MS
    // Of a controller that was lost only the outcome is known.
    if (ms === undefined) return result && { result, ms: 0 }
    if (mostMs < ms) return { result: NO_ANSWER, ms: ringMs }
    if (result === undefined && leaves && clock.ms + ms + SLACK_MS >= leaves.afterMs) return undefined
    if (result === undefined || (result.outcome === 'noAnswer' && ringMs > rungMs)) {
      const assumed = `${listed(wanted)} rang for ${inSeconds(ms)}, and what comes after that is not known: no answer is assumed`
      return { result: NO_ANSWER, ms: ringMs, assumed }
    }
    // FreeSWITCH says of a list what became of all of it.
    if (destinations.every((destination) => request.destinations.includes(destination))) return { result, ms }
    const assumed = `of ${listed(destinations)} it is not known who came to ${result.outcome}: ${listed(wanted)} is taken to have`
    return { result, ms, assumed }
  }

  function collect(request: CollectRequest, step: CompiledStep): DigitsInput | Gone {
    const isMenu = !request.secret
    if (request.prompt === undefined) {
      const key = isMenu ? keys.shift() : undefined
      return key === undefined ? { kind: 'timeout' } : keyed(key)
    }
    group ??= { entries: entriesFor(step, request.prompt, isMenu)?.entries ?? [], at: 0 }
    const entry = group.entries[group.at++]
    if (entry === undefined) {
      return settle(
        request.timeoutMs,
        { kind: 'timeout' },
        `what the caller keys at ${step.name} is not known: nothing is assumed`,
      )
    }
    if (entry.as === 'gone') return goes()
    if (entry.as === 'wrong' && isMenu) return settle(entry.ms, inputFor(entry.as, request), wrongAgain(step))
    if (!isMenu || entry.choice === undefined) return settle(entry.ms, inputFor(entry.as, request))
    keys = Array.from(entry.choice)
    return settle(entry.ms, keyed(keys.shift()!))
  }

  /** What was keyed wrong is not in the record. */
  function wrongAgain(step: CompiledStep): string | undefined {
    const before = recorded.steps.find(({ name }) => name === step.name)?.collection?.choices
    const isMore = [...(step.collection?.choices ?? [])].some((choice) => !before?.has(choice))
    return isMore
      ? `what the caller keyed wrong is not in the record: it is taken to be no choice of ${step.name}`
      : undefined
  }

  /** By the step's name, else by what the caller heard. */
  function entriesFor(step: CompiledStep, prompt: string, isMenu: boolean): Entries | undefined {
    const same = known.entered.filter((one) => one.isMenu === isMenu && !used.has(one))
    const found = same.find((one) => one.step === step.name) ?? same.find((one) => one.prompt === prompt)
    if (found) used.set(found, 1)
    return found
  }

  return {
    calendar,
    collect,
    ask: ({ name }) => ask(name),

    play(audio) {
      const came = next(known.played.get(audio), `${audio} plays again as it did the last time`)
      if (came === undefined)
        return settle(AUDIO_MS, 'played', `${audio} is taken to play for ${inSeconds(AUDIO_MS)}`)
      return again(came)
    },

    bridge(request) {
      if (bridges++ >= bridgesPerCall)
        return { ...PAST_LIMIT, reason: `more than ${bridgesPerCall} bridges in one call` }
      const rung = ring(request)
      return rung === undefined ? goes() : settle(rung.ms, rung.result, rung.assumed)
    },

    ringOrder({ name }, count) {
      const order = known.orders.get(name)
      if (order?.length === count) return order
      assume(`the order in which ${name} rings is not known: the list is taken to be rung as it is written`)
      return asWritten(count)
    },

    queue({ queue, maxWaitMs = Infinity }) {
      const grant = queueGrant(queue, grants.of(document.name).queues)
      if ('refused' in grant) return { outcome: 'failed', reason: grant.refused }
      const came = next(known.queued.get(queue), `the queue ${queue} is left as it was the last time`)
      if (came === undefined) {
        const assumed = `what comes of the queue ${queue} is not known: nobody is taken to answer`
        return settle(maxWaitMs === Infinity ? 0 : maxWaitMs, { outcome: 'timeout' }, assumed)
      }
      if (maxWaitMs < came.ms) return settle(maxWaitMs, { outcome: 'timeout', waitMs: maxWaitMs })
      return again(came)
    },

    voicemail({ mailbox }) {
      const grant = mailboxGrant(mailbox, grants.of(document.name).mailboxes)
      if ('refused' in grant) return { outcome: 'failed', reason: grant.refused }
      const came = next(known.left.get(mailbox), `the mailbox ${mailbox} gets what it got the last time`)
      if (came === undefined)
        return settle(
          0,
          { outcome: 'none' },
          `what comes of the mailbox ${mailbox} is not known: no message is assumed`,
        )
      return again(came)
    },

    transfer(destination, context) {
      const came = known.transferred.get(transferKey(destination, context))
      if (came !== undefined) return came
      const grant = router.transfer(destination, context, grants.of(document.name).transfers)
      return 'reason' in grant ? grant : 'transferred'
    },

    caseOf(value, step) {
      if (!isUnknownValue(value)) return step.caseOf!(value)
      const values = next(known.chosen.get(step.name), `${step.name} goes on as it did the last time`)
      const place =
        values === undefined ? -1 : valuesOfCases(step.spec).findIndex((one) => isSameList(one, values))
      if (place < 0 && values?.length !== 0)
        assume(`what ${step.name} looks at is not in the record: no case of it is taken to fit`)
      return place < 0 ? undefined : place
    },

    stepDone() {
      walked++
      group = undefined
      keys = []
      // A caller who went between two steps.
      return !leaves || clock.ms < leaves.afterMs - ROUNDING_MS || walked < leaves.afterSteps
    },
  }
}

const inSeconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`

const NO_ANSWER: BridgeResult = { outcome: 'noAnswer', cause: 'NO_ANSWER' }

const PAST_LIMIT = { outcome: 'failed', cause: 'CALL_REJECTED' } as const

const DOWN: WebhookResult = {
  ...{ status: 'ERR', url: '', tries: 0, source: 'none', warnings: [] },
  error: 'not known',
}

/** Of no call. */
const UUID = '00000000-0000-0000-0000-000000000000'

const keyed = (digits: string): DigitsInput => ({ kind: 'digits', digits, terminated: false })

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one))
}

/** What destinations come to that ring together: the first answer, else what the last of them comes to. */
function joined(rungs: readonly (Rung | undefined)[]): Rung | undefined {
  const all = rungs.filter((rung) => rung !== undefined)
  if (all.length < rungs.length && !all.some(({ result }) => result.outcome === 'answered')) return undefined
  const answered = all.filter(({ result }) => result.outcome === 'answered').sort((a, b) => a.ms - b.ms)[0]
  const last = all.reduce((latest, rung) => (rung.ms >= latest.ms ? rung : latest))
  const chosen = answered ?? last
  const assumed = all.flatMap((rung) => rung.assumed ?? [])
  return { ...chosen, ...(assumed.length > 0 && { assumed: assumed.join('; ') }) }
}
