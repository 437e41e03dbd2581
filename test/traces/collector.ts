/** A collector in small: takes OTLP/HTTP as JSON, and keeps what it was sent. */
import { vi } from 'vitest'
import { web, type Web } from '../webhook/servers.ts'

interface OtlpSpan {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
  readonly status: { readonly code?: number }
}

export interface Collected extends Omit<OtlpSpan, 'attributes'> {
  readonly attributes: Readonly<Record<string, unknown>>
  /** `service.instance.id` of who sent it. */
  readonly instance: unknown
  readonly beganMs: number
  readonly endedMs: number
}

export interface Collector extends Web {
  readonly spans: () => Collected[]
  /** All that was sent, as it came. */
  readonly text: () => string
  /** Resolves when there are so many spans. */
  readonly received: (count: number) => Promise<Collected[]>
}

export async function collector(status = 200): Promise<Collector> {
  const server = await web((_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}'),
  )
  const spans = () => server.requests.flatMap(({ text }) => spansIn(JSON.parse(text) as Body))
  return {
    ...server,
    spans,
    text: () => server.requests.map(({ text }) => text).join('\n'),
    async received(count) {
      await vi.waitFor(
        () => {
          if (spans().length < count) throw new Error(`${spans().length} of ${count} spans`)
        },
        { interval: 20, timeout: 8000 },
      )
      return spans()
    },
  }
}

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: Pick<OtlpSpan, 'attributes'>
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}

function spansIn({ resourceSpans }: Body): Collected[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, ...span }) => ({
        ...span,
        attributes: valuesOf(attributes),
        instance: valuesOf(resource.attributes)['service.instance.id'],
        beganMs: Number(span.startTimeUnixNano) / 1e6,
        endedMs: Number(span.endTimeUnixNano) / 1e6,
      })),
    ),
  )
}

const valuesOf = (attributes: OtlpSpan['attributes']): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
