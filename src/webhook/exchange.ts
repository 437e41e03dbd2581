/** One HTTP request and its response. */
import type { Dispatcher } from 'undici'
import type { Connection } from './connection.ts'
import type { Lease } from './connection-pool.ts'
import { endReasonOf } from './deadline.ts'
import { ended, faultOf, refused, type Fault } from './faults.ts'
import type { HttpRequest } from './http-request.ts'

export type HttpOutcome = HttpResponse | Fault

/** A complete response; what it says is another matter. */
export interface HttpResponse {
  readonly kind: 'response'
  readonly http: number
  readonly contentType: string
  readonly location: string | undefined
  readonly body: Uint8Array
  /** Where the last redirect led. */
  readonly redirectedTo?: string
}

const MAX_BODY_BYTES = 64 * 1024
/** Each takes as much time as a hundred bytes do. A server that sends its 8 KiB byte by byte is served. */
const MAX_CHUNKS = 8192
/** Responses 1xx before the one that counts. */
const MAX_INTERIM_RESPONSES = 10
/** Header fields of all of them. */
const MAX_INTERIM_FIELDS = 100

/** Why a body of so many bytes is not read; undefined: it is. */
export function bodyFault(bytes: number): Fault | undefined {
  return bytes > MAX_BODY_BYTES ? refused('answer too large: more than 64 KiB', true) : undefined
}

/**
 * Sends the request and reads the whole response, at most 64 KiB of body; then releases the connection. Never
 * rejects. When `signal` aborts (its reason is an `EndReason`), the connection is closed at once.
 *
 * undici's `dispatch` rather than its `request`: no stream per response, and `onRequestStart` shows reliably whether
 * a request can have reached the server, which no error code does.
 */
export async function exchange(
  { connection, release }: Lease,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpOutcome> {
  try {
    return await send(connection, request, signal)
  } finally {
    release()
  }
}

function send(connection: Connection, request: HttpRequest, signal: AbortSignal): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bodyBytes = 0
    let interimResponses = 0
    let interimFields = 0
    let http: number | undefined
    let headers: Record<string, string | string[] | undefined> = {}
    let controller: Dispatcher.DispatchController | undefined
    let over = false

    function end(outcome: HttpOutcome): void {
      over = true
      signal.removeEventListener('abort', onAbort)
      resolve(outcome)
    }
    /** Ends it without waiting for the rest of the response. */
    function cut(fault: Fault): void {
      if (over) return
      end(http === undefined ? fault : { ...fault, http })
      controller?.abort(new Error(fault.cause))
    }
    function onAbort(): void {
      const state =
        controller === undefined ? 'not connected' : http === undefined ? 'no answer' : 'answer incomplete'
      cut(ended(endReasonOf(signal), state, controller !== undefined))
    }

    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    connection.dispatcher.dispatch(
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
            // No other limit covers interim responses, and each takes as much time as a response.
            interimFields += Object.values(fields).flat().length
            if (++interimResponses > MAX_INTERIM_RESPONSES || interimFields > MAX_INTERIM_FIELDS)
              cut(refused('too many interim answers', true))
            return
          }
          connection.received()
          http = status
          headers = fields
          // None was asked for, and unpacking turns a small response into a large one.
          if (!/^(identity)?$/i.test(firstOf(fields['content-encoding'])))
            cut(refused('answer is compressed', true))
        },
        onResponseData(_, chunk) {
          connection.received()
          bodyBytes += chunk.length
          const tooLarge = bodyFault(bodyBytes)
          if (tooLarge) cut(tooLarge)
          else if (chunks.push(chunk) > MAX_CHUNKS) cut(refused('answer in too many chunks', true))
        },
        onResponseEnd() {
          if (over) return
          const location = headers['location']
          end({
            kind: 'response',
            http: http ?? 0,
            contentType: firstOf(headers['content-type']),
            location: location === undefined ? undefined : firstOf(location),
            body: Buffer.concat(chunks, bodyBytes),
          })
        },
        onResponseError(_, error) {
          if (!over) end(faultOf(error, controller !== undefined, http))
        },
      },
    )
  })
}

/** Of a header that may be repeated. */
function firstOf(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
