/** What happens to calls, as it happens, for those who read it; where nobody does, nothing is written down. */
import type { CallFollower, FollowedCall, LiveCall } from '../call/index.ts'
import { type CallLine, type CallRecord, type Ending, lineOfRecord } from '../records/index.ts'
import { countLately, type Lately, type MayUse } from './counts.ts'
import { createEntries, type Entries, type View } from './entries.ts'
import { createReaders, type Outlet } from './readers.ts'

export interface Live {
  /** For calls, which tell it what happens to them. */
  readonly follower: CallFollower
  /** A record goes to the journal. */
  ended(record: CallRecord): void
  /**
   * Sends `outlet` what `wanted` shows, from behind the event `lastId` on, and otherwise from now on; nothing before this
   * returns. Returns what is to be called when the reader is gone; undefined: it is closed.
   */
  read(wanted: Wanted, lastId: string | undefined, outlet: Outlet): (() => void) | undefined
  counts(): LiveCounts
  /** Ends all readers. */
  close(): void
}

export interface LiveCounts {
  readonly readers: number
  /** Since the start. */
  readonly dropped: number
}

/** What a reader sees; all that is absent narrows nothing. */
export interface Wanted {
  /** Who reads: readers of one name have the same `mayUse`. */
  readonly client: string
  readonly mayUse?: MayUse
  readonly document?: string | undefined
  readonly call?: string | undefined
}

interface LiveOptions {
  /** Calls that are held. */
  readonly held: () => { readonly count: number; live(): readonly Pick<LiveCall, 'document'>[] }
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number
}

/** The first turn after a time without readers. */
const FIRST_TURN_MS = 200
/** So long after the last reader is gone, one that comes back misses nothing. */
const KEPT_MS = 60_000
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Which call it is about. */
interface Of {
  readonly id: string
  readonly document?: string | undefined
}

interface NarrowedView extends View {
  readonly mayUse: MayUse
}

export function createLive({ held, now = () => performance.now() }: LiveOptions): Live {
  const begun = countLately(MINUTE_MS, now)
  const endings = new Map<Ending, Lately>()
  /** Undefined: nobody reads, and nobody is expected back. */
  let entries: Entries | undefined
  let turns: NodeJS.Timeout | undefined
  let forgetting: NodeJS.Timeout | undefined
  let closed = false
  const readers = createReaders<NarrowedView>({
    entries: () => entries!,
    counts: countsOf,
    now,
  })

  /** `held` now, calls that came in within a minute, and endings within an hour. */
  function countsOf({ mayUse }: NarrowedView): string {
    const calls = held()
    const endedLastHour: Partial<Record<Ending, number>> = {}
    for (const [ending, lately] of endings) {
      const count = lately.count(mayUse)
      if (count > 0) endedLastHour[ending] = count
    }
    return JSON.stringify({
      held: mayUse ? calls.live().filter(({ document }) => mayUse(document)).length : calls.count,
      perMinute: begun.count(mayUse),
      endedLastHour,
    })
  }

  function begin(): Entries {
    clearTimeout(forgetting)
    turns ??= setTimeout(turn, FIRST_TURN_MS)
    return (entries ??= createEntries())
  }

  function turn(): void {
    turns = setTimeout(turn, readers.turn())
  }

  function leave(): void {
    if (readers.size > 0 || turns === undefined) return
    clearTimeout(turns)
    turns = undefined
    forgetting = setTimeout(() => (entries = undefined), KEPT_MS).unref()
  }

  const add = (event: string, { id, document }: Of, data: object) => entries?.add(event, id, document, data)

  return {
    follower: {
      get follows() {
        return entries !== undefined
      },
      began(call) {
        begun.add(call.document)
        if (entries) add('call', call, lineOf(call))
      },
      stepBegan(call, { name: step, plan, spec: { type } }) {
        add('step', call, { id: call.id, phase: 'begun', step, type, plan })
      },
      stepEnded(call, record) {
        add('step', call, { id: call.id, phase: 'ended', ...record })
      },
      left(call, ended) {
        if (!entries) return
        const talks = ended?.state === 'talking' && { answered: true, ending: 'talked' }
        add('left', call, { ...lineOf(call), ...talks })
      },
    },
    ended(record) {
      const { ending, document } = record
      let lately = endings.get(ending)
      if (!lately) endings.set(ending, (lately = countLately(HOUR_MS, now)))
      lately.add(document)
      if (entries) add('ended', record, lineOfRecord(record))
    },
    read(wanted, lastId, outlet) {
      if (closed) return undefined
      const all = begin()
      const position = lastId === undefined ? all.end : all.positionOf(lastId)
      const gone = readers.add(viewOf(wanted), outlet, position)
      return () => {
        gone()
        leave()
      }
    },
    counts: () => ({ readers: readers.size, dropped: readers.dropped }),
    close() {
      closed = true
      readers.end()
      leave()
      clearTimeout(forgetting)
      entries = undefined
    },
  }
}

function viewOf({ client, mayUse, document, call }: Wanted): NarrowedView {
  const narrowed =
    document === undefined ? mayUse : (one: string | undefined) => one === document && (mayUse?.(one) ?? true)
  const key = JSON.stringify([mayUse && client, document, call])
  if (narrowed === undefined && call === undefined) return { key, mayUse: undefined }
  return {
    key,
    mayUse: narrowed,
    shows: (of, id) => (call === undefined || id === call) && (narrowed?.(of) ?? true),
  }
}

function lineOf({ live: { steps: _, ...line } }: Pick<FollowedCall, 'live'>): CallLine {
  return line
}
