/** Metrics as text, in the two formats that Prometheus reads. */
import {
  openMetricsContentType,
  prometheusContentType,
  type Registry,
  type RegistryContentType,
} from 'prom-client'
import { createTurns } from '../util/in-turn.ts'

/** `openMetrics`: OpenMetrics 1.0, which alone has exemplars; else the text format 0.0.4. */
export type MetricsText = (openMetrics: boolean) => Promise<{ readonly type: string; readonly text: string }>

export function createMetricsText(registry: Registry<RegistryContentType>): MetricsText {
  // A registry has one format at a time.
  const inTurn = createTurns()
  return (openMetrics) =>
    inTurn(async () => {
      const type = openMetrics ? openMetricsContentType : prometheusContentType
      // prom-client takes `_total` off the names of counters for OpenMetrics, and leaves it off.
      const named = registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }))
      registry.setContentType(type)
      try {
        return { type, text: await registry.metrics() }
      } finally {
        for (const { metric, name } of named) metric.name = name
      }
    })
}

/** Whether an `Accept` header asks for OpenMetrics, as Prometheus' own does. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  return /application\/openmetrics-text(?!;[^,]*\bq=0(?:\.0*)?(?:,|$))/.test(accept ?? '')
}
