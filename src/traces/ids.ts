/** Ids of traces. They follow from the call's own id, so that controllers which hold one call after the other agree on them. */
import { hash, randomBytes } from 'node:crypto'

export interface TraceIds {
  /** 32 hex digits. */
  readonly traceId: string
  /** Of the span of the whole call: 16 hex digits. */
  readonly rootId: string
}

/** By the call's id; undefined: it is not sampled. `sample`: the share of calls that are, from 0 to 1. */
export type SampledIds = (callId: string) => TraceIds | undefined

/** The last 56 bits of a trace id are taken for random (W3C Trace Context 2); those of 13 hex digits are exact in a number. */
const RANDOM_DIGITS = 13

/** As OpenTelemetry's consistent probability sampling has it: the upper end of the random part is what is sampled. */
export function createSampledIds(sample: number): SampledIds {
  const rejected = (1 - sample) * 16 ** RANDOM_DIGITS
  return (callId) => {
    const digits = hash('sha256', callId)
    const traceId = digits.slice(0, 32)
    const random = parseInt(traceId.slice(18, 18 + RANDOM_DIGITS), 16)
    return random >= rejected ? { traceId, rootId: digits.slice(32, 48) } : undefined
  }
}

export const newSpanId = (): string => randomBytes(8).toString('hex')

/** W3C Trace Context, section 3.2: version, trace, the span that asks, sampled. */
export const traceparentOf = ({ traceId }: TraceIds, spanId: string): string => `00-${traceId}-${spanId}-01`
