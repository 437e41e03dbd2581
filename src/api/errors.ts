/** The one form of errors: `{ error: { code, message, details? } }`. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { BelplanError } from '../util/errors.ts'
import { PlanSetError } from '../plan/index.ts'
import type { ApiErrorCode } from './error-code.ts'

interface ApiErrorBody {
  readonly error: {
    readonly code: ApiErrorCode
    readonly message: string
    readonly details?: readonly unknown[]
  }
}

const statuses = {
  malformed: 400,
  unauthorized: 401,
  forbidden: 403,
  lacksRight: 403,
  notFound: 404,
  preconditionFailed: 412,
  tooLarge: 413,
  invalid: 422,
  preconditionRequired: 428,
  tooMany: 429,
  internal: 500,
  notReady: 503,
  goesOn: 503,
} as const satisfies Record<ApiErrorCode, number>

/** Thrown by routes: becomes the answer with its code's status. */
export class ApiError extends Error {
  readonly code: ApiErrorCode
  readonly details: readonly unknown[] | undefined

  constructor(code: ApiErrorCode, message: string, details?: readonly unknown[]) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.details = details
  }
}

export const statusOf = (code: ApiErrorCode): number => statuses[code]

export function bodyOf({ code, message, details }: ApiError): ApiErrorBody {
  return { error: { code, message, ...(details && { details }) } }
}

/** For Fastify: every error becomes the one form. A fault of the controller is logged, and not described to clients. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // The rest of a request that did not arrive is not waited for.
  const arrived = request.raw.complete
  if (!arrived) reply.header('connection', 'close')
  const known = toApiError(error, arrived, request.routeOptions.bodyLimit)
  if (known.code === 'internal') request.log.error({ err: error, url: request.url }, 'request failed')
  return reply.code(statusOf(known.code)).send(bodyOf(known))
}

/** What plans can have against what was asked for. */
const OF_PLANS: readonly BelplanError['code'][] = ['plans', 'notGranted', 'overtaken']

/** `bodyLimit`: of the route, in bytes; undefined where there is none. */
function toApiError(error: unknown, arrived: boolean, bodyLimit: number | undefined): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof PlanSetError) return new ApiError('invalid', error.message, error.findings)
  if (error instanceof BelplanError && OF_PLANS.includes(error.code)) {
    return new ApiError('invalid', error.message, error.details)
  }
  if (error instanceof BelplanError && error.code === 'store') return new ApiError('notReady', error.message)
  const { validation, statusCode, message, code } = error as Partial<FastifyError>
  if (validation !== undefined) return new ApiError('malformed', message ?? 'the request is malformed')
  if (code === 'FST_ERR_HANDLER_TIMEOUT') {
    return arrived
      ? new ApiError('notReady', 'the answer took too long')
      : new ApiError('malformed', 'the request took too long to arrive')
  }
  if (statusCode === 413)
    return new ApiError('tooLarge', `the body is larger than ${inUnits(bodyLimit ?? 0)}`)
  if (statusCode === 415)
    return new ApiError('malformed', 'send the body as `Content-Type: application/json`')
  if (statusCode !== undefined && statusCode < 500)
    return new ApiError('malformed', message ?? 'the request is malformed')
  return new ApiError('internal', 'something went wrong here; the log says what')
}

const MIB = 1024 * 1024

const inUnits = (bytes: number): string => (bytes < MIB ? `${bytes / 1024} KiB` : `${bytes / MIB} MiB`)
