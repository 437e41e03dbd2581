/** Reads `/stream` as a page does. */
import { until } from './until.ts'

export interface StreamEvent {
  readonly id: string
  readonly event: string
  readonly data: Record<string, unknown>
}

export interface StreamReader {
  readonly response: Response
  /** All that came so far, comments left out. */
  readonly events: readonly StreamEvent[]
  /** What came, as it came. */
  readonly text: () => string
  /** Of one kind, such as `step`. */
  of(...kinds: string[]): readonly StreamEvent[]
  /** Resolves with the first event that fits, also one that came before. */
  next(what: string, fits: (event: StreamEvent) => boolean): Promise<StreamEvent>
  /** Resolves when the other side has ended it: whether as it should. */
  readonly ended: Promise<'ended' | 'broken off'>
  close(): void
}

/** Resolves as soon as the answer begins. */
export async function readStream(url: string, headers: Record<string, string> = {}): Promise<StreamReader> {
  const closing = new AbortController()
  const response = await fetch(url, { headers, signal: closing.signal })
  const events: StreamEvent[] = []
  let text = ''

  async function read(): Promise<'ended' | 'broken off'> {
    let rest = ''
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body!) {
        const piece = decoder.decode(chunk as Uint8Array, { stream: true })
        text += piece
        const blocks = (rest + piece).split('\n\n')
        rest = blocks.pop()!
        events.push(...blocks.flatMap(eventOf))
      }
      return 'ended'
    } catch {
      return 'broken off'
    }
  }

  return {
    response,
    events,
    text: () => text,
    of: (...kinds) => events.filter(({ event }) => kinds.includes(event)),
    next: (what, fits) => until(what, () => events.find(fits)),
    ended: read(),
    close: () => closing.abort(),
  }
}

function eventOf(block: string): StreamEvent[] {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? []
      return [name, value]
    }),
  )
  const [id, event, data] = ['id', 'event', 'data'].map((name) => fields.get(name))
  if (id === undefined || event === undefined || data === undefined) return []
  return [{ id, event, data: JSON.parse(data) as Record<string, unknown> }]
}
