/** One HTTP request and its answer. */
import type { Dispatcher } from 'undici'
import type { Taken } from './connections.ts'
import { whyOf } from './deadline.ts'
import { faultOf } from './faults.ts'
import { MAX_CHUNKS, MAX_HINTS, MAX_HINT_FIELDS, MAX_REPLY_BYTES } from './limits.ts'
import { ended, refused, type Fault, type Outcome } from './outcome.ts'

export interface Request {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/**
 * Sends the request and reads the whole answer, at most 64 KiB of it. Never rejects. When `signal` aborts
 * (its reason is a `Why`), the connection is closed at once.
 *
 * undici's `dispatch` rather than its `request`: no stream per answer, and `onRequestStart` tells for certain
 * whether a request can have reached the server, which no error code does.
 */
export async function exchange(
  take: () => Promise<Taken | Fault>,
  request: Request,
  signal: AbortSignal,
): Promise<Outcome> {
  const taken = await take()
  if ('kind' in taken) return taken
  try {
    return await send(taken, request, signal)
  } finally {
    taken.release()
  }
}

function send({ dispatcher, came }: Taken, request: Request, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let hints = 0
    let hintFields = 0
    let http: number | undefined
    let headers: Record<string, string | string[] | undefined> = {}
    let controller: Dispatcher.DispatchController | undefined
    let over = false

    function end(outcome: Outcome): void {
      over = true
      signal.removeEventListener('abort', onAbort)
      resolve(outcome)
    }
    /** Ends it for a reason of ours: what the server still has to say is not waited for. */
    function cut(outcome: Outcome): void {
      if (over) return
      end(outcome.kind === 'fault' && http !== undefined ? { ...outcome, http } : outcome)
      controller?.abort(new Error(outcome.kind))
    }
    function onAbort(): void {
      const doing =
        controller === undefined ? 'not connected' : http === undefined ? 'no answer' : 'answer incomplete'
      cut(ended(whyOf(signal), doing, controller !== undefined))
    }

    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    dispatcher.dispatch(
      {
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
      },
      {
        onRequestStart(started) {
          // Nobody waits any more: nothing is written.
          if (over) return started.abort(new Error('over'))
          controller = started
        },
        onResponseStart(_, status, fields) {
          if (status < 200) {
            // Nothing else counts what comes before an answer, and each costs as much as an answer.
            hintFields += Object.values(fields).flat().length
            if (++hints > MAX_HINTS || hintFields > MAX_HINT_FIELDS)
              cut(refused('too many interim answers', true))
            return
          }
          came()
          http = status
          headers = fields
          // None was asked for, and unpacking is how a small answer becomes a large one.
          if (!/^(identity)?$/i.test(text(fields['content-encoding'])))
            cut(refused('answer is compressed', true))
        },
        onResponseData(_, chunk) {
          came()
          size += chunk.length
          if (size > MAX_REPLY_BYTES) cut(refused('answer too large: more than 64 KiB', true))
          else if (chunks.push(chunk) > MAX_CHUNKS) cut(refused('answer in too many chunks', true))
        },
        onResponseEnd() {
          if (over) return
          const location = headers['location']
          end({
            kind: 'complete',
            http: http ?? 0,
            contentType: text(headers['content-type']),
            location: location === undefined ? undefined : text(location),
            body: Buffer.concat(chunks, size),
          })
        },
        onResponseError(_, error) {
          if (!over) end(faultOf(error, { sent: controller !== undefined, http }))
        },
      },
    )
  })
}

/** The first of a header that may be repeated. */
function text(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
