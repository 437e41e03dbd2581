/**
 * `GET /stream`: what happens to calls, as it happens. It is read with fetch, since the browser's own reader of such streams
 * cannot send a token; what that does by itself is done here: lines to events, and going on behind the last one that was seen.
 */
import { ApiFault, ask } from './client.ts'
import type { CallLine, CallStep, Ending } from './calls.ts'

export interface StreamCounts {
  /** Calls that are held now. */
  readonly held: number
  /** That came in within the last minute. */
  readonly perMinute: number
  /** Within the last hour, or since the controller started. */
  readonly endedLastHour: Readonly<Partial<Record<Ending, number>>>
}

export type StreamEvent =
  /** It has its plan; also where it comes back from a queue or from another controller. */
  | { readonly event: 'call'; readonly data: CallLine }
  | {
      readonly event: 'step'
      readonly data: { readonly id: string; readonly phase: 'begun' | 'ended' } & Pick<
        CallStep,
        'step' | 'type'
      > &
        Partial<Pick<CallStep, 'ms' | 'outcome'>> & { readonly plan?: string }
    }
  /** This controller holds it no more, and it is not over. */
  | { readonly event: 'left'; readonly data: CallLine }
  | { readonly event: 'ended'; readonly data: CallLine }
  | { readonly event: 'counts'; readonly data: StreamCounts }
  /** What came in between is lost: what is live has to be read anew. */
  | { readonly event: 'reset'; readonly data: object }

/** `waiting`: it was cut off, and is tried again. */
export type StreamState = 'connecting' | 'open' | 'waiting'

export interface StreamReader {
  /** Narrows it to one document or one call. */
  readonly query?: Readonly<Record<string, string>>
  /** Called with what came at one time. */
  readonly onEvents: (events: readonly StreamEvent[]) => void
  readonly onState: (state: StreamState) => void
  /** Ends it. */
  readonly signal: AbortSignal
}

/** The controller sends a comment each 10 s; one that is silent for longer is gone without a word. */
const SILENT_MS = 25_000
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 15_000

/** Reads until `signal` aborts, however often it is cut off; ends early where the token holds no more. Never rejects. */
export async function readStream({ query, onEvents, onState, signal }: StreamReader): Promise<void> {
  let lastId: string | undefined
  let waitMs = FIRST_WAIT_MS
  const asked = new URLSearchParams(query).toString()
  const isOver = () => signal.aborted
  const told = (events: readonly StreamEvent[]) => {
    try {
      onEvents(events)
    } catch (error) {
      // A fault of the page, for which the connection is not cut.
      reportError(error)
    }
  }
  onState('connecting')
  while (!isOver()) {
    const silent = new AbortController()
    let timer = setTimeout(() => silent.abort(), SILENT_MS)
    try {
      const { body } = await ask(`/stream${asked && `?${asked}`}`, {
        headers: { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) },
        signal: AbortSignal.any([signal, silent.signal]),
      })
      onState('open')
      waitMs = FIRST_WAIT_MS
      for await (const read of eventsOf(body!)) {
        clearTimeout(timer)
        timer = setTimeout(() => silent.abort(), SILENT_MS)
        lastId = read.lastId ?? lastId
        if (read.events.length > 0) told(read.events)
      }
    } catch (error) {
      if (error instanceof ApiFault && (error.code === 'unauthorized' || error.code === 'lacksRight')) return
    } finally {
      clearTimeout(timer)
    }
    if (isOver()) return
    onState('waiting')
    // Not all at once, when a controller was started anew.
    await pause(waitMs * (0.5 + Math.random() / 2), signal)
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)
  }
}

/** What each chunk brings: its whole events, and the id of the last one. Comments bring nothing, and that is told as well. */
async function* eventsOf(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ events: readonly StreamEvent[]; lastId?: string }> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n')
    rest = blocks.pop()!
    let lastId: string | undefined
    const events: StreamEvent[] = []
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map(fieldOf))
      lastId = fields.get('id') ?? lastId
      const [event, data] = [fields.get('event'), fields.get('data')]
      if (event !== undefined && data !== undefined)
        events.push({ event, data: JSON.parse(data) as unknown } as StreamEvent)
    }
    yield { events, lastId }
  }
}

/** The controller writes each of an event's fields in one line; a comment has an empty name. */
function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trimStart()]
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
