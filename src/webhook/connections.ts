/**
 * The connections to all customers' servers: how many there are, and who may use which. undici's own pools keep no
 * count over all origins, cannot end an idle connection for another's sake, and go on connecting for nobody.
 */
import type { Dispatcher } from 'undici'
import { createBulkhead, type Bulkhead } from './bulkhead.ts'
import { pause, whyOf } from './deadline.ts'
import { createGuard, type Guard } from './guard.ts'
import { createLines, type Line } from './line.ts'
import type { WebhookLimits } from './limits.ts'
import { createLookups, type Resolve } from './lookup.ts'
import { ended, tooMany, type Fault } from './outcome.ts'
import { createPace } from './pace.ts'

/** A connection for one request. */
export interface Taken {
  readonly dispatcher: Dispatcher
  /** Must be called for the head of the answer and for each part of its body: what is told of nowhere is bounded. */
  readonly came: () => void
  /** Must be called when the request is over: without its answer, the connection ends. */
  release(): void
}

export interface Connections {
  /**
   * Waits for its turn, by the document's pace and places, and in all; a fault when too many wait already or the
   * signal aborts first. `home`: the origin is the one that the plan names. A connection to it may have served others, and serves again;
   * one that a redirect led to is made for it and ends with the answer.
   */
  take(document: string, origin: string, home: boolean, signal: AbortSignal): Promise<Taken | Fault>
  /** Where this document's webhooks may go. */
  guardOf(document: string): Guard
  /** Ends every connection, those being made included. */
  close(): Promise<void>
}

/** Networks that one document's webhooks may reach besides those that all may. */
export type PrivateNetworks = (document: string) => readonly string[]

/** A document's share of the connections, as long as there is a question or a connection of it. */
interface Share {
  readonly document: string
  readonly places: Bulkhead
  readonly idle: Set<Held>
  /** Its connections, idle ones included. */
  open: number
}

/** A connection belongs to the document that used it last. */
interface Held {
  readonly line: Line
  readonly key: string
  share: Share
}

type Limits = Pick<
  WebhookLimits,
  | 'allowPrivateNetworks'
  | 'maxConcurrentPerDocument'
  | 'maxConnections'
  | 'maxQueued'
  | 'proxy'
  | 'requestsPerSecond'
>

export function openConnections(
  limits: Limits,
  privateNetworks: PrivateNetworks,
  resolve: Resolve,
): Connections {
  const { maxConcurrentPerDocument, maxConnections } = limits
  const pace = createPace(limits.requestsPerSecond, () => performance.now())
  const openLine = createLines(limits.proxy)
  const lookups = createLookups(resolve, maxConcurrentPerDocument)
  const guards = new Map([['', createGuard(limits.allowPrivateNetworks)]])
  const shares = new Map<string, Share>()
  const places = createBulkhead(maxConnections, maxConnections)
  const all = new Set<Held>()
  /** The longest idle first. */
  const idle = new Set<Held>()
  /** By networks and origin, the longest idle first. */
  const idleAt = new Map<string, Held[]>()

  /** Documents with the same networks share connections; one without them never gets a connection that needed them. */
  const networksOf = (document: string): string => privateNetworks(document).join(' ')

  function guardOf(document: string): Guard {
    const networks = networksOf(document)
    let guard = guards.get(networks)
    if (!guard) {
      guard = createGuard([...limits.allowPrivateNetworks, ...privateNetworks(document)])
      guards.set(networks, guard)
    }
    return guard
  }

  function shareOf(document: string): Share {
    let share = shares.get(document)
    if (!share) {
      const documentPlaces = createBulkhead(maxConcurrentPerDocument, limits.maxQueued)
      share = { document, places: documentPlaces, idle: new Set(), open: 0 }
      shares.set(document, share)
    }
    return share
  }

  function leave(share: Share): void {
    share.places.leave()
    forgetIdle(share)
  }

  function forgetIdle(share: Share): void {
    if (share.open === 0 && share.places.active === 0) shares.delete(share.document)
  }

  function charge(held: Held, share: Share): void {
    held.share = share
    // Never empty then: of this document's questions, fewer than it may have are on a connection by now.
    if (share.open === maxConcurrentPerDocument) dropLongest(share.idle)
    share.open++
  }

  function discharge(held: Held): void {
    held.share.open--
    forgetIdle(held.share)
  }

  function open(document: string, origin: string, key: string, share: Share): Held {
    if (all.size === maxConnections) dropLongest(idle)
    const guard = guardOf(document)
    const onClosed = () => {
      if (idle.has(held)) drop(held)
    }
    const line = openLine({ origin, guard, lookup: lookups(document, guard), onClosed })
    const held: Held = { line, key, share }
    all.add(held)
    charge(held, share)
    return held
  }

  function rest(held: Held): void {
    idle.add(held)
    held.share.idle.add(held)
    const there = idleAt.get(held.key)
    if (there) there.push(held)
    else idleAt.set(held.key, [held])
  }

  function wake(held: Held): void {
    idle.delete(held)
    held.share.idle.delete(held)
    const there = idleAt.get(held.key)!
    there.splice(there.lastIndexOf(held), 1)
    if (there.length === 0) idleAt.delete(held.key)
  }

  function drop(held: Held): void {
    if (idle.has(held)) wake(held)
    all.delete(held)
    discharge(held)
    void held.line.end()
  }

  function dropLongest(those: Set<Held>): void {
    const [longest] = those
    if (longest) drop(longest)
  }

  return {
    guardOf,
    async take(document, origin, home, signal) {
      const waitMs = pace.take(document)
      if (waitMs > 0 && !(await pause(waitMs, signal))) return unserved('ended', signal)
      const share = shareOf(document)
      const turn = await share.places.enter(signal)
      if (turn !== 'in') {
        forgetIdle(share)
        return unserved(turn, signal)
      }
      const place = await places.enter(signal)
      if (place !== 'in') {
        leave(share)
        return unserved(place, signal)
      }
      const key = `${networksOf(document)} ${origin}`
      let held = home ? idleAt.get(key)?.at(-1) : undefined
      const handshake = held === undefined && origin.startsWith('https:')
      if (held) {
        wake(held)
        discharge(held)
        charge(held, share)
      } else held = open(document, origin, key, share)
      const { line } = held
      line.begin()
      return {
        dispatcher: line.dispatcher,
        came: line.came,
        release() {
          pace.charge(document, line.bytesRead, handshake)
          if (home && line.open) rest(held)
          else drop(held)
          leave(share)
          places.leave()
        },
      }
    },
    async close() {
      await Promise.all(Array.from(all, ({ line }) => line.end()))
    },
  }
}

function unserved(turn: 'full' | 'ended', signal: AbortSignal): Fault {
  if (turn === 'full') return tooMany('too many questions at one time')
  const why = whyOf(signal)
  // No word about the server, which was not asked.
  return why === 'timeout' ? tooMany('timeout: queued') : ended(why, 'queued', false)
}
