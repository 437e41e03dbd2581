/** A span as this room makes it; `otlp.ts` alone knows what OpenTelemetry's look like. */
export interface Span {
  readonly name: string
  /** `server`: the call itself; `client`: a request to somebody's server. */
  readonly kind: 'server' | 'internal' | 'client'
  readonly traceId: string
  readonly spanId: string
  /** Absent: it is the whole call. */
  readonly parentId?: string
  /** Since 1970. */
  readonly beganMs: number
  readonly ms: number
  readonly hasFailed: boolean
  readonly attributes: Readonly<Record<string, string | number | boolean | undefined>>
}

export interface SpanCounts {
  readonly exported: number
  readonly dropped: number
}

/** Takes spans in their turn; what there is no room for is dropped. */
export interface SpanExport {
  /** All of them or none. */
  add(spans: readonly Span[]): void
  counts(): SpanCounts
  /** Sends what waits. Never rejects. */
  close(): Promise<void>
}
